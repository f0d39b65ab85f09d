package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.TestOrigin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Agents of different keys, as processes, at an edge with a token file.
@EnabledOnOs(OS.LINUX)
class KeysSystemTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void anotherKeyIsRefusedALiveNameWithAReasonAndStatus5() throws Exception {
    var file = folder.resolve("keys");
    Files.writeString(file, line("laptop", "first") + line("stranger", "second"));
    var _ = Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    try (var origin = TestOrigin.open();
        var processes = new Processes(folder)) {
      var edge = processes.edge(0, "--token-file", file.toString());
      int port = Processes.port(edge);
      int app = origin.address().getPort();
      var holder = processes.expose("demo", app, port, "--token", token("first"));
      Processes.awaitUp(holder, "demo", port);

      var other = processes.expose("demo", app, port, "--token", token("second"));
      var unknown = processes.expose("demo", app, port, "--token", token("third"));

      assertEnds(other, ExitCode.NAME, "name is held by another key");
      assertEnds(unknown, ExitCode.TOKEN, "401");
      assertThat(Processes.status("demo", port, "/bytes/13")).isEqualTo(200);
      assertThat(holder.alive()).isTrue();
    }
  }

  private static void assertEnds(ChildProcess agent, ExitCode code, String reason) {
    var _ = agent.awaitLine(line -> line.contains(reason), SOON);
    assertThat(agent.awaitExit(SOON)).isEqualTo(code.status());
  }

  private static String line(String key, String token) throws Exception {
    var hash = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    return key + " " + HexFormat.of().formatHex(hash) + "\n";
  }

  private String token(String token) throws IOException {
    return "@" + Files.writeString(folder.resolve(token + ".token"), token + "\n");
  }
}
