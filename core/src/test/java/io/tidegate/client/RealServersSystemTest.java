package io.tidegate.client;

import static io.tidegate.client.ClientRig.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.ConnectFailure.Step;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Pattern;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.frame.Deflate;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Node's `ws`, alone and behind nginx.
@ExtendWith(Balanced.class)
class RealServersSystemTest {
  private static final String SERVER =
      """
      const http = require('http'), { WebSocketServer } = require('ws');
      const server = http.createServer((q, s) => { s.writeHead(403); s.end('no'); });
      const all = new WebSocketServer({ noServer: true, perMessageDeflate: true,
        handleProtocols: wanted => wanted.has('b') ? 'b' : false });
      server.on('upgrade', (q, socket, head) => {
        if (q.url === '/busy') {
          socket.end('HTTP/1.1 429 Too Many Requests\\r\\nRetry-After: 11\\r\\nContent-Length: 0\\r\\n\\r\\n');
          return;
        }
        all.handleUpgrade(q, socket, head, w => {
          if (q.url === '/token') w.send(q.headers['x-token'] || 'none');
          if (q.url === '/leave') w.close(1012, 'restart');
          if (q.url === '/ping') w.on('pong', b => w.send('pong ' + b)), w.ping('abc');
          w.on('message', (m, binary) => w.send(m, { binary }));
        });
      });
      server.listen(0, '127.0.0.1', () => console.log('listening at ' + server.address().port));
      """;

  @TempDir private Path folder;

  private static Path program(String name) {
    var places =
        System.getenv("PATH") + File.pathSeparator + "/usr/sbin" + File.pathSeparator + "/sbin";
    var found =
        Arrays.stream(places.split(File.pathSeparator, -1))
            .map(place -> Path.of(place, name))
            .filter(Files::isExecutable)
            .findFirst();
    require(name, found.isPresent());
    return found.orElseThrow();
  }

  private static Path nodeModules() {
    var given = System.getenv("NODE_PATH");
    var places = (given == null ? "" : given) + File.pathSeparator + "../target/node/node_modules";
    var found =
        Stream.of(places.split(File.pathSeparator, -1))
            .filter(place -> !place.isEmpty())
            .map(place -> Path.of(place).toAbsolutePath().normalize())
            .filter(place -> Files.isDirectory(place.resolve("ws")))
            .findFirst();
    require("the npm package ws", found.isPresent());
    return found.orElseThrow();
  }

  private static void require(String what, boolean present) {
    if (present) return;
    if ("required".equals(System.getenv("TIDEGATE_PEERS")))
      Assertions.fail(what + " is required and not there; ./check installs it");
    Assumptions.abort(what + " is not installed; ./check installs it");
  }

  private ChildProcess node() throws IOException {
    var script = Files.writeString(folder.resolve("server.js"), SERVER);
    return ChildProcess.command(
        List.of(program("node").toString(), script.toString()),
        Map.of("NODE_PATH", nodeModules().toString()));
  }

  private static int portOf(ChildProcess node) {
    var line = node.awaitLine(each -> each.startsWith("listening at "), PATIENCE);
    return Integer.parseInt(line.substring("listening at ".length()));
  }

  private static URI uri(int port, String path) {
    return URI.create("ws://127.0.0.1:" + port + path);
  }

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

  private static void serves(ClientRig rig, int port) throws Exception {
    try (var socket = rig.client.open(uri(port, "/"))) {
      assertThat(socket.protocol()).isEqualTo("b");
      exchanges(socket);
      socket.ping();
      Eventually.await(PATIENCE, () -> "no pong", () -> socket.roundTrip() != null);
    }
    try (var token = rig.client.open(uri(port, "/token"))) {
      assertThat(ClientRig.text(token)).isEqualTo("secret");
    }
    try (var pinged = rig.client.open(uri(port, "/ping"))) {
      assertThat(ClientRig.text(pinged)).isEqualTo("pong abc");
    }
    var log = new ClientRig.Log();
    var _ = rig.client.open(uri(port, "/leave"), log);
    assertThat(log.next()).isEqualTo("opened b");
    assertThat(log.next()).isEqualTo("closed 1012 null");
    assertThat(rig.failure(uri(port, "/busy")))
        .isEqualTo(
            new ConnectFailure(
                Step.HANDSHAKE,
                false,
                429,
                java.time.Duration.ofSeconds(11),
                "the server answered 429"));
  }

  private static ClientRig rig() {
    return new ClientRig(config -> config.withProtocols("a", "b").withField("X-Token", "secret"));
  }

  @Test
  void nodeIsSpokenTo() throws Exception {
    try (var node = node();
        var rig = rig()) {
      serves(rig, portOf(node));
    }
  }

  @Test
  void nodeIsSpokenToWithCompression() throws Exception {
    var deflate =
        WebSocketConfig.DEFAULT.withDeflate(Deflate.DEFAULT.withMaxRatio(1_032).withLeastBytes(1));
    try (var node = node();
        var rig = new ClientRig(c -> c.withWebSocket(deflate).withProtocols("b"));
        var socket = rig.client.open(uri(portOf(node), "/"))) {
      exchanges(socket);
    }
  }

  @Test
  void nodeIsSpokenToThroughNginxWhichCutsWhoIsSilent() throws Exception {
    try (var node = node();
        var nginx = nginx(portOf(node));
        var rig = rig()) {
      int port = nginx.port();
      Eventually.await(PATIENCE, () -> "nginx: " + nginx.process().tail(), () -> answers(port));
      serves(rig, port);

      var log = new ClientRig.Log();
      var _ = rig.client.open(uri(port, "/"), log);
      assertThat(log.next()).isEqualTo("opened b");
      assertThat(log.next()).startsWith("closed 1006 ");
    }
  }

  private record Nginx(ChildProcess process, int port) implements AutoCloseable {
    @Override
    public void close() {
      process.close();
    }
  }

  private static boolean answers(int port) {
    try (var socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException closed) {
      return false;
    }
  }

  /// In front of `port`, cutting after 2 s of silence as it does after 60.
  private Nginx nginx(int upstream) throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    var settings =
        """
        daemon off; master_process off; pid %1$s/pid; error_log %1$s/error.log;
        events {} http { access_log off; client_body_temp_path %1$s/b; proxy_temp_path %1$s/p; fastcgi_temp_path %1$s/f;
        uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s; server { listen 127.0.0.1:%2$d; location / {
        proxy_pass http://127.0.0.1:%3$d; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade"; proxy_read_timeout 2s; } } }
        """
            .formatted(folder, port, upstream);
    var file = Files.writeString(folder.resolve("nginx.conf"), settings);
    var command =
        List.of(program("nginx").toString(), "-c", file.toString(), "-p", folder.toString());
    return new Nginx(ChildProcess.command(command, Map.of()), port);
  }
}
