package io.tidegate.client.pool;

import io.tidegate.websocket.frame.CloseCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// Connections that have no seat any more and are to end: drained, then closed, then cut, and at
/// last given up with the user's code that holds them.
///
/// As many as can be opened in the time that all this takes, each charged as it was at its seat.
/// Belongs to the pool's home.
final class Leaving {
  private final List<Tenure> tenures = new ArrayList<>();
  private final Consumer<Tenure> over;
  private final Consumer<PoolListener.Event> told;
  private final long drainNanos;
  private final long graceNanos;
  private long cut;
  private long stuck;

  /// `over` gives back what a connection was charged.
  Leaving(PoolConfig.Times times, Consumer<Tenure> over, Consumer<PoolListener.Event> told) {
    this.over = over;
    this.told = told;
    this.drainNanos = times.drain().toNanos();
    this.graceNanos = times.grace().toNanos();
  }

  /// `tenure` was replaced: it receives on for a while.
  void drain(Tenure tenure, long nowNanos) {
    tenure.enter(Tenure.Stage.DRAINING, nowNanos, drainNanos);
    tenures.add(tenure);
  }

  /// `tenure` closes now.
  void close(Tenure tenure, int code, String reason, long nowNanos) {
    tenure.line().close(code, reason);
    awaitEnd(tenure, nowNanos);
  }

  /// `tenure` is closed, and its handler not yet done.
  void awaitEnd(Tenure tenure, long nowNanos) {
    tenure.enter(Tenure.Stage.CLOSING, nowNanos, graceNanos);
    tenures.add(tenure);
  }

  /// Closes at once what drains, `reason` being said.
  void hurry(int code, String reason, long nowNanos) {
    for (var tenure : tenures) {
      if (tenure.stage == Tenure.Stage.DRAINING) closeNow(tenure, code, reason, nowNanos);
    }
  }

  private void closeNow(Tenure tenure, int code, String reason, long nowNanos) {
    tenure.line().close(code, reason);
    tenure.enter(Tenure.Stage.CLOSING, nowNanos, graceNanos);
  }

  /// Looks at all of them.
  void tick(long nowNanos) {
    for (var tenure : tenures) {
      if (tenure.stage != Tenure.Stage.OVER) look(tenure, nowNanos);
    }
    var _ = tenures.removeIf(tenure -> tenure.stage == Tenure.Stage.OVER);
  }

  private void look(Tenure tenure, long nowNanos) {
    if (tenure.stage == Tenure.Stage.DRAINING) {
      if (tenure.isDue(nowNanos) || !tenure.line().isOpen()) {
        closeNow(tenure, CloseCode.GOING_AWAY, "rotated", nowNanos);
      }
    } else if (tenure.isDue(nowNanos)) {
      if (tenure.stage == Tenure.Stage.CUT || tenure.hasEnded) giveUp(tenure);
      else cut(tenure, nowNanos);
    }
  }

  private void cut(Tenure tenure, long nowNanos) {
    tenure.line().cut();
    tenure.enter(Tenure.Stage.CUT, nowNanos, graceNanos);
    cut++;
    told.accept(new PoolListener.Event.Cut(tenure.seat.number));
  }

  private void giveUp(Tenure tenure) {
    tenure.line().interrupt();
    stuck++;
    told.accept(new PoolListener.Event.Stuck(tenure.seat.number));
    over.accept(tenure);
  }

  int count() {
    return tenures.size();
  }

  long cuts() {
    return cut;
  }

  long stuck() {
    return stuck;
  }

  /// How long the last of them may take from now.
  static Duration longest(PoolConfig.Times times) {
    return times.grace().multipliedBy(2);
  }
}
