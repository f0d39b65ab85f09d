package io.tidegate.proof.torture;

import io.tidegate.proof.Children;
import io.tidegate.proof.MemoryGroup;
import io.tidegate.proof.ServerProcess;
import io.tidegate.proof.torture.Siege.Force;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.ToDoubleFunction;

/// The same attacks on several servers, each alone in a process of its own with the same memory.
///
/// A server that failed is started anew for the next attack, so that each is judged by itself.
///
/// @param heap of each, as `-Xmx` takes it; as much direct memory
/// @param groupBytes of the memory cgroup in which each runs; absent: in none of its own
record Tour(
    List<Subject> subjects,
    List<Attack> attacks,
    Force force,
    String heap,
    OptionalLong groupBytes) {

  /// What became of one of them; an attack that it does not offer a place for has no verdict.
  record Stop(Subject subject, Map<Attack, Verdict> verdicts) {
    long failed() {
      return verdicts.values().stream().filter(verdict -> !verdict.held()).count();
    }

    /// For which attacks polite clients waited longer than [Verdict.Polite#MOST_TIMES] tell,
    /// against either measure.
    private String slow() {
      return slow("what is usual", Verdict.Polite::timesUsual)
          + slow("what others notice of a server that nobody attacks", Verdict.Polite::timesAside);
    }

    private String slow(String measure, ToDoubleFunction<Verdict.Polite> times) {
      var slow =
          verdicts.values().stream()
              .filter(verdict -> times.applyAsDouble(verdict.polite()) > Verdict.Polite.MOST_TIMES)
              .map(verdict -> verdict.attack().name())
              .toList();
      return "polite p99 within %.0f times %s in %d of %d%s\n"
          .formatted(
              Verdict.Polite.MOST_TIMES,
              measure,
              verdicts.size() - slow.size(),
              verdicts.size(),
              slow.isEmpty() ? "" : "; not in " + String.join(", ", slow));
    }
  }

  /// The flags of each JVM.
  List<String> flags() {
    var flags = new ArrayList<>(ServerProcess.LAUNCHER_FLAGS);
    flags.addAll(List.of("-Xmx" + heap, "-XX:MaxDirectMemorySize=" + heap));
    return flags;
  }

  /// Goes to each, and tells `out` what it did.
  List<Stop> run(PrintWriter out) throws IOException {
    var stops = new ArrayList<Stop>();
    for (var subject : subjects) {
      out.print("\n" + subject.title() + "\n\n" + Verdict.HEAD);
      var stop = new Stop(subject, attack(subject, out));
      stops.add(stop);
      out.print("\n" + stop.slow());
    }
    return stops;
  }

  private Map<Attack, Verdict> attack(Subject subject, PrintWriter out) throws IOException {
    var verdicts = new LinkedHashMap<Attack, Verdict>();
    var left = new ArrayDeque<>(attacks);
    while (!left.isEmpty()) {
      if (groupBytes.isEmpty()) {
        try (var children = new Children()) {
          attack(subject, children, left, verdicts, out);
        }
      } else {
        try (var group = MemoryGroup.open(groupBytes.getAsLong());
            var children = new Children(group::within)) {
          attack(subject, children, left, verdicts, out);
          out.println(
              "\nmemory cgroup: at most %d of %d MiB, %d MiB of TCP's buffers; killed %d\n"
                  .formatted(
                      group.peakBytes() >> 20,
                      groupBytes.getAsLong() >> 20,
                      group.socketBytes() >> 20,
                      group.kills()));
        }
      }
    }
    return verdicts;
  }

  private void attack(
      Subject subject,
      Children children,
      ArrayDeque<Attack> left,
      Map<Attack, Verdict> verdicts,
      PrintWriter out)
      throws IOException {
    var server = subject.program().start(children, flags());
    var victim = new Victim(OptionalLong.of(server.process().pid()));
    try (var siege = Siege.begin(subject.ground(server), victim, force)) {
      untilOneFails(siege, left, verdicts, out);
    }
  }

  private static void untilOneFails(
      Siege siege, ArrayDeque<Attack> left, Map<Attack, Verdict> verdicts, PrintWriter out)
      throws IOException {
    boolean well = true;
    while (well && !left.isEmpty()) {
      var attack = left.remove();
      if (siege.isOpenTo(attack)) {
        var verdict = siege.judge(attack);
        var _ = verdicts.put(attack, verdict);
        well = verdict.held();
        out.println(verdict.row());
      } else {
        out.println(Verdict.notOffered(attack));
      }
      out.flush();
    }
  }
}
