package io.tidegate.client;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

/// Servers of others, as processes: Node's `ws`, and nginx in front of it. A test is skipped where
/// they are not installed, unless `TIDEGATE_PEERS` is `required`.
public final class RealServers {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

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

  private RealServers() {}

  /// One of them, at a port of 127.0.0.1.
  public record Real(ChildProcess process, int port) implements AutoCloseable {
    public URI uri(String path) {
      return URI.create("ws://127.0.0.1:" + port + path);
    }

    @Override
    public void close() {
      process.close();
    }
  }

  /// Node's `ws`, whose files go to `folder`.
  public static Real node(Path folder) throws IOException {
    var script = Files.writeString(folder.resolve("server.js"), SERVER);
    var node =
        ChildProcess.command(
            List.of(program("node").toString(), script.toString()),
            Map.of("NODE_PATH", nodeModules().toString()));
    var line = node.awaitLine(each -> each.startsWith("listening at "), PATIENCE);
    return new Real(node, Integer.parseInt(line.substring("listening at ".length())));
  }

  /// nginx in front of `upstream`, whose files go to `folder`: it cuts after as much silence of the
  /// server as `cutAfter` says, by itself after 60 s.
  public static Real nginx(Path folder, Real upstream, Duration cutAfter) throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    var settings =
        """
        daemon off; master_process off; pid %1$s/pid; error_log %1$s/error.log;
        events { worker_connections 4096; } http { access_log off; client_body_temp_path %1$s/b; proxy_temp_path %1$s/p; fastcgi_temp_path %1$s/f;
        uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s; server { listen 127.0.0.1:%2$d; location / {
        proxy_pass http://127.0.0.1:%3$d; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection "upgrade"; proxy_read_timeout %4$ds; } } }
        """
            .formatted(folder, port, upstream.port(), cutAfter.toSeconds());
    var file = Files.writeString(folder.resolve("nginx.conf"), settings);
    var command =
        List.of(program("nginx").toString(), "-c", file.toString(), "-p", folder.toString());
    var nginx = ChildProcess.command(command, Map.of());
    Eventually.await(PATIENCE, () -> "nginx: " + nginx.tail(), () -> answers(port));
    return new Real(nginx, port);
  }

  private static boolean answers(int port) {
    try (var socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException closed) {
      return false;
    }
  }

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
}
