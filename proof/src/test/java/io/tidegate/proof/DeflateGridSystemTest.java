package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.frame.Deflate;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// permessage-deflate against Node's `ws`, both ways: kinds of content, sizes, fragments and
/// offers.
class DeflateGridSystemTest {
  private static final int CASES = 216;
  private static final Duration A_CASE = Duration.ofSeconds(60);

  /// Content of few kinds shrinks by far more than strangers' may.
  private static final Deflate LOOSE = Deflate.DEFAULT.withMaxRatio(1_032).withLeastBytes(1);

  @TempDir private Path home;

  @BeforeEach
  void nodeAndItsPackageAreInstalled() {
    var path = System.getenv().getOrDefault("NODE_PATH", "");
    var there =
        List.of(path.split(":", -1)).stream()
            .anyMatch(entry -> !entry.isEmpty() && Files.isDirectory(Path.of(entry, "ws")));
    if (!"required".equals(System.getenv("TIDEGATE_PEERS"))) assumeTrue(there, "no ws for Node");
  }

  private List<String> node(String... arguments) throws IOException {
    var script = home.resolve("deflate-grid.js");
    if (!Files.exists(script)) {
      try (var in = getClass().getResourceAsStream("deflate-grid.js")) {
        assertThat(in).isNotNull();
        if (in != null) Files.write(script, in.readAllBytes());
      }
    }
    var line = new ArrayList<>(List.of("node", script.toString()));
    line.addAll(List.of(arguments));
    return line;
  }

  private void serve(Deflate deflate, int messages, int from, int to) throws IOException {
    try (var echo = new EchoServer(WebSocketConfig.DEFAULT.withDeflate(deflate), 2 << 20);
        var client =
            ChildProcess.command(
                node("client", "" + echo.port(), "" + messages, "" + from, "" + to), Map.of())) {
      for (int i = from; i < to; i++) {
        var prefix = "case " + i + " ";
        assertThat(client.awaitLine(line -> line.startsWith(prefix), A_CASE))
            .isEqualTo(prefix + "ok");
      }
    }
  }

  private void call(Deflate deflate, int messages, IntStream cases) throws Exception {
    try (var server = ChildProcess.command(node("server", "" + messages), Map.of())) {
      var listening = server.awaitLine(line -> line.startsWith("listening at "), A_CASE);
      var port = Integer.parseInt(listening.substring("listening at ".length()));
      var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      try (var client = new EchoClient(address, WebSocketConfig.DEFAULT.withDeflate(deflate))) {
        for (var i : cases.toArray()) {
          assertThat(client.visit("/" + i, A_CASE).how()).as("case %d", i).isEqualTo("1000 ");
          var prefix = "case " + i + " ";
          assertThat(server.awaitLine(line -> line.startsWith(prefix), A_CASE))
              .isEqualTo(prefix + "ok");
        }
      }
    }
  }

  @Test
  void aSliceOfTheGridHoldsAgainstOurServerAndOurClient() throws Exception {
    serve(LOOSE, 5, 8, 13);
    serve(LOOSE.withTakeover(), 5, 90, 94);
    call(LOOSE, 5, IntStream.of(0, 9, 17, 200));
  }

  @Test
  @Tag("long")
  void theWholeGridHoldsAgainstOurServer() throws IOException {
    serve(LOOSE, 100, 0, CASES);
  }

  @Test
  @Tag("long")
  void theWholeGridHoldsAgainstOurServerWithTakeover() throws IOException {
    serve(LOOSE.withTakeover(), 100, 0, CASES);
  }

  @Test
  @Tag("long")
  void theWholeGridHoldsAgainstOurClient() throws Exception {
    call(LOOSE, 100, IntStream.range(0, CASES));
  }
}
