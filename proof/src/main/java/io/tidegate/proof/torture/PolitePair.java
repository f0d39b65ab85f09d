package io.tidegate.proof.torture;

import io.tidegate.proof.torture.PoliteClient.Figures;
import io.tidegate.proof.torture.PoliteClient.Manner;
import java.util.ArrayDeque;

/// Two polite clients of one target: one that keeps its connection, and one that opens one for each
/// request. One thread.
final class PolitePair implements AutoCloseable {
  /// In one rest are fifty answers of each, of which the slowest hundredth is none.
  private static final int MOST_RESTS = 5;

  private final PoliteClient kept;
  private final PoliteClient fresh;
  private final ArrayDeque<Noticed> rests = new ArrayDeque<>();

  /// What both noticed.
  record Noticed(Figures kept, Figures fresh) {
    Noticed and(Noticed later) {
      return new Noticed(kept.and(later.kept), fresh.and(later.fresh));
    }

    /// Of the worse of them.
    double p99Millis() {
      return Math.max(kept.p99Millis(), fresh.p99Millis());
    }
  }

  PolitePair(Ground ground) {
    this.kept = new PoliteClient(ground, Manner.KEPT);
    this.fresh = new PoliteClient(ground, Manner.FRESH);
  }

  /// What they noticed since the last call.
  Noticed take() {
    return new Noticed(kept.take(), fresh.take());
  }

  /// Takes what they noticed since the last call as what is usual.
  void rested() {
    rests.addLast(take());
    if (rests.size() > MOST_RESTS) rests.removeFirst();
  }

  /// The p99 of the worse of them in the last rests; 0 before the first.
  double usualP99Millis() {
    return rests.stream().reduce(Noticed::and).map(Noticed::p99Millis).orElse(0.0);
  }

  /// How many answers in a row the worse of them has had since [#countAnew].
  int inARow() {
    return Math.min(kept.inARow(), fresh.inARow());
  }

  void countAnew() {
    kept.countAnew();
    fresh.countAnew();
  }

  @Override
  public void close() {
    kept.close();
    fresh.close();
  }
}
