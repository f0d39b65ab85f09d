package io.tidegate.proof.hub;

import io.tidegate.proof.Ratio;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.DoublePredicate;

/// What the project wants of its hub, and what became of it.
final class HubGoal {
  static final double MOST_MICROS = 1.2;
  static final double MOST_BESIDE = 1.5;

  private HubGoal() {}

  /// The table of goals.
  static String table(HubPlan plan, HubResults results) {
    var rows = new ArrayList<String>();
    rows.add(ofCpu(results));
    for (var other : List.of(Broadcaster.NODE, Broadcaster.NATS, Broadcaster.NETTY))
      rows.add(against(results, other));
    rows.add(beside(plan, results));
    rows.add(ofStorm(plan, results));
    return "| target | wanted | measured | |\n|---|---|---|---|\n" + String.join("", rows);
  }

  private static String ofCpu(HubResults results) {
    var micros = results.median(Broadcaster.TIDEGATE, each -> each.alone().cpuMicrosPerDelivery());
    return row(
        "fan-out: Tidegate",
        "CPU <= %.2f us a delivery".formatted(MOST_MICROS),
        micros.map(figure -> String.format(Locale.ROOT, "%.2f us", figure)),
        micros,
        figure -> figure <= MOST_MICROS);
  }

  private static String against(HubResults results, Broadcaster other) {
    var ratio =
        results.ratio(Broadcaster.TIDEGATE, other, each -> each.alone().cpuMicrosPerDelivery());
    return row(
        "fan-out: Tidegate against " + other.title(),
        "CPU a delivery < 1.00x",
        ratio.map(Ratio::text),
        ratio.map(Ratio::median),
        figure -> figure < 1);
  }

  private static String beside(HubPlan plan, HubResults results) {
    var ratio = results.besideP99(Broadcaster.TIDEGATE);
    return row(
        "p99 beside %,d sleepers against alone: Tidegate".formatted(plan.sleepers()),
        "<= %.2fx".formatted(MOST_BESIDE),
        ratio.map(Ratio::text),
        ratio.map(Ratio::median),
        figure -> figure <= MOST_BESIDE);
  }

  private static String ofStorm(HubPlan plan, HubResults results) {
    var storms = results.storms();
    var lost =
        storms.isEmpty()
            ? Optional.<Double>empty()
            : Optional.of(
                (double) storms.stream().mapToLong(each -> each.lost() + each.gaps()).sum());
    return row(
        "%,d clients come back and resume: messages lost, gaps told".formatted(plan.stormers()),
        "0",
        lost.map(figure -> String.format(Locale.ROOT, "%,.0f", figure)),
        lost,
        figure -> figure == 0);
  }

  private static String row(
      String work,
      String wanted,
      Optional<String> told,
      Optional<Double> figure,
      DoublePredicate holds) {
    var outcome =
        figure.map(value -> holds.test(value) ? "held" : "**missed**").orElse("not measured");
    return "| %s | %s | %s | %s |\n".formatted(work, wanted, told.orElse("-"), outcome);
  }
}
