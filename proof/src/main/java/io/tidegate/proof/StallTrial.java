package io.tidegate.proof;

import io.tidegate.proof.LiveVisitor.Latencies;
import java.io.IOException;
import java.time.Duration;

/// One live visitor fetching 100 kB, first alone, then beside stalled ones.
///
/// @param cut how many of the stalled visitors the server had cut by the end
record StallTrial(Variant variant, Latencies alone, Latencies beside, int cut) {
  /// What the stalled visitors get, uncounted, until the buffers on their way are full.
  static final Duration FILL = Duration.ofSeconds(2);

  private static final Duration WARM = Duration.ofSeconds(5);

  /// Runs it; it takes twice `length` and the warm-up, which is at most as long as `length`.
  static StallTrial run(Way way, Duration length) throws IOException {
    try (var live = new LiveVisitor(way, Row.PAGE_64)) {
      var _ = live.fetchFor(length.compareTo(WARM) < 0 ? length : WARM);
      var alone = live.fetchFor(length);
      try (var crowd = StalledCrowd.open(way)) {
        var _ = live.fetchFor(FILL);
        return new StallTrial(way.variant(), alone, live.fetchFor(length), crowd.countCut());
      }
    }
  }

  /// How many times its median alone the visitor's median was beside the others.
  double p50Ratio() {
    return beside.p50Millis() / alone.p50Millis();
  }

  /// The same of the 99th percentile.
  double p99Ratio() {
    return beside.p99Millis() / alone.p99Millis();
  }
}
