package io.tidegate.proof.torture;

import io.tidegate.proof.Machine;
import io.tidegate.proof.peers.Stack;
import io.tidegate.proof.torture.Tour.Stop;
import java.time.LocalDate;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/// What became of several servers under the same attacks, as Markdown.
record TourReport(LocalDate date, Machine machine, Tour tour, List<Stop> stops) {

  String markdown() {
    return head() + table();
  }

  private String head() {
    return """
    %s, commit %s. %s.
    %s.
    Each attack lasts %d s%s, with up to %,d peers from 127.0.1-59.x; each server alone, `%s`%s, all else as it has it by default.
    A cell: whether polite clients were answered throughout and again afterwards, the most resident memory, their p99 meanwhile.

    """
        .formatted(
            date,
            machine.commit(),
            machine.described(),
            Stack.described(),
            tour.force().time().toSeconds(),
            tour.force().warmUp().isZero()
                ? ""
                : " after %d s unjudged".formatted(tour.force().warmUp().toSeconds()),
            tour.force().peers(),
            String.join(" ", tour.flags()),
            tour.groupBytes().isEmpty()
                ? ""
                : ", in a memory cgroup of %d MiB".formatted(tour.groupBytes().getAsLong() >> 20));
  }

  private String table() {
    var table = new StringBuilder();
    table.append(line("attack", stop -> stop.subject().title()));
    table.append("|---".repeat(stops.size() + 1)).append("|\n");
    for (var attack : tour.attacks()) {
      table.append(line(attack.name(), stop -> cell(stop.verdicts(), attack)));
    }
    table.append(line("**held**", TourReport::held));
    return table.toString();
  }

  private interface Cell {
    String of(Stop stop);
  }

  private String line(String name, Cell cell) {
    return stops.stream()
        .map(cell::of)
        .collect(Collectors.joining(" | ", "| " + name + " | ", " |\n"));
  }

  private static String cell(Map<Attack, Verdict> verdicts, Attack attack) {
    var verdict = verdicts.get(attack);
    if (verdict == null) return "-";
    return String.format(
        Locale.ROOT,
        "%s, %d MiB, %.0f ms",
        verdict.held() ? "held" : "**" + brief(verdict.fault()) + "**",
        verdict.peakBytes() >> 20,
        verdict.polite().duringP99Millis());
  }

  /// What a fault begins with, up to what the client's socket said of it.
  private static String brief(String fault) {
    return fault.split(":", 2)[0].replace('|', '/');
  }

  private static String held(Stop stop) {
    var all = stop.verdicts().size();
    return "%d of %d".formatted(all - stop.failed(), all);
  }
}
