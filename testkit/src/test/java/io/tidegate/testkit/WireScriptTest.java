package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WireScriptTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private final TestOrigin origin;

  WireScriptTest() throws Exception {
    origin = TestOrigin.open();
    origin.answer("/dated", "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov\r\nContent-Length: 2\r\n\r\nok");
  }

  @AfterEach
  void stop() {
    origin.close();
  }

  private void play(String script) throws Exception {
    WireScript.of(script).play(origin.address(), SOON);
  }

  @Test
  void anExchangeIsPlayedByteForByteToItsEnd() throws Exception {
    play(
        """
        # the star stands for what changes
        > GET /dated HTTP/1.1\\r\\n
        > Host: a\\r\\n\\r\\n
        < HTTP/1.1 200 OK\\r\\n
        < Date: *\\r\\n
        < Content-*th: *\\r\\n\\r\\nok
        ! quiet 50
        > GET /status/201 HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n
        < HTTP/1.1 201 As Asked\\r\\nContent-Length: 0\\r\\n\\r\\n
        ! fin
        """);
  }

  @Test
  void resetAndHalfCloseAreSteps() throws Exception {
    play("> GET /reset/1 HTTP/1.1\\r\\n\\r\\n\n! reset");
    play("! wait 10\n! shut\n! fin");
  }

  @Test
  void theServersSideIsPlayedTheSameWay() throws Exception {
    try (var server = new java.net.ServerSocket(0, 1, java.net.InetAddress.getLoopbackAddress());
        var peer = HostilePeer.open((java.net.InetSocketAddress) server.getLocalSocketAddress());
        var side = server.accept()) {
      peer.send("ping\r\n");

      WireScript.of("< ping\\r\\n\n> \\x70ong\\0").play(side, SOON);

      assertThat(peer.read(5, SOON)).asString().isEqualTo("pong\0");
    }
  }

  @Test
  void aDifferenceNamesTheLineAndShowsWhatCame() {
    assertThatThrownBy(
            () -> play("> GET /dated HTTP/1.1\\r\\n\\r\\n\n< HTTP/1.1 200 OK\\r\\nServer: x\\r\\n"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("line 2: < HTTP/1.1 200 OK\\r\\nServer: x\\r\\n")
        .hasMessageContaining("came: \"HTTP/1.1 200 OK\\r\\nD\"");
  }

  @Test
  void aStarNeverRunsPastItsLine() {
    assertThatThrownBy(() -> play("> GET /dated HTTP/1.1\\r\\n\\r\\n\n< HTTP/1.1 *\\r\\nContent"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("which is something else");
  }

  @Test
  void anEndWhereBytesAreDueAndBytesWhereAnEndIsDueBothFail() {
    assertThatThrownBy(
            () -> play("> GET /truncated/1 HTTP/1.1\\r\\n\\r\\n\n< HTTP/1.1 *\\r\\nnever"))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() ->
            play("> GET /http10/4 HTTP/1.1\\r\\n\\r\\n\n< HTTP/1.0 200 OK\\r\\n\\r\\n\n! fin"))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("4 bytes, then FIN");
  }

  @Test
  void whatIsNoStepIsRefusedByItsLineNumber() {
    assertThatThrownBy(() -> WireScript.of("> a\n? b")).hasMessageContaining("line 2");
    assertThatThrownBy(() -> WireScript.of("! explode")).hasMessageContaining("line 1");
    assertThatThrownBy(() -> WireScript.of("< ends in a star*")).hasMessageContaining("line 1");
    assertThatThrownBy(() -> WireScript.of("> \\q")).hasMessageContaining("unknown escape");
  }
}
