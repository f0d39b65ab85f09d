package io.tidegate.proof.sleepers;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.proof.Machine;
import io.tidegate.proof.hub.Latencies;
import io.tidegate.proof.sleepers.Trend.Point;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GoalsTest {
  private static final long MINUTE_NANOS = 60_000_000_000L;
  private static final Plan PLAN =
      new Plan(
          1_000,
          200,
          20,
          Duration.ofSeconds(30),
          Duration.ofMinutes(2),
          Duration.ofMinutes(10),
          1,
          Duration.ofSeconds(10),
          50,
          20_000,
          "64m");
  private static final Round.Sleepers WELL =
      new Round.Sleepers(1_224, 70_000, 0, "", 900, 300, 600, 80, 0, 0, 0, 612, 612, "");

  @Test
  void aHubWhoseMemoryStaysAndWhoseCountsAddUpHoldsEveryLine() {
    var report = report(round(0, 40, WELL, 1_200));

    assertThat(report.isMissed()).isFalse();
    assertThat(report.markdown().lines())
        .contains(
            "| slope: all that is charged | <= 1 KiB a minute | +0.00 ± 0.00 KiB | held |",
            "| kernel memory of the hub's ends, a sleeper | <= 200 KiB | 40.0 KiB; with the"
                + " sleepers' own ends 80.0 KiB | held |",
            "| subscribers asleep at each sample | >= 1,200 | least 1,200 | held |",
            "| readers: p99 beside sleepers against alone | <= 1.50x | 1.00x (1.00 to 1.00) | held |");
  }

  @Test
  void memoryThatGrowsIsMissed() {
    var report = report(round(5_000, 40, WELL, 1_200));

    assertThat(report.isMissed()).isTrue();
    assertThat(report.markdown().lines())
        .contains(
            "| slope: all that is charged | <= 1 KiB a minute | +4.88 ± 0.00 KiB | **missed** |");
  }

  @Test
  void kernelMemoryBeyondItsBoundIsMissed() {
    assertThat(report(round(0, 201, WELL, 1_200)).isMissed()).isTrue();
  }

  @Test
  void countsThatDoNotAddUpAreMissed() {
    var wrong =
        new Round.Sleepers(
            1_224, 70_000, 0, "", 900, 300, 599, 80, 1, 0, 0, 612, 612, "message 3 behind 1");
    var untold = new Round.Sleepers(1_224, 70_000, 0, "", 900, 300, 600, 80, 0, 1, 0, 612, 612, "");

    assertThat(report(round(0, 40, wrong, 1_200)).isMissed()).isTrue();
    assertThat(report(round(0, 40, untold, 1_200)).isMissed()).isTrue();
  }

  @Test
  void aSampleAtWhichOneWasAwayIsMissed() {
    assertThat(report(round(0, 40, WELL, 1_199)).isMissed()).isTrue();
  }

  private static Report report(Round round) {
    var machine = new Machine("0123456789ab", "A processor", 2, "Linux 6.1", "25", List.of(), 0.25);
    var readers = new Outcome.Readers(20, 0, 0, 0, true, "");
    var outcome = new Outcome(List.of(round), 30_000, 0, 0, "", readers);
    return new Report(LocalDate.of(2026, 11, 22), machine, PLAN, outcome);
  }

  /// Ten minutes.
  ///
  /// @param growth of rings, in bytes a minute
  /// @param kernel of the hub's ends, in KiB a sleeper; both ends have twice as much
  private static Round round(long growth, long kernel, Round.Sleepers sleepers, int asleep) {
    var samples =
        IntStream.rangeClosed(0, 10)
            .mapToObj(minute -> sample(minute, 1_000_000 + growth * minute, asleep))
            .toList();
    var heap = List.of(new Point(0, 17e6), new Point(5, 17e6), new Point(10, 17e6));
    var latencies = new Latencies();
    latencies.add(3_000_000);
    long kernelBytes = kernel * 1_024 * 1_224;
    return new Round(
        latencies,
        latencies,
        sample(0, 1_000_000, 0),
        samples,
        new KernelEnds(0, 0),
        List.of(new KernelEnds(kernelBytes, 2 * kernelBytes)),
        heap,
        sample(11, 1_000_000, 0),
        sleepers,
        Map.of("write_stalled", 70_000L),
        new Round.Load(20, 30, 40, 50));
  }

  private static Sample sample(int minute, long ringBytes, int asleep) {
    return new Sample(
        minute * MINUTE_NANOS, ringBytes, 0, 500_000, 13 << 20, 140 << 20, 1_220, asleep);
  }
}
