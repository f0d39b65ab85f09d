package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.agent.AgentConfig;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Pattern;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Apps that people really expose, behind a tunnel: Python's http.server, nginx, Node.
class RealAppsSystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int FILE_BYTES = 300_000;

  /// Below the 1,000 that one connection may ask.
  private static final int PER_CONNECTION = 900;

  @TempDir Path folder;

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress("127.0.0.1", 0));
      return socket.getLocalPort();
    }
  }

  private static void awaitPort(int port, ChildProcess app) {
    Eventually.await(SOON, () -> "an app on port " + port + ": " + app.tail(), () -> answers(port));
  }

  private static boolean answers(int port) {
    try (var socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException closed) {
      return false;
    }
  }

  private static UnaryOperator<AgentConfig> to(int port) {
    return agent ->
        new AgentConfig(
            agent.edge(),
            agent.token(),
            agent.name(),
            new AgentConfig.App(null, port),
            agent.hostHeader(),
            agent.upgrades(),
            agent.insecure(),
            agent.wire(),
            agent.connectTimeout(),
            agent.authorities());
  }

  private void fetchesTheFileManyTimes(TunnelRig rig, int times) throws IOException {
    for (int i = 0; i < times; i++) {
      try (var visitor = rig.visit()) {
        visitor.send("GET /file.bin HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
        var body = visitor.body(visitor.finalHead(), "GET").drain();
        assertThat(body.bytes()).isEqualTo(FILE_BYTES);
        assertThat(body.firstOffPattern()).isNegative();
        assertThat(visitor.get(rig.host(), "/missing").head().status()).isEqualTo(404);
      }
    }
  }

  @Test
  void pythonsHttpServerIsServed() throws IOException {
    Files.write(folder.resolve("file.bin"), Pattern.bytes(0, FILE_BYTES));
    int port = freePort();
    var command =
        List.of(
            Peers.find("python3").toString(),
            "-m",
            "http.server",
            "--bind",
            "127.0.0.1",
            "--directory",
            folder.toString(),
            "" + port);
    try (var app = ChildProcess.command(command, Map.of());
        var rig = TunnelRig.bare(UnaryOperator.identity(), 2)) {
      awaitPort(port, app);
      var _ = rig.expose("demo", to(port));
      var baseline = Baseline.of(rig, port);

      fetchesTheFileManyTimes(rig, 10);
      baseline.awaitReturn();
    }
  }

  @Test
  void nginxIsServed() throws IOException {
    Files.write(folder.resolve("file.bin"), Pattern.bytes(0, FILE_BYTES));
    int port = freePort();
    var settings =
        """
        daemon off; master_process off; pid %1$s/pid; error_log %1$s/error.log;
        events {} http { access_log off; client_body_temp_path %1$s/b; proxy_temp_path %1$s/p; fastcgi_temp_path %1$s/f;
        uwsgi_temp_path %1$s/u; scgi_temp_path %1$s/s; server { listen 127.0.0.1:%2$d; root %1$s; } }
        """
            .formatted(folder, port);
    var file = Files.writeString(folder.resolve("nginx.conf"), settings);
    try (var app =
            ChildProcess.command(
                List.of(
                    Peers.find("nginx").toString(), "-c", file.toString(), "-p", folder.toString()),
                Map.of());
        var rig = TunnelRig.bare(UnaryOperator.identity(), 2)) {
      awaitPort(port, app);
      var _ = rig.expose("demo", to(port));
      var baseline = Baseline.of(rig, port);

      fetchesTheFileManyTimes(rig, 10);
      baseline.awaitReturn();
    }
  }

  /// An hour of idle gaps, compressed by a keep-alive of 50 ms at the app: gaps of up to 100 ms
  /// straddle it. An app that does not say when it will close is the harder one.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nodeLosesNoRequestAcrossIdleGapsAndGetsNoneTwice(boolean announced) throws Exception {
    asksAcrossIdleGaps(150, announced);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Tag("long")
  void nodeLosesNoneOf10000RequestsAcrossIdleGapsAndGetsNoneTwice(boolean announced)
      throws Exception {
    asksAcrossIdleGaps(10_000, announced);
  }

  private void asksAcrossIdleGaps(int requests, boolean announced) throws Exception {
    int port = freePort();
    try (var app = node(port, 50, announced);
        var rig = TunnelRig.bare(UnaryOperator.identity(), 2)) {
      awaitPort(port, app);
      var _ = rig.expose("demo", to(port));
      var baseline = Baseline.of(rig, port);
      var random = new Random(7);
      for (int from = 0; from < requests; from += PER_CONNECTION) {
        try (var visitor = rig.visit()) {
          for (int i = from; i < Math.min(requests, from + PER_CONNECTION); i++) {
            asks(visitor, rig, i);
            int most = i % 10 == 0 ? 100 : i % 10 == 5 ? 60 : 5;
            LockSupport.parkNanos(random.nextInt(most) * 1_000_000L);
          }
        }
      }

      var counts = "posts " + requests / 2 + ", gets " + requests / 2;
      assertThat(bodyOf(rig, "/counts")).isEqualTo(counts);
      baseline.awaitReturn();
    }
  }

  private static void asks(RawHttp visitor, TunnelRig rig, int i) throws IOException {
    visitor.send(
        i % 2 == 0
            ? "POST /n HTTP/1.1\r\nHost: " + rig.host() + "\r\nContent-Length: 2\r\n\r\nhi"
            : get(rig));
    assertThat(visitor.finalHead().status()).as("request " + i).isEqualTo(200);
    assertThat(visitor.read(2)).isEqualTo("ok".getBytes(StandardCharsets.US_ASCII));
  }

  /// Node's own 5 s, and gaps around the 4 s for which the edge lets a stream rest.
  @Test
  @Tag("long")
  void nodeWithItsOwnKeepAliveLosesNoneOf10000RequestsOf64Visitors() throws Exception {
    int port = freePort();
    try (var app = node(port, 5_000, true);
        var rig = TunnelRig.bare(UnaryOperator.identity(), 2);
        var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      awaitPort(port, app);
      var _ = rig.expose("demo", to(port));
      var baseline = Baseline.of(rig, port);
      var visits = new ArrayList<Future<?>>();
      for (int i = 0; i < 64; i++) {
        int seed = i;
        visits.add(pool.submit(() -> asksNowAndThen(rig, seed)));
      }
      for (var visit : visits) assertThat(visit.get()).isNull();

      assertThat(bodyOf(rig, "/counts")).isEqualTo("posts 5056, gets 5056");
      baseline.awaitReturn();
    }
  }

  private static Void asksNowAndThen(TunnelRig rig, int seed) throws IOException {
    var random = new Random(seed);
    try (var visitor = rig.visit()) {
      for (int i = 0; i < 158; i++) {
        asks(visitor, rig, i);
        int most = i % 4 == 0 ? 6_000 : 1_000;
        LockSupport.parkNanos(random.nextInt(most) * 1_000_000L);
      }
    }
    return null;
  }

  private static String get(TunnelRig rig) {
    return "GET /n HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n";
  }

  private static String bodyOf(TunnelRig rig, String path) throws IOException {
    try (RawHttp visitor = rig.visit()) {
      return visitor.get(rig.host(), path).body();
    }
  }

  @Test
  void nodesWebSocketsPass() throws IOException {
    int port = freePort();
    try (var app = node(port, 5_000, true);
        var rig = TunnelRig.bare(UnaryOperator.identity(), 2)) {
      awaitPort(port, app);
      var _ = rig.expose("demo", to(port));
      var baseline = Baseline.of(rig, port);
      try (var socket = RawWebSocket.open(rig.address(), rig.host(), "/")) {
        for (int size : new int[] {0, 1, 125, 126, 65_535, 65_536, 500_000}) {
          socket.sendBinary(Pattern.bytes(0, size));
          assertThat(socket.read().payload()).isEqualTo(Pattern.bytes(0, size));
        }
        socket.sendFragmented("abcdefghij".getBytes(StandardCharsets.US_ASCII), 3);
        assertThat(socket.read().text()).isEqualTo("abcdefghij");
        socket.sendClose(3999, "done");
        assertThat(socket.awaitCloseCode(SOON)).isEqualTo(3999);
      }
      baseline.awaitReturn();
    }
  }

  /// Node says `Keep-Alive: timeout=` unless the app has set `Connection` itself.
  private ChildProcess node(int port, int keepAliveMillis, boolean announced) throws IOException {
    var script =
        """
        const http = require('http'), { WebSocketServer } = require('ws');
        let posts = 0, gets = 0;
        const server = http.createServer((q, s) => {
          if (q.method === 'POST') posts++; else if (q.url === '/n') gets++;
          const body = q.url === '/counts' ? `posts ${posts}, gets ${gets}` : 'ok';
          if (!%s) s.setHeader('Connection', 'keep-alive');
          q.resume(); q.on('end', () => { s.setHeader('Content-Length', body.length); s.end(body); });
        });
        server.keepAliveTimeout = %d;
        new WebSocketServer({ server }).on('connection', w => w.on('message', (m, binary) => w.send(m, { binary })));
        server.listen(%d, '127.0.0.1');
        """
            .formatted(announced, keepAliveMillis, port);
    var file = Files.writeString(folder.resolve("app.js"), script);
    return ChildProcess.command(
        List.of(Peers.find("node").toString(), file.toString()),
        Map.of("NODE_PATH", Peers.nodeModules("ws").toString()));
  }
}
