package io.tidegate.proof.sleepers;

import io.tidegate.proof.Ratio;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/// What the project wants of its hub beside sleepers, and what became of it.
final class Goals {
  static final double MOST_SLOPE = 1024;
  static final double MOST_KERNEL = 200 * 1024;
  static final double MOST_P99 = 1.5;

  /// What a connection with its subscription may be charged, its few bytes of headers included.
  private static final int CONNECTION_BYTES = 8 * 1024;

  /// Messages lie about before who pins them is cut: it takes so long to fill a kernel's buffers
  /// and to look.
  private static final int SLACK_SECONDS = 5;

  /// A message's own size and its entry: sizes come in steps.
  private static final double ENTRY_FACTOR = 1.25;

  /// What the ring and those who read differ by from moment to moment.
  static final int TURNS_BYTES = 64 * 1024;

  private final Plan plan;
  private final Outcome outcome;
  private final List<Goal> goals = new ArrayList<>();

  /// One line.
  ///
  /// @param name of it
  /// @param wanted in words
  /// @param measured in words
  record Goal(String name, String wanted, String measured, Trend.Shown shown) {
    String row() {
      var word =
          switch (shown) {
            case HELD -> "held";
            case MISSED -> "**missed**";
            case UNDECIDED -> "undecided";
          };
      return "| %s | %s | %s | %s |\n".formatted(name, wanted, measured, word);
    }
  }

  private Goals(Plan plan, Outcome outcome) {
    this.plan = plan;
    this.outcome = outcome;
  }

  /// All of them.
  static List<Goal> of(Plan plan, Outcome outcome) {
    var goals = new Goals(plan, outcome);
    goals.load();
    goals.memory();
    goals.kernel();
    goals.counts();
    goals.readers();
    return goals.goals;
  }

  private void add(String name, String wanted, String measured, boolean held) {
    goals.add(new Goal(name, wanted, measured, held ? Trend.Shown.HELD : Trend.Shown.MISSED));
  }

  private List<Round> rounds() {
    return outcome.rounds();
  }

  private double worst(ToDoubleFunction<Round> figure) {
    return rounds().stream().mapToDouble(figure).max().orElseThrow();
  }

  private void load() {
    int least =
        rounds().stream().mapToInt(each -> (int) each.least(Sample::asleep)).min().orElseThrow();
    add(
        "subscribers asleep at each sample",
        ">= %,d".formatted(plan.sleepers()),
        "least %,d".formatted(least),
        least >= plan.sleepers());
    long wanted = outcome.accepted() + outcome.refused() + outcome.late();
    add(
        "messages that were due and the hub took",
        "all",
        "%,d of %,d%s".formatted(outcome.accepted(), wanted, inParentheses(outcome.failure())),
        outcome.accepted() == wanted);
  }

  private static String inParentheses(String text) {
    return text.isEmpty() ? "" : " (" + text + ")";
  }

  // ---- memory

  private void memory() {
    slope("all that is charged", Sample::chargedBytes);
    slope("charged, but for messages on their way", Sample::standingBytes);
    slope("direct memory in use", Sample::usedDirectBytes);
    var heap = rounds().stream().map(Round::heapTrend).toList();
    slope("live heap behind a full collection", heap);
    most();
    after();
  }

  private void slope(String name, ToLongFunction<Sample> figure) {
    slope(name, rounds().stream().map(each -> each.trend(figure)).toList());
  }

  private void slope(String name, List<Trend> trends) {
    var worst = trends.stream().max(Comparator.comparingDouble(Trend::perMinute)).orElseThrow();
    goals.add(
        new Goal("slope: " + name, "<= 1 KiB a minute", slope(worst), worst.within(MOST_SLOPE)));
  }

  static String slope(Trend trend) {
    return String.format(
        Locale.ROOT, "%+.2f ± %.2f KiB", trend.perMinute() / 1024, trend.error() / 1024);
  }

  /// What a ring, those who hold its messages, and connections come to.
  private void most() {
    double seconds = plan.coming().toMillis() / 1e3 + SLACK_SECONDS;
    long connections = (long) Plan.withSpare(plan.sleepers()) + plan.readers() + SLACK_SECONDS;
    double wanted =
        plan.ringBytes()
            + seconds * plan.rate() * plan.bytes() * ENTRY_FACTOR
            + (double) connections * CONNECTION_BYTES;
    double most = worst(each -> each.most(Sample::chargedBytes));
    add(
        "most that was charged",
        "<= %.1f MiB: ring, messages of %.0f s, %,d connections"
            .formatted(wanted / Outcome.MEBI, seconds, connections),
        "%.1f MiB".formatted(most / Outcome.MEBI),
        most <= wanted);
  }

  private void after() {
    double more =
        worst(each -> (double) each.after().chargedBytes() - each.before().chargedBytes());
    add(
        "charged when all have left, against before",
        "<= 64 KiB more: the ring turns",
        "%+,.1f KiB".formatted(more / 1024),
        more <= TURNS_BYTES);
  }

  private void kernel() {
    boolean known = rounds().getFirst().kernelBefore().hasServer();
    double most = worst(Round::kernelPerSleeper);
    add(
        known ? "kernel memory of the hub's ends, a sleeper" : "kernel memory, a sleeper",
        "<= 200 KiB",
        "%.1f KiB; with the sleepers' own ends %.1f KiB"
            .formatted(most / 1024, worst(Round::kernelOfBothPerSleeper) / 1024),
        most <= MOST_KERNEL);
  }

  // ---- counts

  private void counts() {
    long untold = sum(each -> each.untold());
    long stuck = sum(each -> each.stuck());
    add(
        "sleepers that were cut or told of a gap, as their policy says",
        "all of %,d".formatted(sum(Round.Sleepers::count)),
        "%,d not, %,d stuck when woken".formatted(untold, stuck),
        untold + stuck == 0);
    long wrong = sum(each -> each.wrong());
    var fault =
        rounds().stream().map(each -> each.sleepers().fault()).filter(each -> !each.isEmpty());
    add(
        "sleepers whose published = received + told to be lost",
        "all",
        "%,d wrong%s; %,d = %,d + %,d"
            .formatted(
                wrong,
                fault.findFirst().map(each -> " (" + each + ")").orElse(""),
                sum(Round.Sleepers::published),
                sum(Round.Sleepers::received),
                sum(Round.Sleepers::lost)),
        wrong == 0);
  }

  private long sum(ToLongFunction<Round.Sleepers> figure) {
    return rounds().stream().mapToLong(each -> figure.applyAsLong(each.sleepers())).sum();
  }

  // ---- those who read

  private void readers() {
    var readers = outcome.readers();
    add(
        "readers: messages missing, counts wrong, connections cut",
        "0, 0, 0",
        "%,d, %,d, %,d%s"
            .formatted(
                readers.missing(), readers.wrong(), readers.cuts(), inParentheses(readers.fault())),
        readers.heard() && readers.missing() + readers.wrong() + readers.cuts() == 0);
    var ratio = Ratio.of(rounds().stream().map(Round::p99Ratio).toList());
    add(
        "readers: p99 beside sleepers against alone",
        "<= %.2fx".formatted(MOST_P99),
        ratio.map(Ratio::text).orElse("-"),
        ratio.isPresent() && ratio.get().median() <= MOST_P99);
  }
}
