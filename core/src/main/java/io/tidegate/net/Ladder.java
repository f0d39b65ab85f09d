package io.tidegate.net;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The overload ladder: what is refused, and then cut, as a purse fills.
///
/// Refusing looks at what is *granted*, so it starts long before memory is short; cutting looks at
/// what is *held* in buffers, granted windows that are still empty not counted. A rung that was
/// reached stays until the purse is [#EASE_PERCENT] points below it, but who is to be cut is cut at
/// the mark itself alone. Each time a rung is reached it is counted; that it was reached, and that
/// it was left, is logged once a minute at most, for each rung. Safe for any thread, but for
/// [#enforce].
public final class Ladder {
  /// Idle streams are reset and no window grows, 70 % granted.
  static final int CALM_PERCENT = 70;

  /// No keep-alive, no new streams beyond one a connection, and no longer messages, 80 % granted.
  static final int TIGHT_PERCENT = 80;

  /// No new connections, 85 % granted, and who has taken nothing for [#STALLED_SECONDS] is cut:
  /// newcomers go before sleepers.
  static final int FULL_PERCENT = 85;

  /// The slowest is cut, 90 % held.
  static final int SLOWEST_PERCENT = 90;

  /// The largest holder is cut, 95 % held.
  static final int LARGEST_PERCENT = 95;

  /// A quarter of what a peer may stall where memory is not short: longer than a phone takes from
  /// one cell to the next.
  static final int STALLED_SECONDS = 5;

  /// Sleepers cut by one loop in one sweep: at 64 KiB each, a budget of 64 MiB is out of its rung
  /// within two seconds, and a larger one has more of them to choose from.
  private static final int MOST_STALLED = 16;

  /// As long as less is granted, who comes first is served first.
  static final int FREE_FOR_ALL_PERCENT = 25;

  /// One connection's part of what is free below [#TIGHT_PERCENT]: what each may hold shrinks with
  /// what is left, so 128 that hog and give nothing back leave a third of it.
  static final int PARTS = 128;

  /// Less helps nobody, as a request's head and a small answer take it.
  static final long LEAST_SHARE_BYTES = 4 * 1024;

  /// How far below its mark a rung is left.
  static final int EASE_PERCENT = 5;

  private static final int[] MARKS = {
    CALM_PERCENT, TIGHT_PERCENT, FULL_PERCENT, SLOWEST_PERCENT, LARGEST_PERCENT
  };

  private static final Logger LOG = LoggerFactory.getLogger(Ladder.class);

  private final Loops loops;
  private final Account root;
  private final List<Account> promised = new CopyOnWriteArrayList<>();
  private final boolean dryRun;
  private final AtomicInteger rung = new AtomicInteger();
  private final AtomicLongArray reached = new AtomicLongArray(MARKS.length);
  private final Quiet risen = new Quiet();
  private final Quiet eased = new Quiet();

  Ladder(Loops loops, boolean dryRun) {
    this.loops = loops;
    this.root = loops.root();
    this.dryRun = dryRun;
  }

  /// How much of the fuller purse is granted, in percent.
  public int grantedPercent() {
    return Math.max(percent(Purse.DIRECT, 0), percent(Purse.HEAP, 0));
  }

  /// How much of the fuller purse is held in buffers and entries, in percent.
  public int heldPercent() {
    return Math.max(percent(Purse.DIRECT, loops.unfilledBytes()), percent(Purse.HEAP, 0));
  }

  private int percent(Purse purse, long unfilled) {
    return (int) ((root.held(purse) - unfilled) * 100 / root.limit(purse));
  }

  /// Whether windows may grow and idle streams may stay.
  public boolean allowsGrowth() {
    return dryRun || !stands(CALM_PERCENT, grantedPercent());
  }

  /// Whether a connection may be kept for a next request, or a second stream opened on one.
  public boolean allowsKeepAlive() {
    return dryRun || !stands(TIGHT_PERCENT, grantedPercent());
  }

  /// Whether more may be gathered of what is of no use before it is whole, such as a message, and
  /// so cannot wait: at [#TIGHT_PERCENT] granted no longer, or it would take the room by which all
  /// others live.
  public boolean allowsGathering(int gatheredBytes) {
    return gatheredBytes <= LEAST_SHARE_BYTES || allowsKeepAlive();
  }

  /// Whether a new connection may enter.
  public boolean allowsConnections() {
    return dryRun || !stands(FULL_PERCENT, grantedPercent());
  }

  /// Whether who holds `account` may take `bytes` more of `purse` now, where it could as well wait
  /// or be told to come again: a share of what is free and not promised, so that however many hog,
  /// there is room for who comes (a dynamic threshold, as switches with a shared memory have).
  public boolean allowsShare(Account account, Purse purse, int bytes) {
    return bytes <= shareLeft(account, purse);
  }

  /// How much more that is; negative if it holds more than its share.
  long shareLeft(Account account, Purse purse) {
    long limit = root.limit(purse);
    long held = root.held(purse);
    if (dryRun || held < limit / 100 * FREE_FOR_ALL_PERCENT) return limit;
    long free = limit / 100 * TIGHT_PERCENT - held - promisedBytes(purse);
    long share = Math.max(LEAST_SHARE_BYTES, free / PARTS);
    return share - account.held(purse);
  }

  /// Keeps what `account` may still take out of what is shared, as long as the loops run: who is
  /// let in for a share will want that besides, a handler and room to rest.
  public void promise(Account account) {
    promised.add(account);
  }

  private long promisedBytes(Purse purse) {
    long bytes = 0;
    for (var account : promised) bytes += account.limit(purse) - account.held(purse);
    return bytes;
  }

  /// Whether the rung at `mark` is reached at `percent`, or was and is not left yet.
  private boolean stands(int mark, int percent) {
    return percent >= mark || (rung.get() >= mark && percent >= mark - EASE_PERCENT);
  }

  /// The rungs, from the lowest: 70, 80, 85, 90 and 95.
  public static int[] marks() {
    return MARKS.clone();
  }

  /// How often the rung at `mark` was reached.
  ///
  /// @throws IllegalArgumentException if there is no such rung
  public long timesReached(int mark) {
    return reached.get(index(mark));
  }

  private static int index(int mark) {
    int index = Arrays.binarySearch(MARKS, mark);
    if (index < 0) throw new IllegalArgumentException("no rung at " + mark);
    return index;
  }

  /// The highest rung reached: 0, 70, 80, 85, 90 or 95. What a dry run would have done shows here
  /// too.
  public int rung() {
    return rung.get();
  }

  /// Once per sweep of each loop: notes the rung, and cuts at most one connection of `loop`, or
  /// some that are stalled.
  void enforce(Loop loop) {
    int held = heldPercent();
    int now = highest(held);
    int before = rung.get();
    if (now != before && rung.compareAndSet(before, now)) changed(before, now, loop.nanos());
    if (dryRun || now < FULL_PERCENT) return;
    if (held >= SLOWEST_PERCENT) cutWorst(loop, held);
    else cutStalled(loop);
  }

  private static void cutStalled(Loop loop) {
    long now = loop.coarseNanos();
    var stalled = new PriorityQueue<Stalled>(Comparator.comparingDouble(Stalled::score));
    loop.connections()
        .forEach(connection -> {
          if (isSpared(connection) || connection.secondsWaiting(now) < STALLED_SECONDS) return;
          var _ = stalled.add(new Stalled(connection, connection.slowness(now)));
          if (stalled.size() > MOST_STALLED) {
            var _ = stalled.remove();
          }
        });
    for (var worst : stalled) worst.connection.reset(CutReason.OVERLOAD_SLOWEST);
  }

  private record Stalled(Connection connection, double score) {}

  /// Nobody is refused for what we have dialled, such as the link that carries all others.
  private static boolean isSpared(Connection connection) {
    return connection.listener() == null || isReserved(connection);
  }

  private static boolean isReserved(Connection connection) {
    var door = connection.listener();
    return door != null && door.isReserved();
  }

  private static void cutWorst(Loop loop, int held) {
    var reason = held >= LARGEST_PERCENT ? CutReason.OVERLOAD_LARGEST : CutReason.OVERLOAD_SLOWEST;
    var victim = victim(loop, reason);
    if (victim != null) victim.reset(reason);
  }

  private int highest(int held) {
    int granted = grantedPercent();
    for (int i = MARKS.length - 1; i >= 0; i--) {
      int mark = MARKS[i];
      if (stands(mark, mark >= SLOWEST_PERCENT ? held : granted)) return mark;
    }
    return 0;
  }

  private void changed(int before, int now, long nanos) {
    for (int i = 0; i < MARKS.length; i++) {
      if (before < MARKS[i] && MARKS[i] <= now) {
        var _ = reached.incrementAndGet(i);
      }
    }
    if (now > before && risen.mayTell(index(now), nanos)) {
      LOG.warn(
          "Overload: rung {} % reached{}, {} times so far; {}",
          now, dryRun ? " (dry run)" : "", timesReached(now), loops.memoryFigures());
    } else if (now < before && eased.mayTell(index(before), nanos)) {
      LOG.info("Overload eases from rung {} % to {} %", before, now);
    }
  }

  /// Lets each rung be told once a minute.
  private static final class Quiet {
    private static final long MINUTE_NANOS = 60_000_000_000L;

    private final AtomicLongArray toldNanos = new AtomicLongArray(MARKS.length);
    private final AtomicIntegerArray told = new AtomicIntegerArray(MARKS.length);

    boolean mayTell(int index, long nanos) {
      long last = toldNanos.get(index);
      if (told.getAndSet(index, 1) == 1 && nanos - last < MINUTE_NANOS) return false;
      return toldNanos.compareAndSet(index, last, nanos);
    }
  }

  private static @Nullable Connection victim(Loop loop, CutReason reason) {
    var search = new Search(loop.coarseNanos(), reason == CutReason.OVERLOAD_LARGEST);
    loop.connections().forEach(search::consider);
    return search.worst;
  }

  private static final class Search {
    private final long nowNanos;
    private final boolean largest;
    private double worstScore;
    private @Nullable Connection worst;

    Search(long nowNanos, boolean largest) {
      this.nowNanos = nowNanos;
      this.largest = largest;
    }

    void consider(Connection connection) {
      if (isReserved(connection)) return;
      double score = largest ? connection.holdingBytes() : connection.slowness(nowNanos);
      if (score > worstScore) {
        worstScore = score;
        worst = connection;
      }
    }
  }
}
