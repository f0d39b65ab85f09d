package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class UsageTest {
  private static final String STAT =
      "42 (a ) R (b) S 1 42 42 0 -1 4194304 101 0 0 0 7 20 300 4000 20 0 1 0 244699 3133440 381\n";

  @Test
  void itsOwnTimeAndThatOfEndedChildrenAreSummedWhateverItsName() {
    var usage = Usage.parse(STAT, List.of("VmHWM:\t    2048 kB", "VmRSS:\t    1024 kB"));

    assertThat(usage).isEqualTo(new Usage(43_270_000, 1_048_576, 2_097_152));
  }

  @Test
  void anEndedProcessHoldsNoMemory() {
    assertThat(Usage.parse(STAT, List.of("State:\tZ (zombie)")))
        .isEqualTo(new Usage(43_270_000, 0, 0));
  }

  @Test
  void aBusyChildCountsForItsParent() throws IOException {
    try (var parent =
        ChildProcess.command(List.of("sh", "-c", "(while :; do :; done) & wait"), Map.of())) {
      var pids = List.of(parent.pid());

      assertThat(Eventually.within(Duration.ofSeconds(20), () -> cpuMicros(pids) > 100_000))
          .isTrue();
      assertThat(parent.cpuTime().total()).isLessThan(Duration.ofMillis(100));
      assertThat(Usage.of(pids).residentBytes()).isGreaterThan(parent.memory().residentBytes());
    }
  }

  @Test
  void processesThatAreGoneCountNothing() throws IOException {
    try (var child = ChildProcess.command(List.of("true"), Map.of())) {
      assertThat(child.awaitExit(Duration.ofSeconds(10))).isZero();

      assertThat(Usage.of(List.of(child.pid()))).isEqualTo(Usage.NONE);
    }
  }

  private static long cpuMicros(List<Long> pids) {
    try {
      return Usage.of(pids).cpuMicros();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
