package io.tidegate.proof;

import static io.tidegate.proof.Target.Outcome.HELD;
import static io.tidegate.proof.Target.Outcome.MISSED;
import static io.tidegate.proof.Target.Outcome.NOT_MEASURED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.tidegate.proof.LiveVisitor.Latencies;
import io.tidegate.proof.Target.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;

class TargetTest {
  private final Results results = new Results();

  @Test
  void aFigureOnItsLimitHolds() {
    measured(Variant.NGINX_2, 1_000, 1_000_000);
    measured(Variant.TIDEGATE, 1_500, 900_000); // 1.5x the requests, 0.6x the time for each

    assertThat(verdicts("13 B, c=64: Tidegate against"))
        .extracting(Verdict::demanded, Verdict::measured, Verdict::outcome)
        .containsExactly(
            tuple("CPU <= 0.60x", "0.60x (0.60 to 0.60)", HELD),
            tuple("req/s >= 1.50x", "1.50x (1.50 to 1.50)", HELD));
  }

  @Test
  void aFigureBeyondItsLimitIsMissed() {
    measured(Variant.NGINX_2, 1_000, 1_000_000);
    measured(Variant.TIDEGATE, 1_400, 1_400_000);

    assertThat(verdicts("13 B, c=64: Tidegate against"))
        .extracting(Verdict::outcome)
        .containsExactly(MISSED, MISSED);
  }

  @Test
  void theWebSocketLinkIsHeldAgainstTheRawOne() {
    measured(Variant.TIDEGATE, 1_000, 1_000_000);
    measured(Variant.TIDEGATE_WEBSOCKET, 1_000, 1_140_000);

    assertThat(verdicts("13 B, c=64: Tidegate, link in a WebSocket"))
        .extracting(Verdict::outcome)
        .containsExactly(HELD);
  }

  @Test
  void nothingMeasuredHoldsNothing() {
    assertThat(Target.judge(results, List.of()))
        .hasSize(17)
        .extracting(Verdict::outcome)
        .containsOnly(NOT_MEASURED);
  }

  @Test
  void stalledVisitorsMayNotMoveTheMedianNorTripleTheTail() {
    var trial =
        new StallTrial(
            Variant.TIDEGATE, new Latencies(100, 0.2, 1), new Latencies(100, 0.22, 3.5), 64);

    assertThat(Target.judge(results, List.of(trial)).subList(15, 17))
        .extracting(Verdict::measured, Verdict::outcome)
        .containsExactly(
            tuple("1.10x (1.10 to 1.10)", HELD), tuple("3.50x (3.50 to 3.50)", MISSED));
  }

  private List<Verdict> verdicts(String work) {
    return Target.judge(results, List.of()).stream()
        .filter(verdict -> verdict.work().startsWith(work))
        .toList();
  }

  private void measured(Variant variant, long requests, long cpuMicros) {
    var wrk = new Wrk(requests, 1, 1, 2, 0);
    results.add(new Sample(Row.SMALL_64, variant, 0, wrk, cpuMicros, 1_048_576));
  }
}
