package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One event loop and what its connections share: the flush at the end of a tick, the sweep of
/// deadlines, scratch memory, counters.
///
/// All methods belong to the loop's own thread unless they say otherwise.
public final class Loop {
  /// How often deadlines are looked at: coarse enough that 16,000 of them cost under 1 % of a core,
  /// fine enough for 5 s limits.
  static final long SWEEP_MILLIS = 250;

  /// Holds the longest head that can be configured (48 KiB), and a whole read.
  static final int SCRATCH_BYTES = 64 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Loop.class);
  private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);

  private final EventLoop executor;
  private final int index;
  private final Ticker ticker;
  private final ByteBufAllocator buffers;
  private final byte[] scratch = new byte[SCRATCH_BYTES];
  private final long[] cuts = new long[CutReason.values().length];
  private final Deadline.Sweep deadlines;
  private final long[] unfilled = new long[1];
  private final ConnectionList connections = new ConnectionList();
  private final SocketReader.Turn readTurn = new SocketReader.Turn();
  private final List<Account> lines = new CopyOnWriteArrayList<>();
  private final Scope scope = new Scope(this);
  private final Loops loops;

  private final Runnable endTick = this::endTick;
  private final TickList flushes = new TickList();
  private final TickList afterFlushes = new TickList();
  private boolean ticking;
  private boolean isIdle;
  private long nowNanos;
  private volatile long lastTickNanos;
  private volatile int lastConnectionCount;

  Loop(Loops loops, EventLoop executor, int index, Ticker ticker, ByteBufAllocator buffers) {
    this.loops = loops;
    this.executor = executor;
    this.index = index;
    this.ticker = ticker;
    this.deadlines = new Deadline.Sweep(ticker);
    this.buffers = buffers;
    this.nowNanos = ticker.nanos();
    this.lastTickNanos = nowNanos;
  }

  void start() {
    guarded(this::sweep, SWEEP_MILLIS);
  }

  /// The place of this loop among its siblings, from 0. Safe for any thread.
  public int index() {
    return index;
  }

  /// Whether the calling thread is this loop's. Safe for any thread.
  public boolean isHere() {
    return executor.inEventLoop();
  }

  /// Runs `task` on this loop: at once if called there, else soon. Returns false if the loop has
  /// ended and the task will not run. Safe for any thread. Callers from outside are few and bounded
  /// (handshakes, admin, watchdog), so this queue carries no peer's data.
  public boolean run(Runnable task) {
    if (isHere()) {
      task.run();
      return true;
    }
    return later(task);
  }

  /// Runs `task` on this loop, after what runs now. Returns false if the loop has ended. Safe for
  /// any thread.
  public boolean later(Runnable task) {
    try {
      executor.execute(task);
      return true;
    } catch (java.util.concurrent.RejectedExecutionException ended) {
      return false;
    }
  }

  /// Runs `task` on this loop every `millis`, until the loop ends. What it throws is logged and
  /// does not end the schedule.
  public void every(long millis, Runnable task) {
    var _ = run(() -> guarded(task, millis));
  }

  /// Runs `task` on this loop once, `nanos` from now, behind what its sockets have brought until
  /// then: finer than a [Deadline], and not to be taken back. Not run if the loop ends before. Safe
  /// for any thread.
  public void after(long nanos, Runnable task) {
    try {
      var _ = executor.schedule(() -> runGuarded(task), nanos, TimeUnit.NANOSECONDS);
    } catch (java.util.concurrent.RejectedExecutionException ended) {
      LOG.debug("{} has ended.", this, ended);
    }
  }

  private void guarded(Runnable task, long millis) {
    var _ =
        executor.scheduleWithFixedDelay(
            () -> runGuarded(task), millis, millis, TimeUnit.MILLISECONDS);
  }

  private static void runGuarded(Runnable task) {
    try {
      task.run();
    } catch (Throwable fault) {
      LOG.error("A scheduled task failed; its schedule goes on.", fault);
    }
  }

  private void sweep() {
    nowNanos = ticker.nanos();
    lastTickNanos = nowNanos;
    deadlines.expire(nowNanos);
    if (isIdle) trimLines();
    isIdle = true;
    loops.ladder().enforce(this);
    lastConnectionCount = connections.size();
  }

  /// Gives back the credit of a loop that has sent nothing since the last sweep.
  private void trimLines() {
    for (var line : lines) line.trim();
    var _ = lines.removeIf(Account::isClosed);
  }

  /// The loops this one belongs to. Safe for any thread.
  public Loops loops() {
    return loops;
  }

  SocketReader.Turn readTurn() {
    return readTurn;
  }

  ConnectionList connections() {
    return connections;
  }

  /// Calls `each` for all connections of this loop; it may end the one it is given.
  public void forEachConnection(java.util.function.Consumer<Connection> each) {
    connections.forEach(each);
  }

  /// Calls `each` for up to `most` connections with a number below `before`, newest first, and
  /// returns the `before` of the next such call, 0 if none are left: a walk in slices, between
  /// which others run.
  public long forEachConnection(
      long before, int most, java.util.function.Consumer<Connection> each) {
    return connections.forEach(before, most, each);
  }

  /// Closes `resource` when this loop ends, behind its last connection. Returns what gives it up
  /// early.
  public Scope.Removal own(AutoCloseable resource) {
    return scope.own(resource);
  }

  /// Ends all connections, and all that lives as long as the loop.
  void end() {
    forEachConnection(connection -> connection.reset(CutReason.CLOSING));
    var _ = later(scope::close); // behind what connections do when their channels are inactive
  }

  /// The connection of this number, or null if none is open.
  public @Nullable Connection connection(long number) {
    var found = new @Nullable Connection[1];
    var _ =
        connections.forEach(
            number + 1, 1, each -> found[0] = each.number() == number ? each : null);
    return found[0];
  }

  /// Connections of this loop as of its last sweep. Safe for any thread.
  public int lastConnectionCount() {
    return lastConnectionCount;
  }

  /// Connections of this loop.
  public int connectionCount() {
    return connections.size();
  }

  /// An allocation for `connection` failed: the ledger and the machine disagree.
  void memoryRefused(Connection connection, Throwable fault) {
    LOG.error("No memory for {}; {}", connection, loops.memoryFigures(), fault);
    loops.watchdog().memoryRefused();
  }

  /// The clock, read now.
  public long nanos() {
    return ticker.nanos();
  }

  /// The clock as of the last sweep, at most [#SWEEP_MILLIS] old: free.
  public long coarseNanos() {
    return nowNanos;
  }

  /// When this loop swept last. Safe for any thread.
  long lastSweepNanos() {
    return lastTickNanos;
  }

  /// Makes a deadline on this loop, not yet armed.
  public Deadline deadline(Runnable expired) {
    return new Deadline(deadlines, expired);
  }

  /// Where buffers come from. The caller has charged what outlives the tick.
  public ByteBufAllocator buffers() {
    return buffers;
  }

  /// `piece`, which has to wait; or what is left of it in a buffer of that size, if it fills less
  /// than half of the one that it pins, which nothing pays for.
  public ByteBuf shrunk(ByteBuf piece) {
    int bytes = piece.readableBytes();
    if (bytes * 2 > PieceQueue.pinned(piece)) return piece;
    var small = buffers.directBuffer(bytes).writeBytes(piece);
    piece.release();
    return small;
  }

  /// An array of [#SCRATCH_BYTES] for the length of one call.
  public byte[] scratch() {
    return scratch;
  }

  /// Counts a cut or refusal.
  public void count(CutReason reason) {
    int i = reason.ordinal();
    COUNT.setOpaque(cuts, i, (long) COUNT.getOpaque(cuts, i) + 1);
  }

  /// Cuts and refusals of `reason` on this loop. Safe for any thread.
  public long cuts(CutReason reason) {
    return (long) COUNT.getOpaque(cuts, reason.ordinal());
  }

  /// Notes that `bytes` more of the granted windows are not filled (less, if negative).
  public void unfilled(long bytes) {
    COUNT.setOpaque(unfilled, 0, (long) COUNT.getOpaque(unfilled, 0) + bytes);
  }

  /// Bytes of granted windows that hold nothing yet: granted less held. Safe for any thread.
  public long unfilled() {
    return (long) COUNT.getOpaque(unfilled, 0);
  }

  /// Runs `flush`, which writes all that waits in a stream, at the end of this tick. The caller
  /// sees to it that it is not in the list already.
  public void flushLater(Runnable flush) {
    isIdle = false;
    flushes.add(flush);
    endTickLater();
  }

  /// Runs `action` behind all that is flushed in this tick.
  public void afterFlush(Runnable action) {
    afterFlushes.add(action);
    endTickLater();
  }

  private void endTickLater() {
    if (ticking) return;
    ticking = true;
    executor.execute(endTick);
  }

  /// Twice, for streams within streams: a link in a WebSocket flushes into its connection.
  private void endTick() {
    ticking = false;
    flushes.walk();
    flushes.walk();
    afterFlushes.walk();
  }

  /// What is called at the end of a tick, in order.
  private static final class TickList {
    private Runnable[] entries = new Runnable[64];
    private Runnable[] walked = new Runnable[64];
    private int count;

    void add(Runnable entry) {
      if (count == entries.length) entries = java.util.Arrays.copyOf(entries, count * 2);
      entries[count++] = entry;
    }

    private static void nothing() {}

    /// Swaps the list before walking it: who is called may add others, and those belong to the next
    /// walk.
    void walk() {
      var list = entries;
      int size = count;
      entries = walked;
      count = 0;
      walked = list;
      for (int i = 0; i < size; i++) {
        var entry = list[i];
        list[i] = TickList::nothing;
        try {
          entry.run();
        } catch (Throwable fault) {
          LOG.error("A flush failed.", fault);
        }
      }
    }
  }

  EventLoop executor() {
    return executor;
  }

  /// This loop's credit line out of `shared`, a row of its own in the census, whose unused credit
  /// goes back while this loop idles; made once by each owner of a shared account, and closed with
  /// it. Safe for any thread.
  public Account line(Account shared) {
    var line = shared.line("loop " + index);
    lines.add(line);
    return line;
  }

  /// Credit that this loop's lines have taken and not used. Safe for any thread.
  public long unusedCredit(Purse purse) {
    long sum = 0;
    for (var line : lines) sum += line.unused(purse);
    return sum;
  }

  @Override
  public String toString() {
    return "loop " + index;
  }
}
