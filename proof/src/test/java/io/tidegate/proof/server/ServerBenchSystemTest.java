package io.tidegate.proof.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.testkit.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole program in a process of its own, beside the real nginx and wrk. Long: `./check` starts
/// each stack once already ([io.tidegate.proof.peers.StackSystemTest]).
@Tag("long")
class ServerBenchSystemTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path home;

  @BeforeEach
  void theToolsAreInstalled() {
    for (var tool : List.of("nginx", "haproxy", "wrk", "git")) {
      assumeTrue(
          Path.of("/usr/bin", tool).toFile().canExecute()
              || Path.of("/usr/sbin", tool).toFile().canExecute(),
          tool + " is not installed");
    }
  }

  @Test
  void aRunMeasuresLoadAndIdleWebSocketsAndLeavesNothingBehind() throws IOException {
    var command =
        List.of(
            "io.tidegate.proof.Main",
            "server",
            "--rows=file,idle",
            "--servers=nginx,tidegate,tidegate-files",
            "--starts=2",
            "--rounds=1",
            "--seconds=1",
            "--warm-seconds=1",
            "--sockets=300",
            "--idle-heap=256m");
    try (var bench = ChildProcess.java(List.of("-Xmx256m", "-Dtidegate.home=" + home), command)) {
      assertThat(bench.awaitExit(PATIENCE)).as(bench.tail()::toString).isZero();

      assertThat(bench.tail())
          .anyMatch(line -> line.startsWith("| 1 MB file, c=16 | nginx, sendfile | "))
          .anyMatch(line -> line.startsWith("| 1 MB file, c=16 | Tidegate, files | "))
          .anyMatch(line -> line.startsWith("| Tidegate | 300 | "))
          .noneMatch(line -> line.contains("requests failed"));
      try (var left = Files.list(home.resolve("proof/target"))) {
        assertThat(left).isEmpty();
      }
    }
  }
}
