package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole program in a process of its own, beside the real nginx, haproxy and wrk.
class TunnelBenchSystemTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path home;

  @BeforeEach
  void theToolsAreInstalled() {
    for (var tool : List.of("nginx", "haproxy", "wrk", "git")) {
      assumeTrue(onPath(tool), tool + " is not installed");
    }
  }

  @Test
  void aRunMeasuresEveryWayAndLeavesNothingBehind() throws IOException {
    try (var bench =
        bench("--variants=direct,nginx1,haproxy1 --rows=13b-64 --rounds=1 --seconds=1")) {
      assertThat(bench.awaitExit(PATIENCE)).as(bench.tail()::toString).isZero();

      assertThat(bench.tail())
          .anyMatch(line -> line.startsWith("| 13 B, c=64 | direct | "))
          .anyMatch(line -> line.startsWith("| 13 B, c=64 | nginx, 1 hop | "))
          .anyMatch(line -> line.startsWith("| 13 B, c=64 | haproxy, 1 hop | "))
          .noneMatch(line -> line.contains("requests failed"));
      try (var left = Files.list(home.resolve("proof/target"))) {
        assertThat(left).isEmpty();
      }
    }
  }

  @Test
  void anInterruptEndsEveryProcess() throws IOException {
    try (var bench = bench("--variants=nginx2 --rows=13b-1 --rounds=1 --seconds=60")) {
      var _ = bench.awaitLine(line -> line.startsWith("warming"), PATIENCE);
      var started =
          ProcessHandle.of(bench.pid()).orElseThrow().descendants().toList(); // 3 nginx, 3 workers
      assertThat(started).hasSizeGreaterThanOrEqualTo(6);

      bench.signal(ChildProcess.Signal.TERM);
      var _ = bench.awaitExit(PATIENCE);

      Eventually.await(
          Duration.ofSeconds(10),
          () -> "all ended: " + started,
          () -> started.stream().noneMatch(ProcessHandle::isAlive));
    }
  }

  @Test
  @Tag("long")
  void aQuickRunMeasuresStalledVisitorsToo() throws IOException {
    try (var bench = bench("--variants=nginx2 --rows=10m-16 --quick")) {
      assertThat(bench.awaitExit(PATIENCE)).as(bench.tail()::toString).isZero();

      assertThat(bench.tail())
          .anyMatch(line -> line.startsWith("| 10 MB, c=16 | nginx, 2 hops | "))
          .anyMatch(line -> line.startsWith("| nginx, 2 hops | "));
    }
  }

  private ChildProcess bench(String options) throws IOException {
    var command = new ArrayList<>(List.of("io.tidegate.proof.Main", "tunnel", "--stall-seconds=0"));
    command.addAll(List.of(options.split(" ", -1)));
    return ChildProcess.java(List.of("-Xmx256m", "-Dtidegate.home=" + home), command);
  }

  private static boolean onPath(String tool) {
    return Path.of("/usr/bin", tool).toFile().canExecute()
        || Path.of("/usr/sbin", tool).toFile().canExecute();
  }
}
