package io.tidegate.proof.hub;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.testkit.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole program in a process of its own, with the servers that need nothing installed.
class HubBenchSystemTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path home;

  @Test
  void aRunMeasuresFanOutSleepersAndAStormAndLeavesNothingBehind() throws IOException {
    assumeTrue(Path.of("/usr/bin/git").toFile().canExecute(), "git is not installed");
    var command =
        List.of(
            "io.tidegate.proof.Main",
            "hub",
            "--servers=tidegate,netty",
            "--rounds=1",
            "--seconds=1",
            "--warm-seconds=1",
            "--subscribers=50",
            "--rate=100",
            "--sleepers=10",
            "--sleeper-seconds=1",
            "--storm=20",
            "--heap=64m");
    try (var bench = ChildProcess.java(List.of("-Xmx256m", "-Dtidegate.home=" + home), command)) {
      assertThat(bench.awaitExit(PATIENCE)).as(bench.tail()::toString).isZero();

      assertThat(bench.tail())
          .anyMatch(line -> line.matches("\\| Tidegate \\| \\d,\\d{3} \\| .*"))
          .anyMatch(line -> line.matches("\\| Netty, a channel group \\| \\d,\\d{3} \\| .*"))
          .anyMatch(line -> line.startsWith("| fan-out: Tidegate against Netty, a channel group |"))
          .anyMatch(line -> line.matches(".* come back and resume: .* \\| 0 \\| 0 \\| held \\|"));
      try (var left = Files.list(home.resolve("proof/target"))) {
        assertThat(left).isEmpty();
      }
    }
  }
}
