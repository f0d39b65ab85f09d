package io.tidegate.proof.sleepers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.testkit.ChildProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole program in a process of its own, against the hub's command in another. What a machine
/// with other work on it may make miss is left to the long runs: latencies, slopes, and that all
/// are back at every sample.
class SleepersSystemTest {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration LONG_PATIENCE = Duration.ofMinutes(20);

  /// What holds on any machine.
  private static final List<String> ALWAYS =
      List.of(
          "| most that was charged |",
          "| charged when all have left, against before |",
          "| kernel memory of the hub's ends, a sleeper |",
          "| sleepers that were cut or told of a gap, as their policy says |",
          "| sleepers whose published = received + told to be lost |",
          "| readers: messages missing, counts wrong, connections cut |");

  @TempDir private Path home;

  @Test
  void whoSleepsIsCutAndComesBackAndTheHubHoldsNoMoreForIt() throws IOException {
    var lines =
        bench(
            PATIENCE,
            "--sockets=100",
            "--streams=20",
            "--readers=4",
            "--stall=2s",
            "--rate=20", // a ring of 2.5 s: others have work on this machine too
            "--warm=1s",
            "--alone=2s",
            "--minutes=0.1");

    for (var line : ALWAYS) assertThat(lines).anyMatch(row -> holds(row, line));
    assertThat(lines).anyMatch(line -> line.matches(".* cut .*write_stalled \\d+.*"));
  }

  @Test
  @Tag("long")
  void whoMaySleepForAQuarterOfAnHourIsCutByNobodyAndToldOfItsGapWhenItWakes() throws IOException {
    var lines =
        bench(
            LONG_PATIENCE,
            "--sockets=100",
            "--streams=20",
            "--readers=4",
            "--stall=15m",
            "--rate=20",
            "--warm=1s",
            "--alone=2s",
            "--minutes=1.5");

    for (var line : ALWAYS) assertThat(lines).anyMatch(row -> holds(row, line));
    // neither by the deadline nor by the kernel, which by itself gives up a peer after 30 s
    assertThat(lines).noneMatch(line -> line.contains("write_stalled"));
    assertThat(lines)
        .anyMatch(
            line -> line.contains("68 of those that drop went on and 70 of those that want all"));
  }

  @Test
  @Tag("long")
  void aThousandWebSocketsAndTwoHundredStreamsSleepForTenMinutes() throws IOException {
    var lines = bench(LONG_PATIENCE);

    for (var line : ALWAYS) assertThat(lines).anyMatch(row -> holds(row, line));
    assertThat(lines).anyMatch(row -> holds(row, "| subscribers asleep at each sample |"));
    assertThat(lines).noneMatch(row -> row.startsWith("| slope") && row.contains("missed"));
  }

  private static boolean holds(String row, String begin) {
    return row.startsWith(begin) && row.endsWith("| held |");
  }

  private List<String> bench(Duration patience, String... options) throws IOException {
    assumeTrue(Path.of("/usr/bin/git").toFile().canExecute(), "git is not installed");
    assumeTrue(Files.isReadable(Path.of("/proc/net/tcp")), "needs Linux");
    var command = new ArrayList<>(List.of("io.tidegate.proof.Main", "sleepers"));
    command.addAll(List.of(options));
    var flags =
        List.of("-Xmx256m", "--enable-native-access=ALL-UNNAMED", "-Dtidegate.home=" + home);
    try (var bench = ChildProcess.java(flags, command)) {
      int status = bench.awaitExit(patience);
      assertThat(status).as(() -> String.join("\n", bench.tail())).isBetween(0, 1);

      assertThat(bench.tail()).as("the report").anyMatch(line -> line.startsWith("| target |"));
      try (var left = Files.list(home.resolve("proof/target"))) {
        assertThat(left).isEmpty();
      }
      return bench.tail();
    }
  }
}
