package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A33: visitors and the app try to have the agent call somebody else. Whatever a request's target,
/// Host or body and an answer's Location name, it dials the app that it was started for.
@ExtendWith(Balanced.class)
class ForgedTargetAttackTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  /// Listens where nobody may call.
  private static final class Canary implements AutoCloseable {
    private final AtomicInteger calls = new AtomicInteger();
    private final List<ServerSocket> sockets = new ArrayList<>();

    Canary() throws IOException {
      var first = listen("127.0.0.1", 0);
      var _ = listen("127.0.0.2", first.getLocalPort());
    }

    private ServerSocket listen(String address, int port) throws IOException {
      var socket = new ServerSocket(port, 50, InetAddress.ofLiteral(address));
      sockets.add(socket);
      var _ = Thread.ofVirtual().start(() -> count(socket));
      return socket;
    }

    private void count(ServerSocket socket) {
      try {
        while (true) {
          socket.accept().close();
          calls.incrementAndGet();
        }
      } catch (SocketException closed) {
        // the end of this canary
      } catch (IOException failed) {
        throw new IllegalStateException(failed);
      }
    }

    int port() {
      return sockets.getFirst().getLocalPort();
    }

    @Override
    public void close() throws IOException {
      for (var socket : sockets) socket.close();
    }
  }

  /// Requests of which each names the canary at `C` in its own way; `H` is the tunnel's host.
  private static final List<String> REQUESTS =
      List.of(
          "GET http://C/ HTTP/1.1\r\nHost: H\r\n",
          "GET http://C/ HTTP/1.1\r\nHost: C\r\n",
          "GET http://127.0.0.2:P/ HTTP/1.1\r\nHost: H\r\n",
          "GET HTTP://C/ HTTP/1.1\r\nHost: H\r\n",
          "GET https://C/ HTTP/1.1\r\nHost: H\r\n",
          "GET ftp://C/ HTTP/1.1\r\nHost: H\r\n",
          "GET file:///etc/passwd HTTP/1.1\r\nHost: H\r\n",
          "GET gopher://C/_GET HTTP/1.1\r\nHost: H\r\n",
          "GET http://H@C/ HTTP/1.1\r\nHost: H\r\n",
          "GET http://C@H/ HTTP/1.1\r\nHost: H\r\n",
          "GET http://C#@H/ HTTP/1.1\r\nHost: H\r\n",
          "GET http://C\\@H/ HTTP/1.1\r\nHost: H\r\n",
          "GET //C/ HTTP/1.1\r\nHost: H\r\n",
          "GET /\\C/ HTTP/1.1\r\nHost: H\r\n",
          "GET \\\\C\\ HTTP/1.1\r\nHost: H\r\n",
          "GET ///C/ HTTP/1.1\r\nHost: H\r\n",
          "GET /http://C/ HTTP/1.1\r\nHost: H\r\n",
          "GET /?url=http://C/ HTTP/1.1\r\nHost: H\r\n",
          "GET @C/ HTTP/1.1\r\nHost: H\r\n",
          "GET :@C/ HTTP/1.1\r\nHost: H\r\n",
          "GET /@C:80/../ HTTP/1.1\r\nHost: H\r\n",
          "CONNECT C HTTP/1.1\r\nHost: C\r\n",
          "CONNECT C HTTP/1.1\r\nHost: H\r\n",
          "CONNECT H HTTP/1.1\r\nHost: H\r\n",
          "OPTIONS http://C HTTP/1.1\r\nHost: H\r\n",
          "GET / HTTP/1.1\r\nHost: C\r\n",
          "GET / HTTP/1.1\r\nHost: H@C\r\n",
          "GET / HTTP/1.1\r\nHost: H\r\nHost: C\r\n",
          "GET / HTTP/1.1\r\nHost: H\r\nX-Forwarded-Host: C\r\n",
          "GET / HTTP/1.1\r\nHost: H\r\nForwarded: for=C;host=C;by=C\r\n",
          "GET / HTTP/1.1\r\nHost: H\r\nX-Original-URL: http://C/\r\nX-Rewrite-URL: http://C/\r\n",
          "GET / HTTP/1.1\r\nHost: H\r\nReferer: http://C/\r\nOrigin: http://C\r\n",
          "GET / HTTP/1.1\r\nHost: H\r\nProxy-Connection: keep-alive\r\nX-Real-IP: C\r\n",
          "GET / HTTP/1.1\r\nHost: H\r\nConnection: Upgrade\r\nUpgrade: TLS/1.0, h2c\r\n",
          "GET / HTTP/1.1\r\nHost: H\r\nTidegate-Session: 00\r\nTidegate-App: C\r\n");

  @Test
  void theAgentCallsItsAppAloneWhateverARequestNames() throws IOException {
    try (var canary = new Canary();
        var origin = RecordingOrigin.open();
        var rig = TunnelRig.bare(UnaryOperator.identity(), 2)) {
      var _ = rig.expose("demo", origin.port());
      var c = "127.0.0.1:" + canary.port();
      int reached = 0;
      for (var form : REQUESTS) {
        var request =
            form.replace("127.0.0.2:P", "127.0.0.2:" + canary.port()).replace("C/", c + "/");
        request =
            request
                .replaceAll("(?<![A-Z])C(?![A-Za-z])", c)
                .replaceAll("(?<![A-Z])H(?![A-Za-z])", rig.host());
        try (var visitor = rig.visit()) {
          visitor.send(request + "Connection: close\r\n\r\n");
          var head = visitor.finalHead();
          assertThat(head.status()).as(request).isIn(200, 400, 404, 405, 501);
          if (visitor.body(head, "GET").text().equals("ok")) reached++;
          assertThat(visitor.awaitCut(SOON).end()).as(request).isNotEqualTo(Cut.End.OPEN);
        }
      }

      assertThat(REQUESTS).hasSizeGreaterThanOrEqualTo(30);
      assertThat(canary.calls).hasValue(0);
      assertThat(origin.whole()).hasSize(reached).isNotEmpty();
      assertThat(origin.whole())
          .allSatisfy(seen -> assertThat(seen.field("Host")).isEqualTo(rig.host()));
      assertThat(origin.whole()).noneMatch(seen -> seen.method().equals("CONNECT"));
      assertThat(origin.faults()).isEmpty();
    }
  }

  @Test
  void nobodyFollowsWhereAnAnswerPoints() throws IOException {
    try (var canary = new Canary();
        var origin = RecordingOrigin.open(seen -> redirect(seen, canary.port()));
        var rig = TunnelRig.bare(UnaryOperator.identity(), 1)) {
      var _ = rig.expose("demo", origin.port());
      for (int status : new int[] {201, 301, 302, 303, 305, 307, 308}) {
        try (var visitor = rig.visit()) {
          var answer = visitor.get(rig.host(), "/" + status);

          assertThat(answer.status()).isEqualTo(status);
          assertThat(answer.head().first("Location"))
              .isEqualTo("http://127.0.0.1:" + canary.port() + "/");
        }
      }

      assertThat(canary.calls).hasValue(0);
      assertThat(origin.whole()).hasSize(7);
    }
  }

  private static String redirect(RecordingOrigin.Seen seen, int port) {
    var to = "http://127.0.0.1:" + port + "/";
    return "HTTP/1.1 "
        + seen.target().substring(1)
        + " X\r\nLocation: "
        + to
        + "\r\nRefresh: 0; url="
        + to
        + "\r\nAlt-Svc: h2=\"127.0.0.1:"
        + port
        + "\"\r\nContent-Length: 0\r\n\r\n";
  }

  @Test
  void theLinkDoorOfATunnelIsTheAppsOwnPath() throws IOException {
    try (var origin = RecordingOrigin.open();
        var rig = TunnelRig.bare(UnaryOperator.identity(), 1)) {
      var _ = rig.expose("demo", origin.port());
      try (RawHttp visitor = rig.visit()) {
        assertThat(visitor.get(rig.host(), Door.LINK_PATH).status()).isEqualTo(200);
      }

      assertThat(origin.whole())
          .singleElement()
          .satisfies(seen -> assertThat(seen.target()).isEqualTo(Door.LINK_PATH));
    }
  }
}
