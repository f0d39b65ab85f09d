package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A haproxy in front of the edge that says for whom it calls.
@ExtendWith(Balanced.class)
class RealProxySystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String PROXY = "127.0.0.5";
  private static final String VISITOR = "127.0.0.9";

  @TempDir Path folder;

  private static TunnelRig rig() throws IOException {
    return TunnelRig.open(
        edge -> edge.withProxies(List.of(Cidr.parse(PROXY)), true), UnaryOperator.identity(), 2);
  }

  private ChildProcess haproxy(int port, int edge, String send) throws IOException {
    var settings =
        """
        global
          maxconn 100
        defaults
          mode tcp
          timeout connect 5s
          timeout client 20s
          timeout server 20s
        listen front
          bind 127.0.0.1:%d
          source %s
          server edge 127.0.0.1:%d %s
        """
            .formatted(port, PROXY, edge, send);
    var file = Files.writeString(folder.resolve("haproxy.cfg"), settings);
    var command = List.of(Peers.find("haproxy").toString(), "-db", "-f", file.toString());
    var started = ChildProcess.command(command, Map.of());
    Eventually.await(SOON, () -> "haproxy: " + started.tail(), () -> answers(port));
    return started;
  }

  private static boolean answers(int port) {
    try (var socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException closed) {
      return false;
    }
  }

  private static String get(String from, int port, String host) throws IOException {
    try (var socket = new Socket()) {
      socket.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
      socket.setSoTimeout(20_000);
      socket.connect(new InetSocketAddress("127.0.0.1", port));
      var request =
          "GET /bytes/13 HTTP/1.1\r\nHost: "
              + host
              + "\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options unique-id,crc32c"})
  void theVisitorsAddressReachesTheApp(String send) throws IOException {
    int port = freePort();
    try (var rig = rig();
        var haproxy = haproxy(port, rig.edge.port(), send)) {
      var answer = get(VISITOR, port, rig.host());

      assertThat(answer).as(haproxy.tail().toString()).startsWith("HTTP/1.1 200 ");
      var asked = rig.origin.log().heads().getLast();
      assertThat(asked.first("X-Forwarded-For")).isEqualTo(VISITOR);
      assertThat(asked.first("Forwarded")).startsWith("for=" + VISITOR + ";");
      assertThat(rig.cuts(CutReason.BAD_PROXY_HEADER)).isZero();
    }
  }

  @Test
  void whoIsNoProxyIsServedWithoutAHeaderAndNotBelievedWithOne() throws IOException {
    try (var rig = rig()) {
      assertThat(get(VISITOR, rig.edge.port(), rig.host())).startsWith("HTTP/1.1 200 ");
      assertThat(rig.origin.log().heads().getLast().first("X-Forwarded-For")).isEqualTo(VISITOR);

      try (var liar = new Socket("127.0.0.1", rig.edge.port())) {
        liar.setSoTimeout(20_000);
        var lie =
            "PROXY TCP4 192.0.2.7 1.1.1.1 1 80\r\nGET / HTTP/1.1\r\nHost: "
                + rig.host()
                + "\r\n\r\n";
        liar.getOutputStream().write(lie.getBytes(StandardCharsets.US_ASCII));
        assertThat(new String(liar.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
            .startsWith("HTTP/1.1 400 ");
      }
    }
  }
}
