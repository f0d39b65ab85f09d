package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.net.LoopsConfig;
import io.tidegate.testbed.Testbed;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestbedSystemTest {
  @TempDir private Path files;
  private Testbed testbed;

  @BeforeEach
  void open() throws IOException {
    Files.writeString(files.resolve("a.txt"), "a file");
    testbed =
        Testbed.open(
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
            Testbed.Limits.ROOMY,
            LoopsConfig.forCommand("testbed").withCount(1),
            files);
  }

  @AfterEach
  void close() {
    testbed.close();
  }

  private RawHttp peer() throws IOException {
    return RawHttp.open(testbed.address(), Duration.ofSeconds(20));
  }

  private String ask(String request) throws IOException {
    try (var peer = peer()) {
      peer.send(request);
      return peer.body(peer.head(), request.split(" ", 2)[0]).text();
    }
  }

  @Test
  void eachPathAnswersWhatItIsFor() throws IOException {
    assertThat(ask("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello"))
        .isEqualTo("hello");
    assertThat(ask("GET /bytes/100000 HTTP/1.1\r\nHost: x\r\n\r\n")).hasSize(100_000);
    assertThat(ask("GET /drip?n=3&ms=1 HTTP/1.1\r\nHost: x\r\n\r\n"))
        .isEqualTo("piece 1\npiece 2\npiece 3\n");
    assertThat(ask("GET /files/a.txt HTTP/1.1\r\nHost: x\r\n\r\n")).isEqualTo("a file");
    assertThat(ask("BREW /any/path HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"))
        .isEqualTo("BREW with 4 bytes\n");
    assertThat(ask("GET /bytes/x HTTP/1.1\r\nHost: x\r\n\r\n")).contains("not a number");
  }

  @Test
  void webSocketsEchoAtBothTheirPaths() throws IOException {
    for (var path : new String[] {"/ws", "/"}) {
      try (var socket = RawWebSocket.open(testbed.address(), "x", path)) {
        socket.sendText("hello");

        assertThat(new String(socket.read().payload(), StandardCharsets.UTF_8)).isEqualTo("hello");
      }
    }
  }

  @Test
  void picturesComeWhileSomebodyWatches() throws IOException {
    try (var peer = peer()) {
      peer.send("GET /cam.mjpg HTTP/1.1\r\nHost: x\r\n\r\n");
      var head = peer.head();
      var body = peer.body(head, "GET");
      long bytes = 0;
      var piece = new byte[64 * 1024];
      while (bytes < 500_000) bytes += body.read(piece);

      assertThat(head.first("Content-Type")).startsWith("multipart/x-mixed-replace");
    }
  }
}
