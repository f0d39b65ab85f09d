package io.tidegate.proof.hub;

import io.tidegate.proof.Ratio;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/// What one run measured, and the medians and ratios over its rounds.
final class HubResults {
  private final List<Trial> trials = new ArrayList<>();
  private final List<Storm> storms = new ArrayList<>();

  void add(Trial trial) {
    var _ = trials.add(trial);
  }

  void add(Storm storm) {
    var _ = storms.add(storm);
  }

  List<Storm> storms() {
    return storms;
  }

  List<Trial> of(Broadcaster server) {
    return trials.stream().filter(trial -> trial.server() == server).toList();
  }

  /// The measurements of `server` beside sleepers.
  List<Trial.Sleep> sleeps(Broadcaster server) {
    return of(server).stream().map(Trial::sleep).filter(Objects::nonNull).toList();
  }

  /// The median over the rounds; empty if `server` was not measured.
  Optional<Double> median(Broadcaster server, ToDoubleFunction<Trial> figure) {
    return median(of(server).stream(), figure);
  }

  static <T> Optional<Double> median(Stream<T> measured, ToDoubleFunction<T> figure) {
    var figures = measured.map(figure::applyAsDouble).toList();
    return figures.isEmpty() ? Optional.empty() : Optional.of(Ratio.median(figures));
  }

  /// How many times `against` the figure of `server` was, in the rounds that have both.
  ///
  /// Empty if no round has both, or a figure is not above zero.
  Optional<Ratio> ratio(Broadcaster server, Broadcaster against, ToDoubleFunction<Trial> figure) {
    var ratios = new ArrayList<Double>();
    for (var one : of(server)) {
      for (var other : of(against)) {
        if (one.round() == other.round())
          ratios.add(figure.applyAsDouble(one) / figure.applyAsDouble(other));
      }
    }
    return Ratio.of(ratios);
  }

  /// The p99 beside sleepers to that alone, in each round.
  Optional<Ratio> besideP99(Broadcaster server) {
    return Ratio.of(
        of(server).stream()
            .filter(trial -> trial.sleep() != null)
            .map(Trial::besideP99Ratio)
            .toList());
  }
}
