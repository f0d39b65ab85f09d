package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.WebSocketFrame;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The sample app, visited through edge and agent of its own process.
@ExtendWith(Balanced.class)
class DemoSystemTest {
  @TempDir private static Path keys;

  private Loops loops;
  private Printer printer;
  private Demo demo;
  private InetSocketAddress edge;
  private String host;

  @BeforeEach
  void aDemo() throws Exception {
    System.setProperty("tidegate.keys", keys.toString());
    loops = Loops.open(LoopsConfig.forCommand("demo-test").withCount(2));
    printer = new Printer(new PrintWriter(Writer.nullWriter()));
    var lines = new DemoLines(printer);
    var free = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    demo = Demo.open(loops, List.of(free), lines);
    assertThat(lines.up().await(10, TimeUnit.SECONDS)).isTrue();
    edge = demo.edge().addresses().getFirst();
    host = "demo.localhost:" + edge.getPort();
  }

  @AfterEach
  void nothingStays() {
    demo.close();
    printer.close();
    loops.close();
    var _ = System.clearProperty("tidegate.keys");
  }

  private RawHttp.Answer get(String target) throws IOException {
    try (var http = RawHttp.open(edge)) {
      return http.get(host, target);
    }
  }

  @Test
  void thePageNeedsNothingFromElsewhere() throws IOException {
    var answer = get("/");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.head().first("Content-Security-Policy")).contains("default-src 'none'");
    assertThat(answer.body()).contains("<title>Tidegate demo</title>").doesNotContain("https://");
  }

  @Test
  void aMessageComesBackAsItWas() throws IOException {
    try (var socket = RawWebSocket.open(edge, host, "/ws", "Origin: http://" + host)) {
      socket.sendText("through the tunnel: grüße");

      assertThat(nextAnswer(socket).text()).isEqualTo("through the tunnel: grüße");
    }
  }

  @Test
  void aMessageInPiecesComesBackWhole() throws IOException {
    var message = "0123456789".repeat(30_000).getBytes(StandardCharsets.UTF_8);
    try (var socket = RawWebSocket.open(edge, host, "/ws")) {
      socket.sendFragmented(message, 7_000);

      var echoed = new java.io.ByteArrayOutputStream();
      for (var frame = nextAnswer(socket); ; frame = nextAnswer(socket)) {
        echoed.write(frame.payload());
        if (frame.fin()) break;
      }
      assertThat(echoed.toByteArray()).isEqualTo(message);
    }
  }

  @Test
  void theClockTicksAPingIsAnsweredAndACloseIsReturned() throws IOException {
    try (var socket = RawWebSocket.open(edge, host, "/ws")) {
      assertThat(socket.read().text()).startsWith("time 20");

      socket.sendPing(new byte[] {1, 2, 3});
      assertThat(nextAnswer(socket).payload()).containsExactly(1, 2, 3);

      socket.sendClose(1000, "");
      assertThat(socket.awaitCloseCode(java.time.Duration.ofSeconds(5))).isEqualTo(1000);
    }
  }

  @Test
  void aPageOfAnotherOriginMayNotOpenTheSocket() {
    assertThat(
            org.assertj.core.api.Assertions.catchThrowable(
                () -> RawWebSocket.open(edge, host, "/ws", "Origin: http://evil.example").close()))
        .hasMessageContaining("403");
  }

  /// The next frame that is not the clock's.
  private static WebSocketFrame nextAnswer(RawWebSocket socket) throws IOException {
    var frame = socket.read();
    while (frame.opcode() == WebSocketFrame.TEXT && frame.text().startsWith("time ")) {
      frame = socket.read();
    }
    return frame;
  }

  @Test
  void eventsArriveWhileTheAnswerIsOpen() throws IOException {
    try (var http = RawHttp.open(edge)) {
      http.send("GET /events HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      var head = http.finalHead();
      assertThat(head.first("Content-Type")).isEqualTo("text/event-stream");

      var body = http.body(head, "GET");
      var events = new StringBuilder();
      var bytes = new byte[1024];
      while (!events.toString().contains("id: 2\n")) {
        int read = body.read(bytes);
        assertThat(read).isPositive();
        events.append(new String(bytes, 0, read, StandardCharsets.UTF_8));
      }
      assertThat(events.toString()).startsWith("id: 1\ndata: {\"n\":1,\"time\":\"20");
    }
  }

  @Test
  void aDownloadIsAsLongAsWasAskedFor() throws IOException {
    try (var http = RawHttp.open(edge)) {
      http.send("GET /download?bytes=12345678 HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
      var head = http.finalHead();

      var drained = http.body(head, "GET").drain();

      assertThat(head.first("Content-Length")).isEqualTo("12345678");
      assertThat(drained.bytes()).isEqualTo(12_345_678);
      assertThat(drained.complete()).isTrue();
    }
  }

  @Test
  void anUploadIsCounted() throws IOException {
    try (var http = RawHttp.open(edge)) {
      http.send("POST /upload HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 3000000\r\n\r\n");
      http.sendPattern(3_000_000);
      var head = http.finalHead();

      assertThat(http.body(head, "POST").text()).startsWith("{\"bytes\":3000000,\"millis\":");
    }
  }

  @Test
  void theCensusNamesTheAgentAndTheLimit() throws IOException {
    var census = get("/census.json").body();

    assertThat(census).contains("\"limit\":").contains("{\"label\":\"agent\",\"depth\":1,");
  }

  @Test
  void otherPagesAndMethodsAreRefusedByName() throws IOException {
    assertThat(get("/nothing").status()).isEqualTo(404);
    var answer = get("/upload");

    assertThat(answer.status()).isEqualTo(405);
    assertThat(answer.head().first("Allow")).isEqualTo("POST, PUT");
  }

  @Test
  void aSlowAnswerComesWhenItSaid() throws IOException {
    assertThat(get("/slow?millis=300").body()).isEqualTo("this took 300 ms\n");
  }
}
