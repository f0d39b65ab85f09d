package io.tidegate.proof;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// A ratio of two measured things, taken in each round.
///
/// @param median over the rounds
/// @param least of the rounds
/// @param most of the rounds
public record Ratio(double median, double least, double most) {

  /// The ratio over the rounds that gave `ratios`.
  ///
  /// Empty if there was none, or a figure was not above zero.
  public static Optional<Ratio> of(List<Double> ratios) {
    if (ratios.isEmpty() || ratios.stream().anyMatch(ratio -> !Double.isFinite(ratio))) {
      return Optional.empty();
    }
    var sorted = ratios.stream().sorted().toList();
    return Optional.of(new Ratio(median(sorted), sorted.getFirst(), sorted.getLast()));
  }

  /// As it is printed: the median, and between what it lies.
  public String text() {
    return String.format(Locale.ROOT, "%.2fx (%.2f to %.2f)", median, least, most);
  }

  /// The middle of `values`.
  ///
  /// @throws IllegalArgumentException if there is none
  public static double median(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
    var sorted = values.stream().sorted().toList();
    var middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
