package io.tidegate.proof.server;

import io.tidegate.proof.Ratio;
import io.tidegate.proof.server.Measured.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What one run measured, and the medians and ratios over its rounds.
final class Measurements {
  private final List<Measured> all = new ArrayList<>();

  void add(Measured measured) {
    var _ = all.add(measured);
  }

  boolean has(Work work, Contender contender) {
    return !of(work, contender).isEmpty();
  }

  /// Requests that failed, in all rounds.
  long errors(Work work, Contender contender) {
    return of(work, contender).stream().mapToLong(measured -> measured.load().errors()).sum();
  }

  /// The median over the rounds.
  ///
  /// @throws IllegalArgumentException if `contender` was not measured at `work`
  double median(Work work, Contender contender, Metric metric) {
    return Ratio.median(
        of(work, contender).stream().map(measured -> measured.value(metric)).toList());
  }

  /// How many times `against` the metric of `contender` was, in the rounds that have both.
  ///
  /// Empty if no round has both, or a figure is not above zero.
  Optional<Ratio> ratio(Work work, Metric metric, Contender contender, Contender against) {
    var ratios = new ArrayList<Double>();
    for (var one : of(work, contender)) {
      for (var other : of(work, against)) {
        if (one.round() == other.round()) {
          var _ = ratios.add(one.value(metric) / other.value(metric));
        }
      }
    }
    return Ratio.of(ratios);
  }

  private List<Measured> of(Work work, Contender contender) {
    return all.stream()
        .filter(measured -> measured.work() == work && measured.contender() == contender)
        .toList();
  }
}
