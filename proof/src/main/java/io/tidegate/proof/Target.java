package io.tidegate.proof;

import static io.tidegate.proof.Sample.Metric.CPU_MICROS_PER_REQUEST;
import static io.tidegate.proof.Sample.Metric.MEGABYTES_PER_SECOND;
import static io.tidegate.proof.Sample.Metric.REQUESTS_PER_SECOND;
import static io.tidegate.proof.Target.Bound.AT_LEAST;
import static io.tidegate.proof.Target.Bound.AT_MOST;
import static io.tidegate.proof.Variant.HAPROXY;
import static io.tidegate.proof.Variant.NGINX_2;
import static io.tidegate.proof.Variant.TIDEGATE;
import static io.tidegate.proof.Variant.TIDEGATE_WEBSOCKET;

import io.tidegate.proof.Sample.Metric;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoublePredicate;
import java.util.function.ToDoubleFunction;

/// A speed that the project wants to hold against a peer in the same run.
record Target(Row row, Metric metric, Variant variant, Variant against, Bound bound, double times) {
  /// Stalled visitors may not be felt in the middle; this much is noise.
  private static final double UNCHANGED = 1.15;

  private static final double STALLED_P99 = 3;

  /// The targets, in the order of the documentation.
  static final List<Target> ALL =
      List.of(
          new Target(Row.SMALL_64, CPU_MICROS_PER_REQUEST, TIDEGATE, NGINX_2, AT_MOST, 0.6),
          new Target(Row.SMALL_64, REQUESTS_PER_SECOND, TIDEGATE, NGINX_2, AT_LEAST, 1.5),
          new Target(Row.SMALL_256, CPU_MICROS_PER_REQUEST, TIDEGATE, NGINX_2, AT_MOST, 0.6),
          new Target(Row.SMALL_256, REQUESTS_PER_SECOND, TIDEGATE, NGINX_2, AT_LEAST, 1.4),
          new Target(Row.SMALL_1, CPU_MICROS_PER_REQUEST, TIDEGATE, NGINX_2, AT_MOST, 1.1),
          new Target(Row.SMALL_1, REQUESTS_PER_SECOND, TIDEGATE, NGINX_2, AT_LEAST, 0.9),
          new Target(Row.PAGE_64, CPU_MICROS_PER_REQUEST, TIDEGATE, NGINX_2, AT_MOST, 0.45),
          new Target(Row.PAGE_64, MEGABYTES_PER_SECOND, TIDEGATE, NGINX_2, AT_LEAST, 1.7),
          new Target(Row.BULK_16, CPU_MICROS_PER_REQUEST, TIDEGATE, HAPROXY, AT_MOST, 1.3),
          new Target(Row.BULK_16, MEGABYTES_PER_SECOND, TIDEGATE, NGINX_2, AT_LEAST, 1.4),
          webSocket(Row.SMALL_1),
          webSocket(Row.SMALL_64),
          webSocket(Row.SMALL_256),
          webSocket(Row.PAGE_64),
          webSocket(Row.BULK_16));

  /// Which side of the figure is good.
  enum Bound {
    AT_MOST("<="),
    AT_LEAST(">=");

    private final String sign;

    Bound(String sign) {
      this.sign = sign;
    }

    boolean holds(double figure, double limit) {
      return switch (this) {
        case AT_MOST -> figure <= limit;
        case AT_LEAST -> figure >= limit;
      };
    }
  }

  /// Whether a target was held.
  enum Outcome {
    HELD,
    MISSED,
    NOT_MEASURED
  }

  /// What became of a target.
  ///
  /// @param measured the figure as text, or a dash
  record Verdict(String work, String demanded, String measured, Outcome outcome) {}

  /// Judges every target, those of the stalled visitors last.
  static List<Verdict> judge(Results results, List<StallTrial> trials) {
    var verdicts = new ArrayList<Verdict>();
    for (var target : ALL) {
      verdicts.add(target.judge(results));
    }
    var ours = trials.stream().filter(trial -> trial.variant() == TIDEGATE).toList();
    verdicts.add(stalled("p50", ours, StallTrial::p50Ratio, UNCHANGED));
    verdicts.add(stalled("p99", ours, StallTrial::p99Ratio, STALLED_P99));
    return verdicts;
  }

  private static Target webSocket(Row row) {
    return new Target(row, CPU_MICROS_PER_REQUEST, TIDEGATE_WEBSOCKET, TIDEGATE, AT_MOST, 1.15);
  }

  private Verdict judge(Results results) {
    return judge(
        "%s: %s against %s".formatted(row.title(), variant.title(), against.title()),
        demand(name(), bound, times),
        results.ratio(row, metric, variant, against),
        ratio -> bound.holds(ratio, times));
  }

  private static Verdict stalled(
      String figure, List<StallTrial> trials, ToDoubleFunction<StallTrial> ratio, double limit) {
    return judge(
        stallWork(figure),
        demand(figure, AT_MOST, limit),
        Ratio.of(trials.stream().map(ratio::applyAsDouble).toList()),
        measured -> AT_MOST.holds(measured, limit));
  }

  private static Verdict judge(
      String work, String demanded, Optional<Ratio> measured, DoublePredicate holds) {
    return measured
        .map(
            ratio -> new Verdict(work, demanded, ratio.text(), outcome(holds.test(ratio.median()))))
        .orElseGet(() -> new Verdict(work, demanded, "-", Outcome.NOT_MEASURED));
  }

  private static String stallWork(String figure) {
    return "%d stalled visitors beside one live: its %s against alone"
        .formatted(StalledCrowd.VISITORS, figure);
  }

  private static Outcome outcome(boolean holds) {
    return holds ? Outcome.HELD : Outcome.MISSED;
  }

  private static String demand(String figure, Bound bound, double times) {
    return String.format(Locale.ROOT, "%s %s %.2fx", figure, bound.sign, times);
  }

  private String name() {
    return switch (metric) {
      case REQUESTS_PER_SECOND -> "req/s";
      case MEGABYTES_PER_SECOND -> "MB/s";
      case P50_MILLIS -> "p50";
      case P99_MILLIS -> "p99";
      case CPU_MICROS_PER_REQUEST -> "CPU";
      case RESIDENT_MEGABYTES -> "RSS";
    };
  }
}
