package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.ChildProcess.Signal;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.TestOrigin;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The commands as processes of their own.
@DisabledOnOs(OS.WINDOWS)
class CommandsSystemTest {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration LONGEST_END = Duration.ofSeconds(3);

  @TempDir private Path keys;
  private final List<ChildProcess> started = new ArrayList<>();

  @AfterEach
  void endAll() {
    started.forEach(ChildProcess::close);
  }

  private ChildProcess tidegate(String... arguments) throws IOException {
    return tidegate(List.of(), arguments);
  }

  private ChildProcess tidegate(List<String> more, String... arguments) throws IOException {
    var words = new ArrayList<>(List.of("io.tidegate.cli.Main"));
    words.addAll(List.of(arguments));
    var options =
        new ArrayList<>(
            List.of(
                "-Xmx64m",
                "-XX:MaxDirectMemorySize=64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-Dtidegate.keys=" + keys));
    options.addAll(more);
    var process = ChildProcess.java(options, words);
    started.add(process);
    return process;
  }

  private static int port(ChildProcess edge) {
    var line = edge.awaitLine(text -> text.startsWith("edge     127.0.0.1:"), START);
    return Integer.parseInt(line.replaceAll(".*:([0-9]+),.*", "$1"));
  }

  @Test
  void anAppIsReachedThroughEdgeAndExposeAndBothEndWhenTold() throws IOException {
    try (var origin = TestOrigin.open()) {
      origin.answer("/hello", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
      var edge = tidegate("edge", "--listen", "127.0.0.1:0");
      int port = port(edge);
      var agent =
          tidegate(
              "expose",
              Integer.toString(origin.address().getPort()),
              "--name",
              "shop",
              "--edge",
              "http://127.0.0.1:" + port);
      var _ = agent.awaitLine(line -> line.contains("http://shop.localhost:" + port), START);

      try (var http = RawHttp.open(new InetSocketAddress("127.0.0.1", port))) {
        assertThat(http.get("shop.localhost:" + port, "/hello").body()).isEqualTo("hello");
      }

      var line = agent.awaitLine(text -> text.contains("/hello"), START);
      assertThat(line).matches("[0-9:]{8} GET +/hello 200 [0-9]+ ms");
      agent.signal(Signal.TERM);
      assertThat(agent.awaitExit(LONGEST_END)).isZero();
      edge.signal(Signal.TERM);
      assertThat(edge.awaitExit(LONGEST_END)).isZero();
    }
  }

  @Test
  void theStartOfAnEdgePrintsItsArithmetic() throws IOException {
    var edge = tidegate("edge", "--listen", "127.0.0.1:0");

    assertThat(edge.awaitLine(line -> line.startsWith("memory"), START))
        .contains("heap", "direct", "worst case");
    assertThat(edge.awaitLine(line -> line.contains("connections x"), START))
        .contains("2048 B", "first window");
  }

  @Test
  void theStartSaysWhatServesAndWhatThatLacks() throws IOException {
    var edge = tidegate(List.of("-Dtidegate.transport=nio"), "edge", "--listen", "127.0.0.1:0");

    assertThat(edge.awaitLine(line -> line.startsWith("serving"), START)).contains(" by nio on ");
    assertThat(edge.awaitLine(line -> line.contains("nio has neither"), START))
        .contains("TCP_NOTSENT_LOWAT", "TCP_USER_TIMEOUT");
  }

  @Test
  void proxyHeadersAreWantedOfNamedProxiesAlone() throws IOException {
    var edge = tidegate("edge", "--listen", "127.0.0.1:0", "--proxy-protocol");

    assertThat(edge.awaitExit(START)).isEqualTo(ExitCode.USAGE.status());
    assertThat(String.join("\n", edge.tail())).contains("--trusted-proxy");
  }

  @Test
  void topShowsAnEdgeThatHasAnAdminAddress() throws IOException {
    var edge = tidegate("edge", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0");
    var admin = edge.awaitLine(line -> line.startsWith("admin    "), START).substring(9);

    var top = tidegate("top", "--once", "--admin", "http://" + admin);

    assertThat(top.awaitExit(START)).isZero();
    assertThat(String.join("\n", top.tail())).contains("buffers [", "overload rung 0", "NO");
  }

  @Test
  void anAgentThatTheEdgeDoesNotKnowEndsWithTheTokensStatus() throws IOException {
    var file = keys.resolve("tokens");
    var made = tidegate("token", "new", "laptop", "--file", file.toString());
    assertThat(made.awaitExit(START)).isZero();
    var edge = tidegate("edge", "--listen", "127.0.0.1:0", "--token-file", file.toString());

    var agent = tidegate("expose", "3000", "--edge", "http://127.0.0.1:" + port(edge));

    assertThat(agent.awaitExit(START)).isEqualTo(ExitCode.TOKEN.status());
    assertThat(String.join("\n", agent.tail())).contains("--token");
  }

  @Test
  void anAgentWithoutAnEdgeSaysWhatItTriedAndWhenItTriesAgain() throws IOException {
    int free;
    try (var socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }

    var agent = tidegate("expose", "3000", "--edge", "http://127.0.0.1:" + free);

    assertThat(agent.awaitLine(line -> line.startsWith("The edge does not answer"), START))
        .contains("127.0.0.1:" + free, "next try in ");
  }

  @Test
  void aBusyPortIsOneLineThatNamesTheOption() throws IOException {
    var edge = tidegate("edge", "--listen", "127.0.0.1:0");
    var port = Integer.toString(port(edge));

    var second = tidegate("edge", "--listen", "127.0.0.1:" + port);
    var demo = tidegate("demo", "--port", port);

    assertThat(second.awaitExit(START)).isEqualTo(ExitCode.FAILED.status());
    assertThat(second.tail()).singleElement().asString().contains("--listen", port);
    assertThat(demo.awaitExit(START)).isEqualTo(ExitCode.FAILED.status());
    assertThat(demo.tail()).singleElement().asString().contains("--port", port);
  }

  @Test
  void theDemoPrintsAnAddressThatAnswersAndEndsWhenTold() throws IOException {
    var demo = tidegate("demo", "--port", "0");
    var line = demo.awaitLine(text -> text.startsWith("Open http://demo.localhost:"), START);
    int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));

    try (var http = RawHttp.open(new InetSocketAddress("127.0.0.1", port))) {
      assertThat(http.get("demo.localhost:" + port, "/json").status()).isEqualTo(200);
    }

    demo.signal(Signal.TERM);
    assertThat(demo.awaitExit(LONGEST_END)).isZero();
  }

  @Test
  void theWarmupEndsByItself() throws IOException {
    assertThat(tidegate("warmup").awaitExit(START)).isZero();
  }
}
