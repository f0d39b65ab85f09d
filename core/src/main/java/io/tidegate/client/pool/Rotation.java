package io.tidegate.client.pool;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// When each seat's member is replaced: once a period, the seats one after the other, however old
/// their members are, so that what was opened together is never replaced together.
///
/// A moment is put off by up to an eighth of the period or the distance to the next seat's,
/// whichever is less.
final class Rotation {
  private final long periodNanos;
  private final long jitterNanos;
  private final long seatNanos;
  private final long beganNanos;
  private final RandomGenerator random;

  /// For `size` seats, taken one after the other within `fill` from `nowNanos` on, whose members
  /// are replaced in time to be at most as old as `times` says after draining.
  Rotation(PoolConfig.Times times, int size, Duration fill, RandomGenerator random, long nowNanos) {
    var span = times.lifetime().minus(times.drain()).toNanos();
    this.jitterNanos = Math.max(1, Math.min(span / 8, span / size));
    this.periodNanos = span - jitterNanos;
    this.seatNanos = periodNanos / size;
    // the last seat to be taken is then a period old
    this.beganNanos = nowNanos + Math.min(fill.toNanos() + seatNanos, periodNanos);
    this.random = random;
  }

  /// The first moment of `seat`: once all seats are taken, and before its member is too old.
  long first(int seat) {
    return beganNanos + seatNanos * seat + random.nextLong(jitterNanos);
  }

  /// The first moment of `seat` after `nanos`, when it was replaced last; at most the span away.
  long after(int seat, long nanos) {
    var own = beganNanos + seatNanos * seat;
    var periods = Math.floorDiv(nanos - own, periodNanos) + 1;
    return own + periods * periodNanos + random.nextLong(jitterNanos);
  }
}
