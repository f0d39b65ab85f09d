package io.tidegate.proof;

import io.tidegate.proof.Sample.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The samples of one run, and the medians and ratios over its rounds.
final class Results {
  private final List<Sample> samples = new ArrayList<>();

  void add(Sample sample) {
    var _ = samples.add(sample);
  }

  /// Requests of `variant` under `row` that failed, in all rounds.
  long errors(Row row, Variant variant) {
    return of(row, variant).stream().mapToLong(sample -> sample.load().errors()).sum();
  }

  boolean has(Row row, Variant variant) {
    return !of(row, variant).isEmpty();
  }

  /// The median over the rounds.
  ///
  /// @throws IllegalArgumentException if `variant` was not measured under `row`
  double median(Row row, Variant variant, Metric metric) {
    return Ratio.median(of(row, variant).stream().map(sample -> sample.value(metric)).toList());
  }

  /// How many times `against` the metric of `variant` was; a round counts if it has both.
  ///
  /// Empty if no round has both, or a figure is not above zero.
  Optional<Ratio> ratio(Row row, Metric metric, Variant variant, Variant against) {
    var ratios = new ArrayList<Double>();
    for (var sample : of(row, variant)) {
      for (var other : of(row, against)) {
        if (sample.round() == other.round()) {
          var _ = ratios.add(sample.value(metric) / other.value(metric));
        }
      }
    }
    return Ratio.of(ratios);
  }

  private List<Sample> of(Row row, Variant variant) {
    return samples.stream()
        .filter(sample -> sample.row() == row && sample.variant() == variant)
        .toList();
  }
}
