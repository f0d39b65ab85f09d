package io.tidegate.proof.torture;

import java.time.Duration;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// What an attack did.
///
/// @param peers how many attacked
/// @param mob what became of them
/// @param peakBytes the target's resident memory at its most; 0 if unknown
/// @param polite what polite clients noticed
/// @param fault what the target did wrong; empty if nothing
record Verdict(
    Attack attack, int peers, Tally.Report mob, long peakBytes, Polite polite, String fault) {
  private static final int MOST_TOLD = 3;

  /// What polite clients noticed.
  ///
  /// @param usualP99Millis while nothing was done to the target
  /// @param asideP99Millis during the attack, of a server that nobody attacks
  /// @param back from the attack's end until all was well
  record Polite(
      double usualP99Millis, double duringP99Millis, double asideP99Millis, Duration back) {
    /// What a visitor does not mind.
    static final double MOST_TIMES = 10;

    /// How many times longer they waited than usually.
    double timesUsual() {
      return duringP99Millis / usualP99Millis;
    }

    /// How many times longer than others on the same machine at the same time.
    double timesAside() {
      return duringP99Millis / asideP99Millis;
    }
  }

  /// The head of the table.
  static final String HEAD =
      """
      | attack | peers, each | outcome | told | cut of opened, still open | time to cut: median, last | peak memory | polite p99: usually, now, aside | well again |
      |---|---|---|---|---|---|---|---|---|
      """;

  /// The row of an attack for which the target has no place.
  static String notOffered(Attack attack) {
    return "| " + attack.name() + " | - | not offered | | | | | | |";
  }

  boolean held() {
    return fault.isEmpty();
  }

  /// Its row.
  String row() {
    return String.format(
        Locale.ROOT,
        "| %s | %d, %s | %s | %s | %d of %d, %d | %s | %s | %.1f ms, %.1f ms, %.1f ms | %.1f s |",
        attack.name(),
        peers,
        attack.parameters(),
        held() ? "held" : "**FAILED**: " + fault,
        told(),
        mob.cut(),
        mob.opened(),
        mob.open(),
        mob.cut() == 0 ? "-" : seconds(mob.medianMillis()) + ", " + seconds(mob.mostMillis()),
        peakBytes == 0 ? "-" : (peakBytes >> 20) + " MiB",
        polite.usualP99Millis,
        polite.duringP99Millis,
        polite.asideP99Millis,
        polite.back.toMillis() / 1e3);
  }

  private String told() {
    var most =
        mob.told().entrySet().stream()
            .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder()))
            .limit(MOST_TOLD)
            .map(entry -> entry.getKey() + (mob.told().size() == 1 ? "" : " x" + entry.getValue()))
            .collect(Collectors.joining(", "));
    return most.isEmpty() ? "-" : most;
  }

  private static String seconds(long millis) {
    return String.format(Locale.ROOT, "%.1f s", millis / 1e3);
  }
}
