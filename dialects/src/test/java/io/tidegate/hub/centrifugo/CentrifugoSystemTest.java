package io.tidegate.hub.centrifugo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.HubConfig;
import io.tidegate.hub.Publication;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.dialects.HubRig;
import io.tidegate.hub.dialects.Peers;
import io.tidegate.hub.jwt.JwtKey;
import io.tidegate.hub.jwt.JwtVerifier;
import io.tidegate.hub.jwt.Tokens;
import io.tidegate.hub.outlet.Authorizer.Right;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.WebSocketFrame;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(Balanced.class)
class CentrifugoSystemTest {
  private static final HubConfig TOPICS =
      HubConfig.DEFAULT
          .withTopic("chat/*", TopicKind.Log.DEFAULT.withMaxMessages(10))
          .withTopic("price/*", TopicKind.Keyed.DEFAULT)
          .withTopic("cam/*", TopicKind.Latest.DEFAULT);

  private static final String CONNECT = "{\"id\":1,\"connect\":{}}";

  /// Connects, subscribes to chat/1, and leaves at the message "leave", until the server says go.
  private static final String CLIENT =
      """
      const { Centrifuge } = require('centrifuge');
      const say = (...words) => console.log(words.join(' '));
      const [url, go, token] = process.argv.slice(2);
      const options = token ? { token } : {};
      if (!globalThis.WebSocket) options.websocket = require('ws');
      const c = new Centrifuge(url, { ...options, minReconnectDelay: 50, maxReconnectDelay: 100 });
      c.on('connected', x => say('CONNECTED', x.transport));
      c.on('connecting', x => say('CONNECTING', x.code));
      c.on('disconnected', x => say('DISCONNECTED', x.code, x.reason));
      c.on('error', x => say('ERROR', x.error.code, x.error.message));
      const s = c.newSubscription('chat/1');
      s.on('subscribed', x => say('SUBSCRIBED', x.recoverable, x.wasRecovering, x.recovered));
      s.on('unsubscribed', x => say('UNSUBSCRIBED', x.code));
      s.on('publication', async x => {
        say('GOT', JSON.stringify(x.data), x.offset);
        if (x.data === 'leave') {
          c.disconnect();
          await fetch(go);
          c.connect();
        }
        if (x.data === 'publish') {
          await s.publish({ from: 'me', lines: 'a\\nb' });
          await c.publish('nowhere', 1).catch(e => say('REFUSED', e.code, e.message));
          await s.history({ limit: 1 }).catch(e => say('REFUSED', e.code, e.message));
        }
        if (x.data === 'end') {
          s.unsubscribe();
          c.disconnect();
        }
      });
      s.subscribe();
      c.connect();
      """;

  @TempDir private Path folder;

  private static HubRig rig(CentrifugoConfig config) {
    return new HubRig(
        TOPICS,
        (server, hub) -> server.get(Centrifugo.PATH, Centrifugo.on(hub, config).webSocket()));
  }

  private static HubRig rig() {
    return rig(CentrifugoConfig.DEFAULT);
  }

  private static RawWebSocket connected(HubRig rig) throws IOException {
    var socket = rig.socket(Centrifugo.PATH);
    socket.sendText(CONNECT);
    assertThat(next(socket)).contains("\"connect\":{\"client\":");
    return socket;
  }

  /// The next text that is no ping of WebSocket's own.
  private static String next(RawWebSocket socket) throws IOException {
    while (true) {
      var frame = socket.read(HubRig.PATIENCE);
      if (frame.opcode() == WebSocketFrame.TEXT) return frame.text();
      assertThat(frame.opcode()).isEqualTo(WebSocketFrame.PING);
    }
  }

  private static void publish(HubRig rig, String topic, String text) {
    assertThat(rig.hub.publish(topic, Publication.text(text)).isAccepted()).isTrue();
  }

  // ---- the protocol

  @Test
  void commandsAreRepliedToInOrderAndMessagesPushed() throws Exception {
    try (var rig = rig();
        var socket = connected(rig)) {
      socket.sendText(
          "{\"id\":2,\"subscribe\":{\"channel\":\"chat/1\"}}\n"
              + "{\"id\":3,\"publish\":{\"channel\":\"chat/1\",\"data\":{\"a\": 1}}}\n"
              + "{\"id\":4,\"ping\":{}}\n{\"id\":5,\"presence\":{\"channel\":\"chat/1\"}}\n"
              + "{\"id\":6,\"dance\":{}}");

      assertThat(next(socket))
          .matches(
              "\\{\"id\":2,\"subscribe\":\\{\"recoverable\":true,\"positioned\":true,\"epoch\":\"[0-9a-f]+\",\"offset\":0}}");
      var rest = new ArrayList<String>();
      for (int i = 0; i < 5; i++) rest.add(next(socket));
      assertThat(rest)
          .containsExactlyInAnyOrder(
              "{\"id\":3,\"publish\":{}}",
              "{\"push\":{\"channel\":\"chat/1\",\"pub\":{\"data\":{\"a\":1},\"offset\":1}}}",
              "{\"id\":4,\"ping\":{}}",
              "{\"id\":5,\"error\":{\"code\":108,\"message\":\"not available\"}}",
              "{\"id\":6,\"error\":{\"code\":104,\"message\":\"method not found\"}}");
    }
  }

  @Test
  void whatWasPublishedElsewhereBecomesJson() throws Exception {
    try (var rig = rig();
        var socket = connected(rig)) {
      socket.sendText("{\"id\":2,\"subscribe\":{\"channel\":\"chat/1\"}}");
      var _ = next(socket);

      publish(rig, "chat/1", "plain \"text\"\n");
      publish(rig, "chat/1", "{\"a\":\n [1, 2]}");
      publish(rig, "chat/1", "1 2");
      assertThat(rig.hub.publish("chat/1", Publication.binary(new byte[9])).isAccepted()).isTrue();
      var foreign = Publication.text("x").withAttachment("what another dialect says of it", 100);
      assertThat(rig.hub.publish("chat/1", foreign).isAccepted()).isTrue();
      publish(rig, "chat/1", "3");

      assertThat(next(socket)).contains("{\"data\":\"plain \\\"text\\\"\\n\",\"offset\":1}");
      assertThat(next(socket)).contains("{\"data\":{\"a\":[1,2]},\"offset\":2}");
      assertThat(next(socket)).contains("{\"data\":\"1 2\",\"offset\":3}");
      assertThat(next(socket)).contains("{\"data\":3,\"offset\":6}");
    }
  }

  @Test
  void keyedTopicsBeginWithTheirStateAndTellKeysAsTags() throws Exception {
    try (var rig = rig();
        var socket = connected(rig)) {
      var price = Publication.text("1.5").withKey("a");
      assertThat(rig.hub.publish("price/x", price).isAccepted()).isTrue();
      socket.sendText("{\"id\":2,\"subscribe\":{\"channel\":\"price/x\"}}");

      assertThat(next(socket)).isEqualTo("{\"id\":2,\"subscribe\":{}}");
      assertThat(next(socket)).contains("{\"data\":1.5,\"offset\":1,\"tags\":{\"key\":\"a\"}}");
      assertThat(rig.hub.publish("price/x", Publication.removal("a")).isAccepted()).isTrue();
      assertThat(next(socket)).contains("{\"data\":null,\"offset\":2,\"tags\":{\"key\":\"a\"}}");
    }
  }

  @Test
  void unsubscribingEndsThePushes() throws Exception {
    try (var rig = rig();
        var socket = connected(rig)) {
      socket.sendText("{\"id\":2,\"subscribe\":{\"channel\":\"chat/1\"}}");
      var _ = next(socket);
      socket.sendText("{\"id\":3,\"subscribe\":{\"channel\":\"chat/1\"}}");
      assertThat(next(socket)).contains("\"code\":105");
      socket.sendText("{\"id\":4,\"unsubscribe\":{\"channel\":\"chat/1\"}}");
      assertThat(next(socket)).isEqualTo("{\"id\":4,\"unsubscribe\":{}}");

      publish(rig, "chat/1", "1");
      socket.sendText("{\"id\":5,\"subscribe\":{\"channel\":\"nowhere\"}}");
      assertThat(next(socket)).contains("\"id\":5,\"error\":{\"code\":102");
      assertThat(rig.hub.figures().subscriptions()).isZero();
    }
  }

  @Test
  void recoveryGoesOnWhereTheClientStoodAndSaysWhetherAnythingIsLost() throws Exception {
    try (var rig = rig()) {
      for (int i = 1; i <= 12; i++) publish(rig, "chat/1", "" + i);
      var head = Objects.requireNonNull(rig.hub.head("chat/1"));
      var epoch = Long.toHexString(head.epoch());
      var subscribe =
          "{\"id\":2,\"subscribe\":{\"channel\":\"chat/1\",\"recover\":true,\"epoch\":\"%s\",\"offset\":%d}}";

      try (var socket = connected(rig)) {
        socket.sendText(subscribe.formatted(epoch, 10));
        assertThat(next(socket))
            .endsWith("\"offset\":10,\"was_recovering\":true,\"recovered\":true}}");
        assertThat(next(socket)).contains("\"data\":11,");
        assertThat(next(socket)).contains("\"data\":12,");
      }
      try (var socket = connected(rig)) {
        socket.sendText(subscribe.formatted(epoch, 1));
        assertThat(next(socket))
            .endsWith("\"offset\":2,\"was_recovering\":true,\"recovered\":false}}");
        assertThat(next(socket)).contains("\"data\":3,");
      }
      try (var socket = connected(rig)) {
        socket.sendText(subscribe.formatted("of another life", 5));
        assertThat(next(socket)).endsWith("\"recovered\":false}}");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"id\":1,\"subscribe\":{\"channel\":\"chat/1\"}}",
        "no JSON",
        "{\"id\":1,\"connect\":{}}\n{\"id\":2,\"connect\":{}}"
      })
  void whoDoesNotSpeakTheProtocolIsClosedForGood(String text) throws Exception {
    try (var rig = rig();
        var socket = rig.socket(Centrifugo.PATH)) {
      socket.sendText(text);

      assertThat(socket.awaitCloseCode(HubRig.PATIENCE)).isEqualTo(3501);
    }
  }

  @Test
  void aHubThatClosesSendsItsClientsToCallAgain() throws Exception {
    try (var rig = rig();
        var socket = connected(rig)) {
      rig.hub.close();

      assertThat(socket.awaitCloseCode(HubRig.PATIENCE)).isEqualTo(3001);
    }
  }

  @Test
  void moreSubscriptionsThanMayBeAreRefused() throws Exception {
    try (var rig = rig();
        var socket = connected(rig)) {
      int most = HubConfig.DEFAULT.maxSubscriptions();
      for (int i = 0; i < most; i++) {
        socket.sendText("{\"id\":2,\"subscribe\":{\"channel\":\"chat/" + i + "\"}}");
        assertThat(next(socket)).contains("\"subscribe\":");
      }
      socket.sendText("{\"id\":3,\"subscribe\":{\"channel\":\"chat/more\"}}");
      assertThat(next(socket)).contains("\"id\":3,\"error\":{\"code\":106");
      socket.sendText("{\"id\":4,\"subscribe\":{\"channel\":\"chat/" + "x".repeat(300) + "\"}}");
      assertThat(next(socket)).contains("\"id\":4,\"error\":{\"code\":10");
    }
  }

  @Test
  void whoDoesNotAnswerAPingIsClosedAndMayComeBack() throws Exception {
    var impatient = CentrifugoConfig.DEFAULT.withPing(Duration.ofSeconds(1), Duration.ofSeconds(1));
    try (var rig = rig(impatient);
        var lively = connected(rig);
        var sleepy = connected(rig)) {
      assertThat(next(sleepy)).isEqualTo("{}");
      assertThat(next(lively)).isEqualTo("{}");
      lively.sendText("{}");

      assertThat(sleepy.awaitCloseCode(HubRig.PATIENCE)).isEqualTo(3012);
      assertThat(next(lively)).isEqualTo("{}");
    }
  }

  @Test
  void tokensAndRightsAreAskedFor() throws Exception {
    var tokens = new JwtVerifier(JwtKey.secret(Tokens.SECRET));
    var config =
        CentrifugoConfig.DEFAULT
            .withTokens(tokens)
            .withAccess((user, right, channel) -> right == Right.SUBSCRIBE && user.equals("ada"));
    var connect = "{\"id\":1,\"connect\":{\"token\":\"%s\"}}";
    try (var rig = rig(config);
        var none = rig.socket(Centrifugo.PATH);
        var expired = rig.socket(Centrifugo.PATH);
        var ada = rig.socket(Centrifugo.PATH);
        var eve = rig.socket(Centrifugo.PATH)) {
      none.sendText(CONNECT);
      assertThat(none.awaitCloseCode(HubRig.PATIENCE)).isEqualTo(3500);
      expired.sendText(connect.formatted(Tokens.of("{\"exp\":1}")));
      assertThat(next(expired)).contains("\"error\":{\"code\":109");

      ada.sendText(connect.formatted(Tokens.of("{\"sub\":\"ada\"}")));
      var _ = next(ada);
      ada.sendText("{\"id\":2,\"subscribe\":{\"channel\":\"chat/1\"}}");
      assertThat(next(ada)).contains("\"subscribe\":");
      ada.sendText("{\"id\":3,\"publish\":{\"channel\":\"chat/1\",\"data\":1}}");
      assertThat(next(ada)).contains("\"id\":3,\"error\":{\"code\":103");

      eve.sendText(connect.formatted(Tokens.of("{\"sub\":\"eve\"}")));
      var _ = next(eve);
      eve.sendText("{\"id\":2,\"subscribe\":{\"channel\":\"chat/1\"}}");
      assertThat(next(eve)).contains("\"id\":2,\"error\":{\"code\":103");
      var own = Tokens.of("{\"sub\":\"eve\",\"channel\":\"chat/1\"}");
      eve.sendText("{\"id\":3,\"subscribe\":{\"channel\":\"chat/2\",\"token\":\"" + own + "\"}}");
      assertThat(next(eve)).contains("\"id\":3,\"error\":{\"code\":103");
      eve.sendText("{\"id\":4,\"subscribe\":{\"channel\":\"chat/1\",\"token\":\"" + own + "\"}}");
      assertThat(next(eve)).contains("\"id\":4,\"subscribe\":");
    }
  }

  // ---- npm centrifuge

  private static final class Gate implements AutoCloseable {
    private final CountDownLatch latch = new CountDownLatch(1);

    String pass() throws InterruptedException {
      var _ = latch.await(HubRig.PATIENCE.toSeconds(), TimeUnit.SECONDS);
      return "go";
    }

    @Override
    public void close() {
      latch.countDown();
    }
  }

  private static HubRig rig(CentrifugoConfig config, Gate gate) {
    return new HubRig(
        TOPICS,
        (server, hub) ->
            server
                .get(Centrifugo.PATH, Centrifugo.on(hub, config).webSocket())
                .get("/go", _ -> gate.pass()));
  }

  private ChildProcess client(HubRig rig, String... more) throws IOException {
    var arguments = new ArrayList<String>();
    arguments.add("ws://" + rig.host() + Centrifugo.PATH);
    arguments.add("http://" + rig.host() + "/go");
    arguments.addAll(List.of(more));
    return Peers.node(folder, "centrifuge", CLIENT, arguments.toArray(String[]::new));
  }

  private static void await(ChildProcess client, String line) {
    var _ = client.awaitLine(line::equals, HubRig.PATIENCE);
  }

  @Test
  void theirOwnClientSubscribesPublishesAndLeaves() throws Exception {
    try (var gate = new Gate();
        var rig = rig(CentrifugoConfig.DEFAULT, gate);
        var client = client(rig)) {
      await(client, "SUBSCRIBED true false false");
      publish(rig, "chat/1", "\"publish\"");
      await(client, "GOT {\"from\":\"me\",\"lines\":\"a\\nb\"} 2");
      await(client, "REFUSED 102 unknown channel");
      await(client, "REFUSED 108 not available");
      publish(rig, "chat/1", "\"end\"");

      await(client, "DISCONNECTED 0 disconnect called");
      Eventually.await(
          HubRig.PATIENCE,
          () -> "still subscribed: " + client.tail(),
          () -> rig.hub.figures().subscriptions() == 0);
    }
  }

  @Test
  void theirOwnClientComesBackAndRecovers() throws Exception {
    try (var gate = new Gate();
        var rig = rig(CentrifugoConfig.DEFAULT, gate);
        var client = client(rig)) {
      await(client, "SUBSCRIBED true false false");
      publish(rig, "chat/1", "\"leave\"");
      await(client, "DISCONNECTED 0 disconnect called");
      for (int i = 1; i <= 8; i++) publish(rig, "chat/1", "" + i);
      gate.close();

      await(client, "SUBSCRIBED true true true");
      await(client, "GOT 8 9");
      assertThat(client.tail().stream().filter(line -> line.startsWith("GOT")))
          .containsExactly(
              "GOT \"leave\" 1",
              "GOT 1 2",
              "GOT 2 3",
              "GOT 3 4",
              "GOT 4 5",
              "GOT 5 6",
              "GOT 6 7",
              "GOT 7 8",
              "GOT 8 9");
    }
  }

  @Test
  void theirOwnClientIsToldWhatIsLost() throws Exception {
    try (var gate = new Gate();
        var rig = rig(CentrifugoConfig.DEFAULT, gate);
        var client = client(rig)) {
      await(client, "SUBSCRIBED true false false");
      publish(rig, "chat/1", "\"leave\"");
      await(client, "DISCONNECTED 0 disconnect called");
      for (int i = 1; i <= 30; i++) publish(rig, "chat/1", "" + i);
      gate.close();

      await(client, "SUBSCRIBED true true false");
      await(client, "GOT 30 31");
    }
  }

  @Test
  void theirOwnClientGivesUpWhenItsTokenIsNone() throws Exception {
    var config = CentrifugoConfig.DEFAULT.withTokens(new JwtVerifier(JwtKey.secret(Tokens.SECRET)));
    try (var gate = new Gate();
        var rig = rig(config, gate);
        var stranger = client(rig, "no.real.token")) {
      await(stranger, "DISCONNECTED 3500 invalid token");
      assertThat(stranger.awaitExit(HubRig.PATIENCE)).isZero();
    }
  }

  @Test
  void theirOwnClientIsLetInByItsToken() throws Exception {
    var config = CentrifugoConfig.DEFAULT.withTokens(new JwtVerifier(JwtKey.secret(Tokens.SECRET)));
    try (var gate = new Gate();
        var rig = rig(config, gate);
        var ada = client(rig, Tokens.of("{\"sub\":\"ada\"}"))) {
      await(ada, "SUBSCRIBED true false false");
    }
  }

  @Test
  void whoReadsMoreSlowlyThanTheLogTurnsIsClosedAsSlow() throws Exception {
    try (var rig = rig();
        var slow = connected(rig)) {
      slow.sendText("{\"id\":2,\"subscribe\":{\"channel\":\"chat/1\"}}");
      var _ = next(slow);
      var large = "\"" + "x".repeat(20_000) + "\"";
      for (int i = 0; i < 300; i++) publish(rig, "chat/1", large); // more than sockets and log hold

      assertThat(slow.awaitCloseCode(HubRig.PATIENCE)).isEqualTo(3008);
      assertThat(rig.hub.figures().cut()).isEqualTo(1);
    }
  }
}
