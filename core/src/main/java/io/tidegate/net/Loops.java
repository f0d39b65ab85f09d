package io.tidegate.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.internal.PlatformDependent;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// The event loops of one server or agent with their ledger, ladder and watchdog: all that
/// connections stand on.
///
/// Safe for any thread.
public final class Loops implements AutoCloseable {
  private static final int PAGE_BYTES = 8192;

  /// Chunks of 1 MiB: large enough for every buffer here (at most 64 KiB), small enough to be given
  /// back.
  private static final int CHUNK_ORDER = 7;

  /// For each buffer that a loop's cache keeps of every size from 16 B to 28 KiB, and a fourth of
  /// that of 32 KiB.
  private static final long CACHED_BYTES_AN_ENTRY = 186 * 1024;

  /// More help nobody: what a tick allocates it frees.
  private static final int MOST_CACHED = 256;

  /// The part of the direct budget that the caches of all loops may keep from each other: out of
  /// what the cap has besides the budget, a third of it.
  private static final int CACHED_PART = 8;

  private final Account root;
  private final Transport transport;
  private final MultiThreadIoEventLoopGroup group;
  private final Loop[] loops;
  private final Ladder ladder;
  private final Watchdog watchdog;
  private final ReserveDescriptors reserve = new ReserveDescriptors();
  private final AtomicInteger turn = new AtomicInteger();

  private Loops(LoopsConfig config, Ticker ticker) {
    this.root = Ledger.open(config.budget());
    this.transport = config.transport();
    var threads = new DefaultThreadFactory("tidegate-" + config.name(), true);
    this.group =
        new MultiThreadIoEventLoopGroup(config.count(), threads, transport.handlers(ticker));
    var buffers = pool(config);
    this.loops = new Loop[config.count()];
    this.ladder = new Ladder(this, config.dryRun());
    int i = 0;
    for (var executor : group) {
      loops[i] = new Loop(this, (EventLoop) executor, i, ticker, buffers);
      i++;
    }
    this.watchdog = new Watchdog(this);
  }

  private static ByteBufAllocator pool(LoopsConfig config) {
    long bytes = config.budget().directBytes() / CACHED_PART / config.count();
    int fit = (int) Math.min(MOST_CACHED, bytes / CACHED_BYTES_AN_ENTRY);
    int cached = Integer.highestOneBit(fit); // the cache's queues round up to a power of two
    return new PooledByteBufAllocator(
        true, 0, config.count(), PAGE_BYTES, CHUNK_ORDER, cached, cached / 4, false);
  }

  /// Starts `config.count()` loops on the system's clock.
  public static Loops open(LoopsConfig config) {
    return open(config, Ticker.SYSTEM);
  }

  /// Starts loops on another clock.
  public static Loops open(LoopsConfig config, Ticker ticker) {
    var opened = new Loops(config, ticker);
    for (var loop : opened.loops) loop.start();
    opened.watchdog.start();
    return opened;
  }

  /// What is called once, on the watchdog's thread, when the process is broken and will not heal.
  public void onBroken(Consumer<Throwable> action) {
    watchdog.onBroken(action);
  }

  /// The account above all others.
  public Account root() {
    return root;
  }

  /// How sockets are served.
  public Transport transport() {
    return transport;
  }

  /// The overload ladder of these loops.
  public Ladder ladder() {
    return ladder;
  }

  ReserveDescriptors reserve() {
    return reserve;
  }

  Watchdog watchdog() {
    return watchdog;
  }

  /// How many loops there are.
  public int count() {
    return loops.length;
  }

  /// The loop at `index`, from 0.
  public Loop loop(int index) {
    return loops[index];
  }

  /// The next loop in turn.
  public Loop next() {
    return loops[Math.floorMod(turn.getAndIncrement(), loops.length)];
  }

  /// Cuts and refusals of `reason`, over all loops.
  public long cuts(CutReason reason) {
    long sum = 0;
    for (var loop : loops) sum += loop.cuts(reason);
    return sum;
  }

  /// Bytes of granted windows that hold nothing yet, over all loops.
  public long unfilledBytes() {
    long sum = 0;
    for (var loop : loops) sum += loop.unfilled();
    return Math.max(0, sum);
  }

  /// What is charged to the root and in use: its [Account#held] less the credit that the loops'
  /// lines keep for later.
  public long chargedBytes(Purse purse) {
    return Math.max(0, root.held(purse) - unusedCredit(purse));
  }

  /// Credit that the loops' lines have taken out of the root and not used.
  public long unusedCredit(Purse purse) {
    long sum = 0;
    for (var loop : loops) sum += loop.unusedCredit(purse);
    return sum;
  }

  /// Connections of all loops, as of the last sweep of each.
  public int connectionCount() {
    int sum = 0;
    for (var loop : loops) sum += loop.lastConnectionCount();
    return sum;
  }

  /// Direct memory that Netty has from the machine, which no bean shows.
  public static long usedDirectBytes() {
    return PlatformDependent.usedDirectMemory();
  }

  /// The ledger's figures beside the machine's, for logs.
  public String memoryFigures() {
    var runtime = Runtime.getRuntime();
    return "ledger holds direct %d of %d, heap %d of %d; machine uses direct %d, heap %d of %d"
        .formatted(
            root.held(Purse.DIRECT),
            root.limit(Purse.DIRECT),
            root.held(Purse.HEAP),
            root.limit(Purse.HEAP),
            usedDirectBytes(),
            runtime.totalMemory() - runtime.freeMemory(),
            runtime.maxMemory());
  }

  /// Stops all loops; connections still open are closed with them. Returns within 5 s.
  @Override
  public void close() {
    watchdog.close();
    for (var loop : loops) {
      var _ = loop.run(loop::end);
    }
    var ended = group.shutdownGracefully(10, 2000, TimeUnit.MILLISECONDS);
    var _ = ended.awaitUninterruptibly(5, TimeUnit.SECONDS);
    root.close();
  }
}
