package io.tidegate.net;

import io.tidegate.ledger.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A moment after which something is cut, looked at by its loop's coarse sweep: late by up to 250
/// ms, never early.
///
/// Arming and disarming write one field, so a deadline costs nothing on the path of a request.
/// Belongs to its loop's thread.
public final class Deadline implements AutoCloseable {
  /// Of one that is not armed; a moment that falls on it is one nanosecond late.
  private static final long NEVER = Long.MIN_VALUE;

  private final Sweep sweep;
  private final Runnable expired;
  private long atNanos = NEVER;
  private @Nullable Deadline previous;
  private @Nullable Deadline next;

  Deadline(Sweep sweep, Runnable expired) {
    this.sweep = sweep;
    this.expired = expired;
  }

  /// Expires once `after` from now, instead of whenever it would have before.
  public void in(Duration after) {
    inNanos(after.toNanos());
  }

  /// As [#in], in nanoseconds.
  public void inNanos(long after) {
    long at = sweep.ticker.nanos() + after;
    atNanos = at == NEVER ? at + 1 : at;
    if (!sweep.has(this)) sweep.link(this);
  }

  /// Whether it will expire.
  public boolean isArmed() {
    return atNanos != NEVER;
  }

  /// Does not expire until armed again. The entry leaves the list at the next sweep.
  public void disarm() {
    atNanos = NEVER;
  }

  /// Leaves the list at once.
  @Override
  public void close() {
    disarm();
    if (sweep.has(this)) sweep.unlink(this);
  }

  /// The list of one loop, and the walk over it.
  static final class Sweep {
    private final Ticker ticker;
    private @Nullable Deadline first;
    private @Nullable Deadline walking;

    Sweep(Ticker ticker) {
      this.ticker = ticker;
    }

    private boolean has(Deadline entry) {
      return entry.previous != null || first == entry;
    }

    private void link(Deadline entry) {
      entry.next = first;
      if (first != null) first.previous = entry;
      first = entry;
    }

    private void unlink(Deadline entry) {
      if (walking == entry) walking = entry.next;
      if (entry.previous == null) first = entry.next;
      else entry.previous.next = entry.next;
      if (entry.next != null) entry.next.previous = entry.previous;
      entry.previous = null;
      entry.next = null;
    }

    /// Runs what has expired. A callback may arm, disarm or close any deadline of this loop.
    void expire(long nowNanos) {
      walking = first;
      while (walking != null) {
        var entry = walking;
        walking = entry.next;
        if (!entry.isArmed()) unlink(entry);
        else if (nowNanos - entry.atNanos >= 0) fire(entry);
      }
    }

    private void fire(Deadline entry) {
      entry.disarm();
      try {
        entry.expired.run();
      } catch (Throwable fault) {
        org.slf4j.LoggerFactory.getLogger(Deadline.class)
            .error("A deadline's action failed.", fault);
      }
    }
  }
}
