package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HubSystemTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path directory;

  private static int port(ChildProcess hub) {
    var line = hub.awaitLine(text -> text.startsWith("hub      http://"), Processes.START);
    return Integer.parseInt(line.replaceAll(".*:([0-9]+)/$", "$1"));
  }

  private static int status(int port, String request) throws IOException {
    try (var peer = RawHttp.open(new InetSocketAddress("127.0.0.1", port), PATIENCE)) {
      peer.send(request);
      return peer.head().status();
    }
  }

  private static String post(int port, String path, String... fields) {
    var more = String.join("", java.util.Arrays.stream(fields).map(f -> f + "\r\n").toList());
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: 127.0.0.1:"
        + port
        + "\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n"
        + more
        + "\r\nhello";
  }

  private static String get(int port, String path, String... fields) {
    var more = String.join("", java.util.Arrays.stream(fields).map(f -> f + "\r\n").toList());
    return "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n" + more + "\r\n";
  }

  @Test
  void whatIsPostedComesAsAnEvent() throws Exception {
    try (var all = new Processes(directory);
        var hub = all.tidegate("hub", "--listen", "127.0.0.1:0");
        var reader = RawHttp.open(new InetSocketAddress("127.0.0.1", port(hub)), PATIENCE)) {
      int port = port(hub);
      reader.send(get(port, "/events/chat"));
      var body = reader.body(reader.head(), "GET");
      var _ = body.read(new byte[1]);

      assertThat(status(port, post(port, "/publish/chat"))).isEqualTo(202);

      var seen = new StringBuilder();
      var piece = new byte[256];
      while (!seen.toString().contains("data: hello\n\n")) {
        int read = body.read(piece);
        assertThat(read).isPositive();
        seen.append(new String(piece, 0, read, java.nio.charset.StandardCharsets.UTF_8));
      }
      assertThat(status(port, get(port, "/census"))).isEqualTo(200);
      assertThat(status(port, get(port, "/metrics"))).isEqualTo(200);
      assertThat(status(port, get(port, "/healthz"))).isEqualTo(200);
      assertThat(status(port, post(port, "/publish/chat", "Origin: http://evil"))).isEqualTo(403);
      assertThat(status(port, get(port, "/cam/door.jpg"))).isEqualTo(404);
      assertThat(status(port, post(port, "/publish/cam/door"))).isEqualTo(202);
      assertThat(status(port, get(port, "/cam/door.jpg"))).isEqualTo(200);
      assertThat(status(port, get(port, "/.well-known/mercure?topic=a"))).isEqualTo(404);
      var address = new InetSocketAddress("127.0.0.1", port);
      try (var client = RawWebSocket.open(address, "127.0.0.1:" + port, "/connection/websocket")) {
        client.sendText("{\"id\":1,\"connect\":{}}");
        assertThat(client.read().text()).contains("\"connect\":{\"client\":");
      }
      hub.signal(ChildProcess.Signal.TERM);
      assertThat(hub.awaitExit(PATIENCE)).isZero();
    }
  }

  @Test
  void aTokenIsAskedOfWhoPublishesAndOfAllIfTheHubIsPrivate() throws Exception {
    var token = Files.writeString(directory.resolve("token"), "sesame\n").toString();
    try (var all = new Processes(directory);
        var hub =
            all.tidegate("hub", "--listen", "127.0.0.1:0", "--token-file", token, "--private")) {
      int port = port(hub);
      var bearer = "Authorization: Bearer sesame";

      assertThat(status(port, post(port, "/publish/chat"))).isEqualTo(401);
      assertThat(status(port, post(port, "/publish/chat", "Authorization: Bearer x")))
          .isEqualTo(401);
      assertThat(status(port, post(port, "/publish/chat", bearer))).isEqualTo(202);
      assertThat(status(port, get(port, "/events/chat"))).isEqualTo(401);
      assertThat(status(port, get(port, "/events/chat?access_token=sesame"))).isEqualTo(200);
      assertThat(status(port, get(port, "/census"))).isEqualTo(401);
      assertThat(status(port, get(port, "/census", bearer))).isEqualTo(200);
    }
  }

  @Test
  void anOpenHubIsRefusedAndAWrongFileSaysItsLine() throws Exception {
    var topics = Files.writeString(directory.resolve("topics"), "chat log ring=1\n").toString();
    try (var all = new Processes(directory)) {
      var open = all.tidegate("hub", "--listen", "0.0.0.0:0");
      var wrong = all.tidegate("hub", "--listen", "127.0.0.1:0", "--topics", topics);

      assertThat(open.awaitExit(Processes.START)).isEqualTo(2);
      assertThat(open.tail().getFirst()).contains("needs --token-file");
      assertThat(wrong.awaitExit(Processes.START)).isEqualTo(2);
      assertThat(wrong.tail().getFirst()).contains("topics, line 1: ");
    }
  }
}
