package io.tidegate.proof.sleepers;

import java.util.ArrayList;
import java.util.List;

/// How a figure grew, by least squares.
///
/// What is sampled often is not as many independent figures: the error is that of the means of up
/// to 20 stretches of equal length.
///
/// @param perMinute by how much it grew a minute
/// @param error of that: twice the standard error; NaN of fewer than three stretches
record Trend(double perMinute, double error) {
  private static final int STRETCHES = 20;

  /// A figure at some time.
  record Point(double minutes, double value) {}

  /// What was to be shown of a trend.
  enum Shown {
    /// It is within its limit.
    HELD,
    /// It is beyond, and by more than its error.
    MISSED,
    /// It is beyond, by less than its error: more time would tell.
    UNDECIDED
  }

  /// The trend of `points`, in the order of their times; zero of fewer than two.
  static Trend of(List<Point> points) {
    var stretches = stretches(points);
    int count = stretches.size();
    if (count < 2) return new Trend(0, Double.NaN);
    double meanTime = stretches.stream().mapToDouble(Point::minutes).average().orElseThrow();
    double meanValue = stretches.stream().mapToDouble(Point::value).average().orElseThrow();
    double times = 0;
    double both = 0;
    for (var each : stretches) {
      times += square(each.minutes() - meanTime);
      both += (each.minutes() - meanTime) * (each.value() - meanValue);
    }
    double slope = both / times;
    double rest = 0;
    for (var each : stretches)
      rest += square(each.value() - meanValue - slope * (each.minutes() - meanTime));
    return new Trend(slope, count < 3 ? Double.NaN : 2 * Math.sqrt(rest / (count - 2) / times));
  }

  private static double square(double value) {
    return value * value;
  }

  private static List<Point> stretches(List<Point> points) {
    int count = Math.min(STRETCHES, points.size());
    var means = new ArrayList<Point>();
    for (int i = 0; i < count; i++) {
      var some = points.subList(points.size() * i / count, points.size() * (i + 1) / count);
      means.add(
          new Point(
              some.stream().mapToDouble(Point::minutes).average().orElseThrow(),
              some.stream().mapToDouble(Point::value).average().orElseThrow()));
    }
    return means;
  }

  /// Whether it grew by at most `most` a minute.
  Shown within(double most) {
    if (perMinute <= most) return Shown.HELD;
    return perMinute - error > most ? Shown.MISSED : Shown.UNDECIDED;
  }
}
