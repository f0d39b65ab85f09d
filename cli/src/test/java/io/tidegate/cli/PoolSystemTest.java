package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.net.LoopsConfig;
import io.tidegate.testbed.Testbed;
import io.tidegate.testkit.ChildProcess;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Help.Ansi;

/// `pool` against a server, without a terminal and in one that Python makes.
class PoolSystemTest {
  private static final Duration START = Duration.ofSeconds(60);

  private static final String TYPIST =
      """
      import os, pty, re, select, sys, time
      command = sys.argv[1:]
      child, terminal = pty.fork()
      if child == 0:
          os.execvp(command[0], command)
      seen = b''
      def until(pattern):
          global seen
          end = time.time() + 40
          while time.time() < end:
              found = re.search(pattern, seen)
              if found:
                  seen = seen[found.end():]
                  return found
              if select.select([terminal], [], [], 0.2)[0]:
                  try:
                      seen += os.read(terminal, 65536)
                  except OSError:
                      break
          print('NOT SEEN', pattern, seen, flush=True)
          os.kill(child, 9)
          sys.exit(9)
      print('READY', until(rb'ready \\[#+\\] (5 of 5)').group(1).decode(), flush=True)
      print('ROW', until(rb'\\n *4  (ready) ').group(1).decode(), flush=True)
      os.write(terminal, b'q\\n')
      print('STATUS', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
      """;

  @TempDir private Path folder;

  private record Outcome(int status, String out, String err) {}

  private static Outcome run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status =
        Main.commandLine(Ansi.OFF)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    return new Outcome(status, out.toString(), err.toString());
  }

  private Testbed testbed() throws IOException {
    return Testbed.open(
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
        Testbed.Limits.ROOMY,
        LoopsConfig.forCommand("testbed").withCount(1),
        folder);
  }

  private static String url(Testbed testbed) {
    return "ws://127.0.0.1:" + testbed.address().getPort() + "/ws";
  }

  @Test
  void whereThereIsNoTerminalItPrintsALineASecond() throws IOException {
    try (var testbed = testbed()) {
      var outcome = run("pool", url(testbed), "--size", "5", "--for", "4s");

      assertThat(outcome.err()).isEmpty();
      assertThat(outcome.status()).isZero();
      var lines = outcome.out().lines().toList();
      assertThat(lines).hasSizeBetween(4, 7);
      assertThat(lines.getLast())
          .matches("[0-9]+s ready 5/5 opening 0 .* attempts 5 .* last: none");
      assertThat(outcome.out()).doesNotContain("\u001b");
    }
  }

  @Test
  void aLifetimeReplacesThem() throws IOException {
    try (var testbed = testbed()) {
      var outcome = run("pool", url(testbed), "--size", "2", "--lifetime", "2s", "--for", "5s");

      assertThat(outcome.status()).isZero();
      assertThat(outcome.out().lines().toList().getLast())
          .contains("ready 2/2")
          .contains(" lost 0 ")
          .matches(".* rotated [2-9] .*");
    }
  }

  @Test
  void whereNobodyListensItSaysSoAndFails() throws IOException {
    int port;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }

    var outcome = run("pool", "ws://127.0.0.1:" + port + "/", "--for", "1s");

    assertThat(outcome.status()).isEqualTo(1);
    assertThat(outcome.err()).startsWith("tidegate: no connection was opened; the last attempt: ");
    assertThat(outcome.err().lines()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1/, --size, 1, not ws://HOST or wss://HOST",
    "ws:///x, --size, 1, not ws://HOST or wss://HOST",
    "ws://127.0.0.1/, --size, 0, size not in 1..100000: 0",
    "ws://127.0.0.1/, --connects, 0, count not positive: 0",
    "ws://127.0.0.1/, --lifetime, 50d, lifetime not in",
    "ws://127.0.0.1/, --rows, 0, --rows not in 1..1000: 0",
    "ws://127.0.0.1/, --lifetime, 5, not a time: '5'"
  })
  void whatCannotWorkIsRefusedBeforeAnythingIsOpened(
      String url, String option, String value, String why) {
    var outcome = run("pool", url, option, value);

    assertThat(outcome.status()).isEqualTo(2);
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err()).startsWith("tidegate: ").contains(why);
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void inATerminalATableShowsThemUntilQIsTyped() throws IOException {
    var python = Path.of("/usr/bin/python3");
    assumeTrue(
        Files.isExecutable(python) || "required".equals(System.getenv("TIDEGATE_PEERS")),
        "python3 is not installed");
    try (var testbed = testbed()) {
      var script = Files.writeString(folder.resolve("typist.py"), TYPIST);
      var command = new ArrayList<>(List.of(python.toString(), script.toString()));
      command.addAll(
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:TieredStopAtLevel=1",
              "--enable-native-access=ALL-UNNAMED",
              "-cp",
              System.getProperty("java.class.path"),
              "io.tidegate.cli.Main",
              "pool",
              url(testbed),
              "--size",
              "5"));
      try (var typist = ChildProcess.command(command, Map.of())) {
        int status = typist.awaitExit(START);

        assertThat(typist.tail())
            .as("status " + status)
            .containsExactly("READY 5 of 5", "ROW ready", "STATUS 0");
      }
    }
  }
}
