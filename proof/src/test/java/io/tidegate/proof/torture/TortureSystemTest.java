package io.tidegate.proof.torture;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ChildProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Some of the catalogue against the library's server, in a process of its own with 64 MiB of heap
/// and as much direct memory.
class TortureSystemTest {
  private static final Duration START = Duration.ofSeconds(60);
  private static final Duration WHOLE = Duration.ofMinutes(20);
  private static final String READY = "testbed ready at ";

  private ChildProcess testbed;
  private String url;

  @BeforeEach
  void start() throws IOException {
    testbed =
        ChildProcess.java(
            List.of(
                "-Xmx64m",
                "-XX:MaxDirectMemorySize=64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED"),
            List.of(
                "io.tidegate.cli.Main", "testbed", "--default-limits", "--listen", "127.0.0.1:0"));
    url = testbed.awaitLine(line -> line.startsWith(READY), START).substring(READY.length());
  }

  @AfterEach
  void end() {
    testbed.close();
  }

  @Test
  void whoWasToBeCutIsCutWithItsReasonAndThePoliteAreAnswered() throws IOException {
    var rows = torture("--seconds=2", "--peers=50", "--attacks=head-*,ws-pings,h2-settings");

    assertThat(rows).hasSize(5).allMatch(row -> row.contains("| held |"), "held");
    assertThat(rows.get(0)).startsWith("| head-flood | ").contains("| held | 431 |");
    assertThat(rows.get(3)).startsWith("| ws-pings | ").contains("| held | close 1008");
    // a reset may overtake the GOAWAY of one that goes on writing
    assertThat(rows.get(4))
        .startsWith("| h2-settings | ")
        .containsPattern("held . (GOAWAY 11|RST)");
  }

  /// Runs the program; returns its table's rows.
  private List<String> torture(String... options) throws IOException {
    var arguments = new ArrayList<>(List.of("io.tidegate.proof.Main", "torture"));
    arguments.addAll(List.of("--pid", Long.toString(testbed.pid())));
    arguments.addAll(List.of(options));
    arguments.add(url);
    try (var program = ChildProcess.java(List.of(), arguments)) {
      int status = program.awaitExit(WHOLE);

      assertThat(status).as(() -> String.join("\n", program.tail())).isZero();
      return program.tail().stream().filter(line -> line.startsWith("| ")).skip(1).toList();
    }
  }
}
