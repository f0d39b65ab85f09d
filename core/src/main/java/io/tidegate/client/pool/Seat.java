package io.tidegate.client.pool;

import io.tidegate.client.Backoff;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One of the places that a pool keeps taken: who sits there, who is to come, and when to try
/// again.
///
/// Belongs to the pool's home. With its [Tenure] and what hangs on both it is charged as
/// [Supervisor#SEAT_BYTES].
final class Seat {
  final int number;

  /// Its failures, while there are some to be remembered.
  Backoff.@Nullable Tries tries;

  /// Who sits here, or is to once it is ready.
  @Nullable Tenure current;

  /// Who is being opened to take the place of one that is ready.
  @Nullable Tenure coming;

  /// No attempt begins before.
  long dueNanos;

  /// When its member is to be replaced.
  long rotateNanos;

  /// Since when nobody has been here.
  long vacantNanos;

  /// Whether its member is to be replaced as soon as that can be.
  boolean isWorn;

  /// Whether who comes next is here in place of one that was lost.
  boolean isRestart;

  /// Attempts since one became ready.
  int attempts;

  /// Whom not to call if another can be called.
  Endpoints.@Nullable Target avoid;

  Endpoints.@Nullable Target lastTarget;
  Member.@Nullable Ending last;

  Seat(int number, long nowNanos) {
    this.number = number;
    this.dueNanos = nowNanos;
    this.vacantNanos = nowNanos;
  }

  /// What is seen of it.
  Member member(long nowNanos) {
    var tenure = current;
    var since = tenure == null ? vacantNanos : tenure.inStageSinceNanos();
    return new Member(
        number,
        lastTarget == null ? null : lastTarget.uri(),
        state(),
        Duration.ofNanos(nowNanos - since),
        attempts,
        tenure == null ? 0 : tenure.line().waitingBytes(),
        tenure == null ? null : roundTrip(tenure.line().roundTripNanos()),
        last);
  }

  private static @Nullable Duration roundTrip(long nanos) {
    return nanos == 0 ? null : Duration.ofNanos(nanos);
  }

  private Member.State state() {
    if (current == null) return Member.State.WAITING;
    return switch (current.stage) {
      case OPENING -> Member.State.OPENING;
      case PREPARING -> Member.State.PREPARING;
      case READY -> coming == null ? Member.State.READY : Member.State.ROTATING;
      case GONE, DRAINING, CLOSING, CUT, OVER -> Member.State.GONE;
    };
  }
}
