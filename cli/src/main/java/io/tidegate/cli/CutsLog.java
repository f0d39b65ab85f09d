package io.tidegate.cli;

import io.tidegate.ledger.Census;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import java.util.StringJoiner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says once a minute who was cut and why, and nothing in a minute without cuts.
///
/// Belongs to the loop that it was started on.
final class CutsLog {
  private static final Logger LOG = LoggerFactory.getLogger(CutsLog.class);
  private static final long MINUTE_MILLIS = 60_000;

  private final Loops loops;
  private final long[] before = new long[CutReason.values().length];

  CutsLog(Loops loops) {
    this.loops = loops;
  }

  static void start(Loops loops) {
    var log = new CutsLog(loops);
    loops.loop(0).every(MINUTE_MILLIS, log::say);
  }

  private void say() {
    var line = news();
    if (!line.isEmpty()) LOG.info("{}", line);
  }

  /// What was cut since the last call; empty if nothing was.
  String news() {
    var counts = new StringJoiner(", ");
    for (var reason : CutReason.values()) {
      long now = loops.cuts(reason);
      long fresh = now - before[reason.ordinal()];
      before[reason.ordinal()] = now;
      if (fresh > 0) counts.add(fresh + " " + reason.label());
    }
    return counts.length() == 0 ? "" : "Cut in the last minute: " + counts + largest();
  }

  private String largest() {
    var most = Census.largest(loops.root(), 1, Purse.DIRECT);
    if (most.isEmpty()) return "";
    var holder = most.getFirst();
    return "; largest holder: " + holder.label() + " with " + holder.direct().held() + " bytes";
  }
}
