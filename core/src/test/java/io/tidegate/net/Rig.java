package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.FakeTicker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// Loops, and listeners on them, for one test on one transport; at its end the ledger holds nothing
/// and no buffer is out.
final class Rig implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);
  static final Budget PLENTY = new Budget(256L << 20, 256L << 20);

  final Loops loops;

  Rig(Transport transport) {
    this(transport, 2, PLENTY, Ticker.SYSTEM);
  }

  Rig(Transport transport, int count, Budget budget, Ticker ticker) {
    this(new LoopsConfig("test", count, budget, transport, false), ticker);
  }

  Rig(LoopsConfig config, Ticker ticker) {
    loops = Loops.open(config, ticker);
  }

  static ListenerConfig local() {
    return ListenerConfig.forVisitors(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /// A listener that gives each connection a reader; what it accepted is found in `accepted`.
  final class Door implements AutoCloseable {
    final Listener listener;
    private final LinkedBlockingQueue<Connection> accepted = new LinkedBlockingQueue<>();

    Door(ListenerConfig config, Function<Connection, ByteStream.Reader> readers)
        throws IOException {
      listener = Listener.open(loops, config, List.of(new Only(this, readers)));
    }

    Door(ListenerConfig config, Stage before, Function<Connection, ByteStream.Reader> readers)
        throws IOException {
      listener = Listener.open(loops, config, List.of(before, new Only(this, readers)));
    }

    Socket call() throws IOException {
      return new Socket(listener.address().getAddress(), listener.address().getPort());
    }

    /// The next connection that was accepted.
    Connection next() throws InterruptedException {
      var connection = accepted.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (connection == null) throw new AssertionError("nothing was accepted");
      return connection;
    }

    @Override
    public void close() {
      listener.close();
    }
  }

  private record Only(Door door, Function<Connection, ByteStream.Reader> readers) implements Stage {
    @Override
    public int heapPriceBytes() {
      return 0;
    }

    @Override
    public ByteStream.Reader start(Connection connection, Next next) {
      door.accepted.add(connection);
      return readers.apply(connection);
    }

    @Override
    public byte[] refusal(CutReason reason) {
      return reason.text().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }
  }

  Door door(Function<Connection, ByteStream.Reader> readers) throws IOException {
    return new Door(local(), readers);
  }

  Door door(UnaryOperator<ListenerConfig> with, Function<Connection, ByteStream.Reader> readers)
      throws IOException {
    return new Door(with.apply(local()), readers);
  }

  /// As above, behind `before`.
  Door door(
      UnaryOperator<ListenerConfig> with,
      Stage before,
      Function<Connection, ByteStream.Reader> readers)
      throws IOException {
    return new Door(with.apply(local()), before, readers);
  }

  /// A dialler that is charged to the root.
  Dialer dialer() {
    return new Dialer(loops.root(), SocketOptions.APP, WriteLimits.DEFAULT, Duration.ofSeconds(5));
  }

  /// Runs `task` on `loop` and waits for what it gives.
  static <T> T on(Loop loop, Callable<T> task) throws Exception {
    var result = new CompletableFuture<T>();
    var runs =
        loop.run(() -> {
          try {
            result.complete(task.call());
          } catch (Throwable fault) {
            result.completeExceptionally(fault);
          }
        });
    assertThat(runs).isTrue();
    return result.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  static void run(Loop loop, Runnable task) throws Exception {
    var _ =
        on(
            loop,
            () -> {
              task.run();
              return true;
            });
  }

  /// Runs `task` on `loop` and waits; what it gives is of no interest.
  static void runs(Loop loop, Callable<?> task) throws Exception {
    var _ = on(loop, task);
  }

  /// Moves the clock of the first loop, and waits until that has swept.
  void advance(FakeTicker clock, Duration step) {
    clock.advance(step);
    await("a sweep", () -> loops.loop(0).lastSweepNanos() == clock.nanos());
  }

  static void await(String what, BooleanSupplier condition) {
    Eventually.await(PATIENCE, () -> what, condition);
  }

  long held(Purse purse) {
    return loops.root().held(purse);
  }

  private long buffersOut() {
    var metric = ((PooledByteBufAllocator) loops.loop(0).buffers()).metric();
    long out = 0;
    for (var arena : metric.directArenas()) out += arena.numActiveAllocations();
    for (var arena : metric.heapArenas()) out += arena.numActiveAllocations();
    return out;
  }

  /// Waits until nothing is charged.
  void awaitZero() {
    Eventually.await(
        PATIENCE,
        () -> "still held:\n" + Census.of(loops.root()),
        () -> loops.root().held(Purse.DIRECT) == 0 && loops.root().held(Purse.HEAP) == 0);
  }

  @Override
  public void close() {
    try {
      awaitZero();
    } finally {
      loops.close();
    }
    Eventually.await(PATIENCE, () -> buffersOut() + " buffers are out", () -> buffersOut() == 0);
  }
}
