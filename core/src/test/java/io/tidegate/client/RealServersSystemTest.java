package io.tidegate.client;

import static io.tidegate.client.ClientRig.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.ConnectFailure.Step;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Pattern;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.frame.Deflate;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Node's `ws`, alone and behind nginx.
@ExtendWith(Balanced.class)
class RealServersSystemTest {
  @TempDir private Path folder;

  private static void exchanges(WebSocket socket) throws InterruptedException {
    for (int size : new int[] {0, 1, 125, 126, 65_535, 65_536, 500_000}) {
      assertThat(socket.send(Pattern.bytes(0, size)).isTaken()).isTrue();
      assertThat(socket.receive(PATIENCE))
          .isInstanceOfSatisfying(
              Message.Binary.class,
              binary -> assertThat(binary.bytes()).isEqualTo(Pattern.bytes(0, size)));
    }
    var text = "tide ".repeat(3_000);
    assertThat(socket.send(text).isTaken()).isTrue();
    assertThat(ClientRig.text(socket)).isEqualTo(text);
  }

  private static void serves(ClientRig rig, RealServers.Real server) throws Exception {
    try (var socket = rig.client.open(server.uri("/"))) {
      assertThat(socket.protocol()).isEqualTo("b");
      exchanges(socket);
      socket.ping();
      Eventually.await(PATIENCE, () -> "no pong", () -> socket.roundTrip() != null);
    }
    try (var token = rig.client.open(server.uri("/token"))) {
      assertThat(ClientRig.text(token)).isEqualTo("secret");
    }
    try (var pinged = rig.client.open(server.uri("/ping"))) {
      assertThat(ClientRig.text(pinged)).isEqualTo("pong abc");
    }
    var log = new ClientRig.Log();
    var _ = rig.client.open(server.uri("/leave"), log);
    assertThat(log.next()).isEqualTo("opened b");
    assertThat(log.next()).isEqualTo("closed 1012 null");
    assertThat(rig.failure(server.uri("/busy")))
        .isEqualTo(
            new ConnectFailure(
                Step.HANDSHAKE, false, 429, Duration.ofSeconds(11), "the server answered 429"));
  }

  private static ClientRig rig() {
    return new ClientRig(config -> config.withProtocols("a", "b").withField("X-Token", "secret"));
  }

  @Test
  void nodeIsSpokenTo() throws Exception {
    try (var node = RealServers.node(folder);
        var rig = rig()) {
      serves(rig, node);
    }
  }

  @Test
  void nodeIsSpokenToWithCompression() throws Exception {
    var deflate =
        WebSocketConfig.DEFAULT.withDeflate(Deflate.DEFAULT.withMaxRatio(1_032).withLeastBytes(1));
    try (var node = RealServers.node(folder);
        var rig = new ClientRig(c -> c.withWebSocket(deflate).withProtocols("b"));
        var socket = rig.client.open(node.uri("/"))) {
      exchanges(socket);
    }
  }

  @Test
  void nodeIsSpokenToThroughNginxWhichCutsWhoIsSilent() throws Exception {
    try (var node = RealServers.node(folder);
        var nginx = RealServers.nginx(folder, node, Duration.ofSeconds(2));
        var rig = rig()) {
      serves(rig, nginx);

      var log = new ClientRig.Log();
      var _ = rig.client.open(nginx.uri("/"), log);
      assertThat(log.next()).isEqualTo("opened b");
      assertThat(log.next()).startsWith("closed 1006 ");
    }
  }
}
