package io.tidegate.client;

import static io.tidegate.client.ClientRig.PATIENCE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.client.ConnectFailure.Step;
import io.tidegate.ledger.Budget;
import io.tidegate.net.CutReason;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.server.Answer;
import io.tidegate.server.HttpServer;
import io.tidegate.server.ServerRig;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketHandler;
import io.tidegate.websocket.frame.Deflate;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The client against our own server, in both styles.
@ExtendWith(Balanced.class)
class WebSocketClientSystemTest {
  private static final WebSocketHandler ECHO =
      socket -> {
        for (var message : socket) {
          var _ = socket.send(message);
        }
      };

  private static URI uri(ServerRig server, String path) {
    return URI.create("ws://127.0.0.1:" + server.address().getPort() + path);
  }

  private static ServerRig echo() {
    return new ServerRig(server -> server.webSocket("/echo", ECHO));
  }

  @Test
  void whatTheCallerSendsComesBackToIt() throws Exception {
    try (var server = echo();
        var rig = new ClientRig();
        var socket = rig.client.open(uri(server, "/echo"))) {
      assertThat(socket.send("hello").isTaken()).isTrue();
      assertThat(ClientRig.text(socket)).isEqualTo("hello");

      assertThat(socket.send(new byte[70_000]).isTaken()).isTrue();
      assertThat(socket.receive(PATIENCE))
          .isInstanceOfSatisfying(
              Message.Binary.class, binary -> assertThat(binary.bytes()).hasSize(70_000));
    }
  }

  @Test
  void aListenerHearsAllAndHoldsNoThreadMeanwhile() throws Exception {
    try (var server = echo();
        var rig = new ClientRig()) {
      var log = new ClientRig.Log();
      var socket = rig.client.open(uri(server, "/echo"), log);
      assertThat(log.next()).isEqualTo("opened ");
      assertThat(socket.send("one").isTaken()).isTrue();
      assertThat(log.next()).isEqualTo("one");

      socket.close(4_000, "enough");

      assertThat(log.next()).isEqualTo("closed 4000 null");
      Eventually.await(PATIENCE, () -> "it is open", () -> !socket.isOpen());
    }
  }

  /// RFC 6455 §7.1.1.
  @Test
  void aServerThatBrokeARuleIsLeftTheTimeToEndTheStreamFirst() throws Exception {
    var endedFirst = new CompletableFuture<Boolean>();
    try (var server =
            new RawServer(peer -> {
              var _ = peer.accept("");
              peer.send(new byte[] {(byte) 0xf3, 0}); // reserved bits, a reserved opcode
              assertThat(peer.message()).as("a close frame").isEmpty();
              endedFirst.complete(peer.endsWithin(Duration.ofMillis(500)));
            });
        var rig = new ClientRig()) {
      var log = new ClientRig.Log();

      var _ = rig.client.open(server.uri("/"), log);

      assertThat(log.next()).isEqualTo("opened ");
      assertThat(endedFirst.get(20, TimeUnit.SECONDS)).isFalse();
      assertThat(log.next()).isEqualTo("closed 1002 BAD_MESSAGE");
    }
  }

  @Test
  void fieldsAndSubprotocolsReachTheServer() throws Exception {
    var seen = new CompletableFuture<String>();
    WebSocketHandler handler =
        socket -> {
          var _ = seen.complete(String.valueOf(socket.request().fields().value("X-Token")));
          for (var _ : socket) {}
        };
    var config = WebSocketConfig.DEFAULT.withProtocols("b", "a");
    try (var server = new ServerRig(s -> s.get("/chat", _ -> Answer.webSocket(config, handler)));
        var rig = new ClientRig(c -> c.withProtocols("x", "b").withField("X-Token", "secret"));
        var socket = rig.client.open(uri(server, "/chat?x=1"))) {
      assertThat(seen.get(20, TimeUnit.SECONDS)).isEqualTo("secret");
      assertThat(socket.protocol()).isEqualTo("b");
    }
  }

  @Test
  void compressionIsAgreedWhereBothSpeakIt() throws Exception {
    var config = WebSocketConfig.DEFAULT.withDeflate(Deflate.DEFAULT);
    var budget = new Budget(64L << 20, 64L << 20);
    // no rig: a server keeps its deflater, and what that costs, until it closes
    try (var server =
            HttpServer.start(s ->
                s.loops(new LoopsConfig("server", 1, budget, Transport.best(), false))
                    .grace(Duration.ofMillis(200))
                    .listen("127.0.0.1", 0)
                    .get("/echo", _ -> Answer.webSocket(config, ECHO)));
        var rig = new ClientRig(c -> c.withWebSocket(config));
        var socket =
            rig.client.open(URI.create("ws://127.0.0.1:" + server.address().getPort() + "/echo"))) {
      var text = "tidegate ".repeat(2_000);

      assertThat(socket.send(text).isTaken()).isTrue();

      assertThat(ClientRig.text(socket)).isEqualTo(text);
    }
  }

  @Test
  void anAnswerOtherThan101IsTold() throws Exception {
    try (var server =
            new ServerRig(s ->
                s.get("/401", _ -> Answer.text("who?").withStatus(401))
                    .get("/403", _ -> Answer.text("no").withStatus(403))
                    .get("/503", _ -> busy()));
        var rig = new ClientRig()) {
      assertThat(rig.failure(uri(server, "/401")))
          .isEqualTo(failure(true, 401, null, "the server answered 401"));
      assertThat(rig.failure(uri(server, "/403")).lasting()).isTrue();
      assertThat(rig.failure(uri(server, "/404")).lasting()).isTrue();
      assertThat(rig.failure(uri(server, "/503")))
          .isEqualTo(failure(false, 503, Duration.ofSeconds(7), "the server answered 503"));
    }
  }

  private static Answer busy() {
    return Answer.text("later").withStatus(503).withField("Retry-After", "7");
  }

  private static ConnectFailure failure(
      boolean lasting, int status, @Nullable Duration retryAfter, String reason) {
    return new ConnectFailure(Step.HANDSHAKE, lasting, status, retryAfter, reason);
  }

  @Test
  void whatCannotBeReachedIsToldInOurOwnWords() throws Exception {
    int closed;
    try (var gone = new RawServer(_ -> {})) {
      closed = gone.port();
    }
    try (var rig = new ClientRig()) {
      assertThat(rig.failure(URI.create("ws://127.0.0.1:" + closed + "/")))
          .isEqualTo(
              new ConnectFailure(Step.CONNECT, false, 0, null, "the connection was refused"));
      assertThat(rig.failure(URI.create("ws://no-such-host.invalid/")))
          .isEqualTo(
              new ConnectFailure(
                  Step.RESOLVE, false, 0, null, "no address of no-such-host.invalid"));
    }
  }

  @Test
  void allAddressesOfANameAreTried() throws Exception {
    try (var server = echo();
        var rig = new ClientRig();
        // ::1 comes first on many machines, where nothing listens
        var socket =
            rig.client.open(URI.create("ws://localhost:" + server.address().getPort() + "/echo"))) {
      assertThat(socket.send("x").isTaken()).isTrue();
      assertThat(ClientRig.text(socket)).isEqualTo("x");
    }
  }

  @Test
  void aPingIsMeasured() throws Exception {
    try (var server = echo();
        var rig = new ClientRig();
        var socket = rig.client.open(uri(server, "/echo"))) {
      assertThat(socket.roundTrip()).isNull();

      socket.ping();

      Eventually.await(PATIENCE, () -> "no round trip", () -> socket.roundTrip() != null);
      assertThat(socket.roundTrip()).isBetween(Duration.ofNanos(1), PATIENCE);
    }
  }

  @Test
  void anInterruptedCallerGivesItsAttemptUp() throws Exception {
    try (var silent = new RawServer(RawServer.Peer::drain);
        var rig = new ClientRig()) {
      var outcome = new CompletableFuture<Throwable>();
      var caller =
          Thread.ofVirtual()
              .start(() -> {
                try (var _ = rig.client.open(silent.uri("/"))) {
                  var _ = outcome.complete(new AssertionError("it opened"));
                } catch (Exception thrown) {
                  var _ = outcome.complete(thrown);
                }
              });
      Eventually.await(PATIENCE, () -> "not connected", () -> rig.loops.connectionCount() > 0);

      caller.interrupt();

      assertThat(outcome.get(20, TimeUnit.SECONDS)).isInstanceOf(InterruptedException.class);
      Eventually.await(PATIENCE, () -> "still connected", () -> rig.loops.connectionCount() == 0);
    }
  }

  @Test
  void moreThanMayBeOpenedAtOnceFailAtOnce() throws Exception {
    try (var silent = new RawServer(RawServer.Peer::drain);
        var rig = new ClientRig(c -> c.withMaxOpening(1))) {
      var first = new Waiting();
      var attempt = rig.client.opener().open(silent.uri("/"), new ClientRig.Log(), first);

      assertThat(rig.failure(silent.uri("/")).reason()).contains("too many are being opened");
      attempt.abandon();

      assertThat(first.failure.get(20, TimeUnit.SECONDS).step()).isEqualTo(Step.ABANDONED);
    }
  }

  /// Takes an outcome.
  static final class Waiting implements Opener.Outcome {
    final CompletableFuture<ConnectFailure> failure = new CompletableFuture<>();
    final CompletableFuture<io.tidegate.websocket.WebSocket> socket = new CompletableFuture<>();

    @Override
    public void opened(io.tidegate.websocket.WebSocket opened) {
      var _ = socket.complete(opened);
    }

    @Override
    public void failed(ConnectFailure why) {
      var _ = failure.complete(why);
    }
  }

  @Test
  void aClientThatClosesSaysGoodByeAndLeavesNothing() throws Exception {
    var told = new CompletableFuture<Integer>();
    WebSocketHandler handler =
        socket -> {
          for (var _ : socket) {}
          var end = socket.ended();
          var _ = told.complete(end == null ? -1 : end.code());
        };
    try (var server = new ServerRig(s -> s.webSocket("/echo", handler))) {
      try (var rig = new ClientRig()) {
        var socket = rig.client.open(uri(server, "/echo"), new ClientRig.Log());
        assertThat(socket.isOpen()).isTrue();
      }

      assertThat(told.get(20, TimeUnit.SECONDS)).isEqualTo(1_001);
    }
  }

  @Test
  void aReaderThatDoesNotReadStopsItsServerAndNothingElse() throws Exception {
    WebSocketHandler source =
        socket -> {
          for (int i = 0; socket.send(new byte[1_000]).isTaken(); i++) {
            if (i == 20_000) break;
          }
        };
    try (var server = new ServerRig(s -> s.webSocket("/much", source).webSocket("/echo", ECHO));
        var rig = new ClientRig();
        var idle = rig.client.open(uri(server, "/much"));
        var busy = rig.client.open(uri(server, "/echo"))) {
      for (int i = 0; i < 100; i++) {
        assertThat(busy.send("x" + i).isTaken()).isTrue();
        assertThat(ClientRig.text(busy)).isEqualTo("x" + i);
      }
      var census = rig.client.census();
      assertThat(census.direct().held() - census.direct().unused()).isLessThan(256 * 1024);

      assertThat(idle.receive(PATIENCE)).isNotNull();
    }
  }

  @Test
  void aServerThatVanishesIsNamed() throws Exception {
    try (var server =
            new RawServer(peer -> {
              var _ = peer.accept("");
              peer.socket.setSoLinger(true, 0);
            });
        var rig = new ClientRig()) {
      var log = new ClientRig.Log();
      var _ = rig.client.open(server.uri("/"), log);
      assertThat(log.next()).isEqualTo("opened ");

      assertThat(log.next()).isEqualTo("closed 1006 " + CutReason.PEER_GONE);
    }
  }

  @Test
  void whatIsNoWebSocketsUriIsRefusedAtOnce() {
    for (var bad : new String[] {"http://a/", "ws://u@a/", "ws:a", "ws://a/#b", "ws:///x"}) {
      assertThatThrownBy(() -> Target.of(URI.create(bad)))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(Target.of(URI.create("wss://Example.ORG?a=b")))
        .isEqualTo(new Target(true, "example.org", 443, "/?a=b"));
    assertThat(Target.of(URI.create("ws://[::1]:81/x")).authority()).isEqualTo("[::1]:81");
    assertThat(Target.of(URI.create("ws://a:80/x")).authority()).isEqualTo("a");
  }
}
