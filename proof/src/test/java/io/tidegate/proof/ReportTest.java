package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.proof.LiveVisitor.Latencies;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final Machine MACHINE =
      new Machine("0123456789ab", "A processor", 2, "Linux 6.1", "25", List.of("wrk 4.1.0"), 0.25);

  private final Results results = new Results();

  @Test
  void everyFigureStandsInItsColumn() {
    measured(Variant.DIRECT, 40_000, 0, 0);
    measured(Variant.NGINX_2, 20_000, 0, 800_000);
    measured(Variant.TIDEGATE, 30_000, 0, 600_000);

    assertThat(report(List.of()).lines())
        .contains(
            "| 13 B, c=64 | direct | 20,000 | 0.3 | 1.25 | 9.50 | - | 2.00x, - | - |",
            "| 13 B, c=64 | nginx, 2 hops | 10,000 | 0.1 | 1.25 | 9.50 | 40.0 | 1.00x, 1.00x | 64"
                + " |",
            "| 13 B, c=64 | Tidegate | 15,000 | 0.2 | 1.25 | 9.50 | 20.0 | 1.50x, 0.50x | 64 |",
            "Most memory of all proxies of a way during the rounds: nginx, 2 hops 30 MiB; Tidegate"
                + " 200 MiB.",
            "| 13 B, c=64: Tidegate against nginx, 2 hops | CPU <= 0.60x | 0.50x (0.50 to 0.50) |"
                + " held |",
            "| 13 B, c=1: Tidegate against nginx, 2 hops | CPU <= 1.10x | - | not measured |");
  }

  @Test
  void itSaysWhenWhereAndHow() {
    assertThat(report(List.of()))
        .startsWith(
            "2026-11-21, commit 0123456789ab. A processor, 2 cores, Linux 6.1, JDK 25, wrk 4.1.0;"
                + " load before the run 0.3.\n")
        .contains("Rounds: 3 of 5 s")
        .contains("nginx: 1 worker a hop")
        .contains("haproxy: 1 thread")
        .contains(
            "-XX:NewRatio=4 -Xmx64m -XX:MaxDirectMemorySize=48m -XX:ActiveProcessorCount=1 -Da=b`")
        .contains("warmed up for 12 s")
        .doesNotContain("requests failed");
  }

  @Test
  void failedRequestsAreNeverSilent() {
    measured(Variant.TIDEGATE, 30_000, 3, 600_000);
    measured(Variant.TIDEGATE, 30_000, 4, 600_000);

    assertThat(report(List.of())).contains("**7 requests failed**: 13 B, c=64, Tidegate.\n");
  }

  @Test
  void stalledVisitorsHaveATableOfTheirOwn() {
    var trials = List.of(trial(0.2, 0.3, 1, 4), trial(0.2, 0.2, 1, 2), trial(0.2, 0.24, 1, 3));

    assertThat(report(trials).lines())
        .contains(
            "| Tidegate | 0.20, 0.24 | 1.20x (1.00 to 1.50) | 1.00, 3.00 | 3.00x (2.00 to 4.00)"
                + " | 9,000, 8,000 | 5 |",
            "| 64 stalled visitors beside one live: its p50 against alone | p50 <= 1.15x"
                + " | 1.20x (1.00 to 1.50) | **missed** |");
  }

  private static StallTrial trial(
      double p50Alone, double p50Beside, double p99Alone, double p99Beside) {
    return new StallTrial(
        Variant.TIDEGATE,
        new Latencies(9_000, p50Alone, p99Alone),
        new Latencies(8_000, p50Beside, p99Beside),
        5);
  }

  private String report(List<StallTrial> trials) {
    var commands = new TidegateCommands("64m", "48m", 1, List.of("-Da=b"), List.of(), List.of());
    var settings =
        new Settings(
            3,
            5,
            12,
            30,
            List.of(Row.SMALL_64, Row.BULK_16),
            List.of(Variant.DIRECT, Variant.NGINX_2, Variant.TIDEGATE),
            1,
            commands);
    var peaks = Map.of(Variant.NGINX_2, 30L << 20, Variant.TIDEGATE, 200L << 20);
    return new Report(LocalDate.of(2026, 11, 21), MACHINE, settings, results, peaks, trials)
        .markdown();
  }

  private void measured(Variant variant, long requests, long errors, long cpuMicros) {
    var wrk = new Wrk(requests, 2, 1.25, 9.5, errors);
    results.add(new Sample(Row.SMALL_64, variant, 0, wrk, cpuMicros, 64 << 20));
  }
}
