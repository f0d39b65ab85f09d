package io.tidegate.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.server.HttpServer;
import io.tidegate.stream.LatestFrame;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ExamplesSystemTest {
  private static String get(HttpServer server, String path) throws IOException {
    try (var peer = RawHttp.open(server.address(), Duration.ofSeconds(20))) {
      return peer.get("x", path).body();
    }
  }

  @Test
  void helloGreets() throws IOException {
    try (var server = Hello.start(0)) {
      assertThat(get(server, "/hello/you")).isEqualTo("hello, you");
    }
  }

  @Test
  void whatOneSaysInTheChatAllHear() throws IOException {
    try (var server = Chat.start(0)) {
      assertThat(get(server, "/")).contains("WebSocket");
      try (var one = RawWebSocket.open(server.address(), "x", "/chat");
          var other = RawWebSocket.open(server.address(), "x", "/chat")) {
        one.sendText("first"); // heard by itself: it has joined
        assertThat(text(one)).isEqualTo("first");

        other.sendText("hello");

        assertThat(text(one)).isEqualTo("hello");
      }
    }
  }

  private static String text(RawWebSocket socket) throws IOException {
    return new String(socket.read().payload(), StandardCharsets.UTF_8);
  }

  @Test
  void theCameraShowsItsNewestPicture() throws IOException {
    var camera = new LatestFrame();
    try (var server = CameraPage.start(0, camera)) {
      camera.publish(new byte[] {'j', 'p', 'g'});

      assertThat(get(server, "/snapshot.jpg")).isEqualTo("jpg");
    }
  }
}
