package io.tidegate.client.pool;

import io.tidegate.ledger.Rate;

/// Lets so many begin in a time, evenly: each has a slot of its own, and only the slots of the last
/// tick are made up for.
///
/// A span of any length sees at most its slots, and those of one tick more. Belongs to its pool's
/// home.
final class Pace {
  private final long slotNanos;
  private final long lateNanos;
  private long nextNanos;

  /// As many as `rate` says, from `nowNanos` on, asked once in `tickNanos`.
  Pace(Rate rate, long tickNanos, long nowNanos) {
    this.slotNanos = Math.max(1, rate.per().toNanos() / rate.count());
    this.lateNanos = tickNanos;
    this.nextNanos = nowNanos;
  }

  /// Whether one may begin now.
  boolean isDue(long nowNanos) {
    return nowNanos - nextNanos >= 0;
  }

  /// One begins.
  void take(long nowNanos) {
    var earliest = nowNanos - lateNanos;
    if (nextNanos - earliest < 0) nextNanos = earliest;
    nextNanos += slotNanos;
  }
}
