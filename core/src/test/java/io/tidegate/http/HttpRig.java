package io.tidegate.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.PooledByteBufAllocator;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import io.tidegate.net.CutReason;
import io.tidegate.net.Listener;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Stage;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.FakeTicker;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.slf4j.LoggerFactory;

/// A server on one loop for one test. At its end all connections have gone by themselves, the
/// ledger holds nothing, no buffer is out, and nothing was logged at WARN or above.
public final class HttpRig implements AutoCloseable {
  public static final Duration PATIENCE = Duration.ofSeconds(20);
  public static final HttpLimits LIMITS = HttpLimits.DEFAULT;

  /// A loop reads at most 16 times in one turn, and a window of 64 KiB may take as many reads
  /// again.
  private static final int TURNS = 32;

  public final Loops loops;
  public final Listener listener;
  private final Loud loud = new Loud();

  public HttpRig(LoopHandler handler) {
    this(LIMITS, handler);
  }

  public HttpRig(HttpLimits limits, LoopHandler handler) {
    this(Transport.best(), limits, config -> config, handler);
  }

  /// With a clock of the test's own.
  public HttpRig(HttpLimits limits, Ticker ticker, LoopHandler handler) {
    this(Transport.best(), limits, config -> config, ticker, handler);
  }

  public HttpRig(
      Transport transport,
      HttpLimits limits,
      UnaryOperator<ListenerConfig> with,
      LoopHandler handler) {
    this(transport, limits, with, Ticker.SYSTEM, handler);
  }

  public HttpRig(
      Transport transport,
      HttpLimits limits,
      UnaryOperator<ListenerConfig> with,
      Ticker ticker,
      LoopHandler handler) {
    this(transport, loops -> new HttpStage(loops, limits, handler), with, ticker);
  }

  /// A server of another stage.
  public static HttpRig of(Function<Loops, Stage> stage) {
    return new HttpRig(Transport.best(), stage, config -> config, Ticker.SYSTEM);
  }

  /// A server of another stage, with settings and a clock of the test's own.
  public static HttpRig of(
      Function<Loops, Stage> stage, UnaryOperator<ListenerConfig> with, Ticker ticker) {
    return new HttpRig(Transport.best(), stage, with, ticker);
  }

  private HttpRig(
      Transport transport,
      Function<Loops, Stage> stage,
      UnaryOperator<ListenerConfig> with,
      Ticker ticker) {
    loops =
        Loops.open(
            new LoopsConfig("http", 1, new Budget(64L << 20, 64L << 20), transport, false), ticker);
    loud.start();
    var config =
        ListenerConfig.forVisitors(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    try {
      listener = Listener.open(loops, with.apply(config), List.of(stage.apply(loops)));
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  private static final class Loud extends AppenderBase<ILoggingEvent> {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final List<String> lines = new CopyOnWriteArrayList<>();

    @Override
    public void start() {
      setContext(root.getLoggerContext());
      super.start();
      root.addAppender(this);
    }

    @Override
    public void stop() {
      root.detachAppender(this);
      super.stop();
    }

    @Override
    protected void append(ILoggingEvent event) {
      if (event.getLevel().isGreaterOrEqual(Level.WARN)) lines.add(event.getFormattedMessage());
    }
  }

  /// Waits for a loud line that contains `text` and takes it out of account.
  public void expectLogged(String text) {
    await("logged: " + text, () -> loud.lines.removeIf(line -> line.contains(text)));
  }

  public InetSocketAddress address() {
    return listener.address();
  }

  public RawHttp client() throws IOException {
    return RawHttp.open(address(), PATIENCE);
  }

  public HostilePeer peer() throws IOException {
    return HostilePeer.open(address());
  }

  /// Runs `task` on the loop and waits for it.
  public void run(Runnable task) throws Exception {
    var done = new CompletableFuture<Boolean>();
    var _ =
        loops
            .loop(0)
            .later(() -> {
              try {
                task.run();
                var _ = done.complete(true);
              } catch (Throwable fault) {
                var _ = done.completeExceptionally(fault);
              }
            });
    var _ = done.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  /// Lets the loop look at its sockets [#TURNS] times: what has arrived by now is read, as far as
  /// it will be.
  public void settle() throws Exception {
    for (int i = 0; i < TURNS; i++) run(() -> {});
  }

  /// Moves the clock of this rig and waits until the loop has acted on it.
  public void advance(FakeTicker clock, Duration step) {
    clock.advance(step);
    await("a sweep", () -> clock.nanos() - coarseNanos() <= 0);
  }

  private long coarseNanos() {
    var now = new AtomicLong();
    try {
      run(() -> now.set(loops.loop(0).coarseNanos()));
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
    return now.get();
  }

  public static void await(String what, java.util.function.BooleanSupplier condition) {
    Eventually.await(PATIENCE, () -> what, condition);
  }

  public void awaitCut(CutReason reason, long times) {
    Eventually.await(
        PATIENCE,
        () -> reason + " counted " + loops.cuts(reason),
        () -> loops.cuts(reason) >= times);
    if (loops.cuts(reason) != times) throw new AssertionError(reason + " counted too often");
  }

  /// What is charged to `account`, the unused credit of lines left out.
  public static long held(Account account) {
    var census = Census.of(account);
    var direct = census.direct();
    var heap = census.heap();
    return direct.held() - direct.unused() + heap.held() - heap.unused();
  }

  /// Direct bytes charged to this listener's connections.
  public long heldDirect() {
    var direct = Census.of(listener.account()).direct();
    return direct.held() - direct.unused();
  }

  /// Heap bytes charged to this listener's connections.
  public long heldHeap() {
    var heap = Census.of(listener.account()).heap();
    return heap.held() - heap.unused();
  }

  /// Bytes of the pool's buffers that are out, but for those that threads keep.
  public long pooledBytes() throws Exception {
    var pool = (PooledByteBufAllocator) loops.loop(0).buffers();
    run(() -> assertThat(pool.trimCurrentThreadCache()).isTrue());
    long bytes = 0;
    for (var arena : pool.metric().directArenas()) bytes += arena.numActiveBytes();
    return bytes;
  }

  private long buffersOut() {
    var metric = ((PooledByteBufAllocator) loops.loop(0).buffers()).metric();
    long out = 0;
    for (var arena : metric.directArenas()) out += arena.numActiveAllocations();
    for (var arena : metric.heapArenas()) out += arena.numActiveAllocations();
    return out;
  }

  /// Waits until every connection has gone and given back what it held.
  public void awaitIdle() {
    Eventually.await(
        PATIENCE,
        () -> listener.connectionCount() + " connections, held:\n" + Census.of(loops.root()),
        () -> listener.connectionCount() == 0 && held(loops.root()) == 0 && !hasAccounts());
  }

  /// Whether an account of a connection is open.
  private boolean hasAccounts() {
    return !Census.largest(listener.account(), 1, Purse.DIRECT).isEmpty();
  }

  @Override
  public void close() {
    try {
      awaitIdle();
    } finally {
      listener.close();
      loops.close();
      loud.stop();
    }
    Eventually.await(PATIENCE, () -> buffersOut() + " buffers are out", () -> buffersOut() == 0);
    if (!loud.lines.isEmpty()) throw new AssertionError("logged: " + loud.lines);
  }
}
