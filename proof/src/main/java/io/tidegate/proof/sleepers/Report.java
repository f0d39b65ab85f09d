package io.tidegate.proof.sleepers;

import io.tidegate.proof.Machine;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/// What one run says, as Markdown.
record Report(LocalDate date, Machine machine, Plan plan, Outcome outcome) {
  String markdown() {
    var text = new StringBuilder(head());
    text.append(delivery());
    for (var round : outcome.rounds()) text.append(memory(round)).append(fates(round));
    text.append("| target | wanted | measured | |\n|---|---|---|---|\n");
    for (var goal : goals()) text.append(goal.row());
    return text.toString();
  }

  private List<Goals.Goal> goals() {
    return Goals.of(plan, outcome);
  }

  /// Whether a line was missed.
  boolean isMissed() {
    return goals().stream().anyMatch(goal -> goal.shown() == Trend.Shown.MISSED);
  }

  private String head() {
    return """
    %s, commit %s. %s.
    `tidegate hub --stall %s`, topic `%s`, JVM `%s`. %,d messages a second of %,d B. Asleep: %,d WebSockets and %,d streams of events, and %d %% more to spare, half
    of each lossless, half drop to live; receive buffer 32 KiB. %d readers, half of each kind. %d round(s): %s alone, half of it before and half after, %s beside.

    """
        .formatted(
            date,
            machine.commit(),
            machine.described(),
            text(plan.stall()),
            plan.topicLine(),
            String.join(" ", HubProcess.flags(plan)),
            plan.rate(),
            plan.bytes(),
            plan.sockets(),
            plan.streams(),
            Plan.SPARE_PERCENT,
            plan.readers(),
            plan.rounds(),
            text(plan.alone()),
            text(plan.beside()));
  }

  private static String text(Duration time) {
    return time.toSeconds() >= 60 && time.toSecondsPart() == 0
        ? time.toMinutes() + " min"
        : String.format(Locale.ROOT, "%.1f s", time.toMillis() / 1e3);
  }

  private String delivery() {
    var table =
        new StringBuilder(
            """
            | readers | messages | p50 ms | p99 ms | p99.9 ms | hub, of a processor | load, of one |
            |---|---:|---:|---:|---:|---:|---:|
            """);
    for (var round : outcome.rounds()) {
      var load = round.load();
      table.append(delivery("alone", round.alone(), load.hubAlone(), load.ownAlone()));
      table.append(delivery("beside", round.beside(), load.hubBeside(), load.ownBeside()));
    }
    return table.append('\n').toString();
  }

  private static String delivery(
      String name, io.tidegate.proof.hub.Latencies heard, double hub, double own) {
    return String.format(
        Locale.ROOT,
        "| %s | %,d | %.2f | %.2f | %.2f | %.0f %% | %.0f %% |\n",
        name,
        heard.count(),
        heard.millis(0.5),
        heard.millis(0.99),
        heard.millis(0.999),
        hub,
        own);
  }

  // ---- memory

  private static String memory(Round round) {
    return """
    | memory of the hub, KiB | before | least | mean | most | a minute | after |
    |---|---:|---:|---:|---:|---:|---:|
    %s%s%s%s%s%s%s%s
    """
        .formatted(
            row("charged", round, Sample::chargedBytes),
            row("- rings", round, Sample::ringBytes),
            row("- - of messages that have left theirs", round, Sample::leftBytes),
            row("- connections", round, Sample::connectionBytes),
            row("charged, but for messages on their way", round, Sample::standingBytes),
            row("direct memory in use", round, Sample::usedDirectBytes),
            row("resident", round, Sample::residentBytes),
            heap(round));
  }

  private static String row(String name, Round round, ToLongFunction<Sample> figure) {
    return "| %s | %,.0f | %,.0f | %,.0f | %,.0f | %s | %,.0f |\n"
        .formatted(
            name,
            figure.applyAsLong(round.before()) / 1024.0,
            round.least(figure) / 1024.0,
            round.mean(figure) / 1024,
            round.most(figure) / 1024.0,
            Goals.slope(round.trend(figure)),
            figure.applyAsLong(round.after()) / 1024.0);
  }

  private static String heap(Round round) {
    var values = round.heap().stream().mapToDouble(each -> each.value() / 1024).summaryStatistics();
    return "| live heap, %d times behind a full collection | - | %,.0f | %,.0f | %,.0f | %s | - |\n"
        .formatted(
            values.getCount(),
            values.getMin(),
            values.getAverage(),
            values.getMax(),
            Goals.slope(round.heapTrend()));
  }

  // ---- sleepers

  private static String fates(Round round) {
    var fates = round.sleepers();
    return """
    %,d slept. The hub cut %,d of their connections (%s, its readers' included), %,d attempts to come back came to nothing%s. Of %,d messages \
    they were given %,d and told in %,d gaps that %,d are lost. When they were woken, %,d of those that drop went on and %,d of those that want all were cut.

    """
        .formatted(
            fates.count(),
            fates.cuts(),
            text(round.cuts()),
            fates.refusals(),
            fates.refusal().isEmpty() ? "" : " (the last: " + fates.refusal() + ")",
            fates.published(),
            fates.received(),
            fates.gaps(),
            fates.lost(),
            fates.wokenLive(),
            fates.wokenCut());
  }

  private static String text(Map<String, Long> cuts) {
    return new TreeMap<>(cuts)
        .entrySet().stream()
            .map(each -> "%s %,d".formatted(each.getKey(), each.getValue()))
            .collect(Collectors.joining(", "));
  }
}
