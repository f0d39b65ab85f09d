package io.tidegate.hub.survey;

import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// The few with the greatest scores, whatever the number of those that come. One thread at a time.
public final class Greatest<T> {
  private final int most;
  private final PriorityQueue<Scored<T>> least =
      new PriorityQueue<>(Comparator.comparingDouble(Scored::score));

  private record Scored<T>(double score, T value) {}

  /// Keeps `most` at most.
  public Greatest(int most) {
    this.most = most;
  }

  /// Whether one with this score would be kept.
  public boolean takes(double score) {
    return least.size() < most || (most > 0 && score > least.element().score());
  }

  /// Keeps `value` if it is among the greatest so far.
  public void add(double score, T value) {
    if (!takes(score)) return;
    if (least.size() == most) {
      var _ = least.remove();
    }
    var _ = least.add(new Scored<>(score, value));
  }

  /// Keeps those of `others` that are among the greatest.
  public void addAll(Greatest<T> others) {
    for (var other : others.least) add(other.score(), other.value());
  }

  /// Those that are kept, the greatest first.
  public List<T> all() {
    return least.stream()
        .sorted(Comparator.comparingDouble((Scored<T> one) -> one.score()).reversed())
        .map(Scored::value)
        .toList();
  }
}
