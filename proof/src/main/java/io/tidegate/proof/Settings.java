package io.tidegate.proof;

import java.time.Duration;
import java.util.List;

/// How one run of the tunnel benchmark is made.
///
/// @param rounds how often everything is measured
/// @param seconds of each measurement
/// @param warmSeconds of load for each variant on the JVM before the first round
/// @param stallSeconds each of a live visitor alone and beside stalled ones; 0 leaves that out
/// @param workers worker processes of each nginx hop, threads of haproxy, event loops of edge and
///   agent each
/// @param processes how Tidegate's two processes are started
record Settings(
    int rounds,
    int seconds,
    int warmSeconds,
    int stallSeconds,
    List<Row> rows,
    List<Variant> variants,
    int workers,
    TidegateCommands processes) {

  /// Fewer rounds have no median worth the name.
  private static final int ROUNDS_FOR_THE_RECORD = 3;

  /// @throws IllegalArgumentException if a count is not positive or nothing is to be measured
  Settings {
    if (rounds < 1 || seconds < 1 || warmSeconds < 1 || stallSeconds < 0 || workers < 1) {
      throw new IllegalArgumentException("rounds, seconds and workers must be positive");
    }
    if (rows.isEmpty() || variants.isEmpty()) {
      throw new IllegalArgumentException("no row or no variant to measure");
    }
    rows = List.copyOf(rows);
    variants = List.copyOf(variants);
  }

  /// Whether the figures may go into the documentation.
  boolean forTheRecord() {
    return rounds >= ROUNDS_FOR_THE_RECORD
        && warmSeconds >= 60
        && stallSeconds > 0
        && rows.containsAll(List.of(Row.values()))
        && variants.containsAll(List.of(Variant.values()));
  }

  Duration stall() {
    return Duration.ofSeconds(stallSeconds);
  }
}
