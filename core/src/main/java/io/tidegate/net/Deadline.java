package io.tidegate.net;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A moment after which something is cut, looked at by its loop's coarse sweep: late by up to 250
/// ms, never early.
///
/// Arming and disarming write one field, so a deadline costs nothing on the path of a request.
/// Belongs to its loop's thread.
public final class Deadline implements AutoCloseable {
  private final Loop loop;
  private final Sweep sweep;
  private final Runnable expired;
  private long atNanos;
  private boolean armed;
  private boolean linked;
  private @Nullable Deadline previous;
  private @Nullable Deadline next;

  Deadline(Loop loop, Sweep sweep, Runnable expired) {
    this.loop = loop;
    this.sweep = sweep;
    this.expired = expired;
  }

  /// Expires once `after` from now, instead of whenever it would have before.
  public void in(Duration after) {
    inNanos(after.toNanos());
  }

  /// As [#in], in nanoseconds.
  public void inNanos(long after) {
    atNanos = loop.nanos() + after;
    armed = true;
    if (!linked) sweep.link(this);
  }

  /// Whether it will expire.
  public boolean isArmed() {
    return armed;
  }

  /// Does not expire until armed again. The entry leaves the list at the next sweep.
  public void disarm() {
    armed = false;
  }

  /// Leaves the list at once.
  @Override
  public void close() {
    armed = false;
    if (linked) sweep.unlink(this);
  }

  /// The list of one loop, and the walk over it.
  static final class Sweep {
    private @Nullable Deadline first;
    private @Nullable Deadline walking;

    private void link(Deadline entry) {
      entry.linked = true;
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
      entry.linked = false;
    }

    /// Runs what has expired. A callback may arm, disarm or close any deadline of this loop.
    void expire(long nowNanos) {
      walking = first;
      while (walking != null) {
        var entry = walking;
        walking = entry.next;
        if (!entry.armed) unlink(entry);
        else if (nowNanos - entry.atNanos >= 0) fire(entry);
      }
    }

    private void fire(Deadline entry) {
      entry.armed = false;
      try {
        entry.expired.run();
      } catch (Throwable fault) {
        org.slf4j.LoggerFactory.getLogger(Deadline.class)
            .error("A deadline's action failed.", fault);
      }
    }
  }
}
