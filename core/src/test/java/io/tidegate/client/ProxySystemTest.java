package io.tidegate.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.ConnectFailure.Step;
import io.tidegate.ledger.Purse;
import io.tidegate.server.ServerRig;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Through proxies of both kinds.
@ExtendWith(Balanced.class)
class ProxySystemTest {
  private static final String LOGIN = "user:pass word";

  private static ServerRig echo() {
    return new ServerRig(server ->
        server.webSocket(
            "/echo",
            socket -> {
              for (var message : socket) {
                var _ = socket.send(message);
              }
            }));
  }

  private static TestProxy proxy(boolean socks, String login) throws Exception {
    return socks ? TestProxy.socks(login) : TestProxy.http(login);
  }

  private static Proxy to(TestProxy proxy, boolean socks) {
    return socks ? Proxy.socks5("127.0.0.1", proxy.port()) : Proxy.http("127.0.0.1", proxy.port());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void theProxyLooksTheNameUpAndPassesOn(boolean socks) throws Exception {
    try (var server = echo();
        var proxy = proxy(socks, "");
        var rig = new ClientRig(config -> config.withProxy(to(proxy, socks)))) {
      var target = "inner.example:" + server.address().getPort();
      try (var socket = rig.client.open(URI.create("ws://" + target + "/echo"))) {
        for (int i = 0; i < 50; i++) {
          assertThat(socket.send("x" + i).isTaken()).isTrue();
          assertThat(ClientRig.text(socket)).isEqualTo("x" + i);
        }
        assertThat(proxy.asked).containsExactly(target);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itIsToldWhoWeAre(boolean socks) throws Exception {
    try (var server = echo();
        var proxy = proxy(socks, LOGIN);
        var rig = new ClientRig(c -> c.withProxy(to(proxy, socks).withLogin("user", "pass word")));
        var socket =
            rig.client.open(URI.create("ws://127.0.0.1:" + server.address().getPort() + "/echo"))) {
      assertThat(socket.send("x").isTaken()).isTrue();
      assertThat(ClientRig.text(socket)).isEqualTo("x");
      assertThat(proxy.asked).containsExactly("127.0.0.1:" + server.address().getPort());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void oneThatDoesNotKnowUsIsALastingFailure(boolean socks) throws Exception {
    try (var proxy = proxy(socks, LOGIN);
        var wrong = new ClientRig(c -> c.withProxy(to(proxy, socks).withLogin("user", "other")));
        var unnamed = new ClientRig(c -> c.withProxy(to(proxy, socks)))) {
      var target = URI.create("ws://inner.example/");

      assertThat(wrong.failure(target))
          .satisfies(failure -> {
            assertThat(failure.step()).isEqualTo(Step.PROXY);
            assertThat(failure.lasting()).isTrue();
            assertThat(failure.reason()).doesNotContain("other");
          });
      assertThat(unnamed.failure(target).lasting()).isTrue();
      assertThat(proxy.asked).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aServerThatItCannotReachIsAPassingFailure(boolean socks) throws Exception {
    int closed;
    try (var gone = new RawServer(_ -> {})) {
      closed = gone.port();
    }
    try (var proxy = proxy(socks, "");
        var rig = new ClientRig(c -> c.withProxy(to(proxy, socks)))) {
      var failure = rig.failure(URI.create("ws://127.0.0.1:" + closed + "/"));

      assertThat(failure.step()).isEqualTo(Step.PROXY);
      assertThat(failure.lasting()).isFalse();
      if (!socks) assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(3));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\5",
        "\5\1",
        "\5\0\5\0\0\1\1\2",
        "\5\0\5\0\0\11aaaaaaaaaa",
        "\5\0\5\0\0\1aaaabbtoo much",
        "HTTP/1.1 400 Bad Request\r\n\r\n"
      })
  void aProxyThatSpeaksNoSocksFailsWithinItsTime(String words) throws Exception {
    try (var bad =
            new RawServer(peer -> {
              peer.send(words);
              peer.drain();
            });
        var rig =
            new ClientRig(c ->
                c.withProxy(Proxy.socks5("127.0.0.1", bad.port()))
                    .withTimeouts(ClientTimeouts.ofEach(Duration.ofMillis(500))))) {
      var failure = rig.failure(URI.create("ws://inner.example/"));

      assertThat(failure.step()).isEqualTo(Step.PROXY);
      assertThat(failure.reason()).containsAnyOf("within 500 ms", "the proxy: ");
    }
  }

  @Test
  void whatAProxyAnswersWithoutEndIsCut() throws Exception {
    try (var bad =
            new RawServer(peer -> {
              peer.send("HTTP/1.1 200 OK\r\n");
              while (true) peer.send("X: y\r\n".repeat(100));
            });
        var rig = new ClientRig(c -> c.withProxy(Proxy.http("127.0.0.1", bad.port())))) {
      var failure = rig.failure(URI.create("wss://inner.example/"));

      assertThat(failure.step()).isEqualTo(Step.PROXY);
      assertThat(failure.reason()).contains("malformed or too long");
    }
  }

  @Test
  void nothingOfTheProxysIsChargedOnceItIsPassed() throws Exception {
    try (var server = echo();
        var proxy = TestProxy.http("");
        var rig = new ClientRig(c -> c.withProxy(to(proxy, false)))) {
      var uri = URI.create("ws://127.0.0.1:" + server.address().getPort() + "/echo");
      try (var socket = rig.client.open(uri)) {
        assertThat(socket.send("x").isTaken()).isTrue();
        assertThat(ClientRig.text(socket)).isEqualTo("x");
        assertThat(socket.receive(Duration.ofMillis(1))).isNull();

        // the price of a connection, and nothing else
        Eventually.await(
            ClientRig.PATIENCE,
            () -> "held:\n" + rig.client.census(),
            () -> heldHeap(rig) == io.tidegate.net.Connection.HEAP_PRICE);
      }
    }
  }

  private static long heldHeap(ClientRig rig) {
    var heap = rig.client.census().of(Purse.HEAP);
    return heap.held() - heap.unused();
  }
}
