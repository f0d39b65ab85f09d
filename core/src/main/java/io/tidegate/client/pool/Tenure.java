package io.tidegate.client.pool;

import org.jspecify.annotations.Nullable;

/// One connection at a [Seat], from its attempt to its end.
///
/// What is not final belongs to the pool's home.
final class Tenure {
  /// How far it is.
  enum Stage {
    /// Until the handshake is done.
    OPENING,
    /// Until the hooks are done.
    PREPARING,
    READY,
    /// It has closed, and its handler has not yet said how.
    GONE,
    /// Its successor is ready; it receives for a while.
    DRAINING,
    /// It has been told to close.
    CLOSING,
    /// It has been cut.
    CUT,
    OVER
  }

  final Seat seat;
  final Endpoints.Target target;
  final int attempt;

  /// For how long the handler of one that is gone may take to say how it ended.
  private static final long TELLING_NANOS = 1_000_000_000;

  Stage stage = Stage.OPENING;

  /// When it entered its stage; of one that is gone, when it became ready.
  long sinceNanos;

  /// When it is looked at, unless its stage has changed.
  long dueNanos;

  /// Whether its hooks were done before its supervisor heard of its handshake.
  boolean isPrepared;

  /// Whether its handler has been told of its end.
  boolean hasEnded;

  private @Nullable Line line;

  Tenure(Seat seat, Endpoints.Target target) {
    this.seat = seat;
    this.target = target;
    this.attempt = ++seat.attempts;
  }

  void by(Line opened) {
    line = opened;
  }

  Line line() {
    if (line == null) throw new IllegalStateException("not begun");
    return line;
  }

  /// Enters `next`, for `nanos` from now on.
  void enter(Stage next, long nowNanos, long nanos) {
    stage = next;
    sinceNanos = nowNanos;
    dueNanos = nowNanos + nanos;
  }

  /// Was ready, and has closed. How long it was ready is still to be asked.
  void go(long nowNanos) {
    stage = Stage.GONE;
    dueNanos = nowNanos + TELLING_NANOS;
  }

  /// When it entered its stage.
  long inStageSinceNanos() {
    return stage == Stage.GONE ? dueNanos - TELLING_NANOS : sinceNanos;
  }

  /// For how long it was, or is, ready; 0 if it never was.
  long uptimeNanos(long nowNanos) {
    return wasReady() ? nowNanos - sinceNanos : 0;
  }

  /// Whether it has ever been ready, and was not replaced.
  boolean wasReady() {
    return stage == Stage.READY || stage == Stage.GONE;
  }

  boolean isDue(long nowNanos) {
    return nowNanos - dueNanos >= 0;
  }
}
