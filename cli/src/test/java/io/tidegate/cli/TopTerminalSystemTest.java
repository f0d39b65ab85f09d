package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.RawHttp;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// `top` in a terminal: Python makes a pseudo-terminal and types into it what a person would.
@DisabledOnOs(OS.WINDOWS)
class TopTerminalSystemTest {
  private static final Duration START = Duration.ofSeconds(60);

  /// Waits for the row of the peer that the first argument names, cuts it by its number, tries what
  /// is no row and no key, and ends with q; prints what it saw and the status.
  private static final String TYPIST =
      """
      import os, pty, re, select, sys, time
      peer, command = sys.argv[1], sys.argv[2:]
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
      prompt = rb'k NO cuts a row, q ends: '
      row = until(rb' *([0-9]+) [^\\n]*' + re.escape(peer.encode()) + rb'[^\\n]*\\n').group(1)
      until(prompt)
      os.write(terminal, b'k ' + row + b'\\n')
      print('CUT', until(re.escape(peer.encode()) + rb': ([a-z]+)').group(1).decode(), flush=True)
      until(prompt)
      os.write(terminal, b'k 999\\n')
      print('NONE', until(rb'no row 999') is not None, flush=True)
      until(prompt)
      os.write(terminal, b'x\\n')
      print('OTHER', until(rb'\\n[?]\\r?\\n') is not None, flush=True)
      until(prompt)
      os.write(terminal, b'q\\n')
      print('STATUS', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
      """;

  @TempDir private Path folder;

  private static Path python() {
    var found =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
            .map(place -> Path.of(place, "python3"))
            .filter(Files::isExecutable)
            .findFirst();
    assumeTrue(
        found.isPresent() || "required".equals(System.getenv("TIDEGATE_PEERS")),
        "python3 is not installed");
    return found.orElseThrow();
  }

  @Test
  void aRowIsCutByItsNumberAndNobodyElse() throws IOException {
    var python = python();
    try (var processes = new Processes(folder)) {
      var edge = processes.edge(0, "--admin", "127.0.0.1:0");
      var admin = edge.awaitLine(line -> line.startsWith("admin    "), START).substring(9);
      int port = Processes.port(edge);
      try (var victim = new Socket(InetAddress.ofLiteral("127.0.0.1"), port);
          var spared = RawHttp.open(new InetSocketAddress("127.0.0.1", port), START)) {
        victim.setSoTimeout(20_000);
        var script = Files.writeString(folder.resolve("typist.py"), TYPIST);
        var command = new ArrayList<>(List.of(python.toString(), script.toString()));
        command.add("127.0.0.1:" + victim.getLocalPort());
        command.addAll(top(admin));
        try (var typist = ChildProcess.command(command, Map.of())) {
          int status = typist.awaitExit(START);

          assertThat(typist.tail())
              .as("status " + status)
              .containsExactly("CUT cut", "NONE True", "OTHER True", "STATUS 0");
        }
        assertThat(endOf(victim)).isTrue();
        assertThat(spared.get("localhost:" + port, "/").status()).isEqualTo(200);
      }
    }
  }

  private static boolean endOf(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (IOException reset) {
      return true;
    }
  }

  private static List<String> top(String admin) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:TieredStopAtLevel=1",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        "io.tidegate.cli.Main",
        "top",
        "--admin",
        "http://" + admin);
  }
}
