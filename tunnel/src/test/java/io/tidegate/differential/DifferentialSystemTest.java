package io.tidegate.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Figures;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The same bytes to our server, to our edge before nginx, Node and Python, and to nginx, haproxy
/// and Node: nobody may count requests where we count another number.
@ExtendWith(Balanced.class)
class DifferentialSystemTest {
  private static final int SAMPLE = 60;
  private static final long SEED = 11;

  @TempDir Path folder;

  @Test
  void ofASampleOfInputsNobodySeesAnotherNumberOfRequestsThanWe() throws Exception {
    var _ = play(SAMPLE);
  }

  @Test
  @Tag("long")
  void ofAllInputsNobodySeesAnotherNumberOfRequestsThanWe() throws Exception {
    assertThat(play(Integer.MAX_VALUE)).isGreaterThanOrEqualTo(690);
    assertThat(Differences.unused()).isEmpty();
  }

  private int play(int most) throws Exception {
    try (var bench = new Bench(folder)) {
      var outcomes = bench.ask(chosen(bench.caseCount(), most));

      var faults = new ArrayList<String>();
      for (var outcome : outcomes) {
        faults.addAll(outcome.faults());
        faults.addAll(Differences.faults(outcome));
      }
      for (var front : bench.fronts()) faults.addAll(front.faults(outcomes));
      note(bench, outcomes);
      assertThat(faults).isEmpty();
      return outcomes.size();
    }
  }

  private static List<Integer> chosen(int all, int most) {
    var numbers = new ArrayList<>(IntStream.range(0, all).boxed().toList());
    Collections.shuffle(numbers, new Random(SEED));
    return numbers.stream().limit(most).sorted().toList();
  }

  private static void note(Bench bench, List<Outcome> outcomes) {
    var others = new TreeMap<String, Integer>();
    for (var outcome : outcomes)
      outcome.takenByReferences().forEach((name, n) -> others.merge(name, n, Integer::sum));
    long stricter =
        outcomes.stream().filter(one -> ours(one) < Collections.min(counts(one))).count();
    long between =
        outcomes.stream().filter(one -> ours(one) > Collections.min(counts(one))).count();
    long apart = outcomes.stream().filter(one -> Set.copyOf(counts(one)).size() > 1).count();
    Figures.note(
        "differential: "
            + outcomes.size()
            + " inputs; requests taken by our server "
            + outcomes.stream().mapToInt(DifferentialSystemTest::ours).sum()
            + ", by others "
            + others
            + "; others differ among themselves in "
            + apart
            + ", we take fewer than all of them in "
            + stricter
            + " and more than the strictest in "
            + between
            + "; behind the edge "
            + bench.fronts().stream()
                .map(DifferentialSystemTest::behind)
                .collect(Collectors.joining("; ")));
  }

  private static int ours(Outcome outcome) {
    return outcome.ours().taken();
  }

  private static Collection<Integer> counts(Outcome outcome) {
    return outcome.takenByReferences().values();
  }

  private static String behind(Front front) {
    var seen = front.origin().seen();
    long whole = seen.stream().filter(RealServer.Seen::whole).count();
    return front.name()
        + " saw "
        + seen.size()
        + " of "
        + front.forwarded().size()
        + " forwarded, "
        + whole
        + " whole";
  }
}
