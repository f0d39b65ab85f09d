package io.tidegate.client.pool;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Messages sent while no member is ready: kept in order, each charged before it is kept, at most
/// so many bytes for at most so long.
///
/// Any thread parks; the pool's home sends them on, drops what is too old, and closes. The lock is
/// held for a few instructions.
final class Parking {
  private final Account account;
  private final int mostBytes;
  private final long longestNanos;

  // guarded by this
  private final ArrayDeque<Parked> parked = new ArrayDeque<>();
  private long bytes;
  private long dropped;
  private boolean closed;

  private volatile int count;

  private record Parked(Parcel parcel, Route route, long atNanos, int bytes) {}

  /// Keeps at most `mostBytes`, entries included, for at most `longest`, charged to `account`.
  Parking(Account account, int mostBytes, Duration longest) {
    this.account = account;
    this.mostBytes = mostBytes;
    this.longestNanos = longest.toNanos();
  }

  /// Whether none waits.
  boolean isEmpty() {
    return count == 0;
  }

  /// Messages that wait.
  int count() {
    return count;
  }

  /// Bytes that wait, entries included.
  synchronized long bytes() {
    return bytes;
  }

  /// Messages that were not taken, or dropped after they were.
  synchronized long dropped() {
    return dropped;
  }

  /// Keeps `parcel`, or says why not.
  Sent park(Parcel parcel, Route route, long nowNanos) {
    int held = parcel.heldBytes();
    synchronized (this) {
      if (closed) return drop(Sent.Cause.NONE_READY);
      if (bytes + held > mostBytes) return drop(Sent.Cause.FULL);
      if (!account.charge(Purse.HEAP, held)) return drop(Sent.Cause.MEMORY);
      bytes += held;
      parked.add(new Parked(parcel.kept(), route, nowNanos, held));
      count = parked.size();
      return new Sent.Queued(bytes);
    }
  }

  private Sent drop(Sent.Cause cause) {
    dropped++;
    return new Sent.Dropped(cause);
  }

  /// Sends on what waits as far as members take it; what they drop is dropped here too, unless its
  /// sender was ready to wait.
  void sendBy(Routing routing) {
    for (var first = first(); first != null; first = first()) {
      var sent = routing.send(first.parcel, first.route);
      if (sent == null || (sent instanceof Sent.Dropped && waits(first.parcel))) return;
      leave(!sent.isTaken());
    }
  }

  private static boolean waits(Parcel parcel) {
    return parcel.slow() == null || parcel.slow() instanceof Slow.WaitUpTo;
  }

  /// Drops what has waited longest of all allowed, and returns how many that were.
  int expire(long nowNanos) {
    int expired = 0;
    for (var first = first();
        first != null && nowNanos - first.atNanos >= longestNanos;
        first = first()) {
      leave(true);
      expired++;
    }
    return expired;
  }

  private synchronized @Nullable Parked first() {
    return parked.peek();
  }

  private synchronized void leave(boolean isDropped) {
    var first = parked.poll();
    if (first == null) return;
    count = parked.size();
    bytes -= first.bytes;
    account.release(Purse.HEAP, first.bytes);
    if (isDropped) dropped++;
  }

  /// Drops all, and keeps no more.
  void close() {
    synchronized (this) {
      closed = true;
    }
    while (!isEmpty()) leave(true);
  }
}
