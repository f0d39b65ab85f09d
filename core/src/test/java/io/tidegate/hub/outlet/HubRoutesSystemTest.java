package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.Position;
import io.tidegate.hub.Publication;
import io.tidegate.hub.Published;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.TopicRule;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Rate;
import io.tidegate.server.ServerRig;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.WebSocketFrame;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HubRoutesSystemTest {
  private static final Duration PATIENCE = ServerRig.PATIENCE;

  private final Hub hub =
      Hub.open(
          HubConfig.DEFAULT
              .withBudget(new Budget(16 << 20, 8 << 20))
              .withTopic(
                  "log/*", new TopicKind.Log(256 << 10, 100, Duration.ofMinutes(10), 64 << 10))
              .withTopic("keyed", TopicKind.Keyed.DEFAULT)
              .withTopic("cam/*", TopicKind.Latest.DEFAULT)
              .withTopic(
                  TopicRule.of("slow", TopicKind.Log.DEFAULT)
                      .withPublishRate(new Rate(1, Duration.ofSeconds(30)))));

  private final HubRoutes routes = HubRoutes.of(hub);

  private ServerRig rig() {
    return rig(routes);
  }

  private static ServerRig rig(HubRoutes routes) {
    return new ServerRig(s ->
        s.post("/publish/{topic...}", routes.publish())
            .delete("/publish/{topic...}", routes.publish())
            .get("/events/{topic...}", routes.events())
            .get("/ws/{topic...}", routes.webSocket())
            .get("/pictures/{topic...}", routes.motionJpeg())
            .get("/picture/{topic...}", routes.snapshot()));
  }

  @AfterEach
  void nothingIsOnItsWayAnyMore() {
    ServerRig.await("on its way", () -> hub.figures().leftBytes() == 0);
    assertThat(hub.figures().subscriptions()).isZero();
    hub.close();
  }

  private static ChildProcess curl(String... arguments) throws IOException {
    var command = new ArrayList<>(List.of("curl", "-sN"));
    command.addAll(List.of(arguments));
    return ChildProcess.command(command, Map.of());
  }

  private void awaitSubscriptions(int count) {
    ServerRig.await("subscriptions", () -> hub.figures().subscriptions() == count);
  }

  private Position publish(String topic, String text) {
    return ((Published.Accepted) hub.publish(topic, Publication.text(text))).at();
  }

  private static HttpResponse<String> post(ServerRig rig, String path, String body, String type)
      throws Exception {
    return rig.send(
        HttpRequest.newBuilder(rig.uri(path))
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  // ---- publishing

  @Test
  void aPostIsAnsweredWithItsPositionOrWithTheReasonItWasRefused() throws Exception {
    try (var rig = rig()) {
      var accepted = post(rig, "/publish/log/a", "hello", "text/plain");

      assertThat(accepted.statusCode()).isEqualTo(202);
      assertThat(accepted.headers().firstValue("Tidegate-Position"))
          .hasValue(String.valueOf(hub.head("log/a")));
      assertThat(post(rig, "/publish/nowhere", "x", "text/plain").statusCode()).isEqualTo(404);
      assertThat(post(rig, "/publish/log/a", "x".repeat(70_000), "text/plain").statusCode())
          .isEqualTo(413);
      assertThat(post(rig, "/publish/slow", "x", "text/plain").statusCode()).isEqualTo(202);
      var limited = post(rig, "/publish/slow", "x", "text/plain");
      assertThat(limited.statusCode()).isEqualTo(429);
      assertThat(limited.headers().firstValue("Retry-After")).hasValue("30");
      assertThat(post(rig, "/publish/keyed", "x", "text/plain").statusCode()).isEqualTo(400);
      assertThat(post(rig, "/publish/keyed?key=k", "x", "text/plain").statusCode()).isEqualTo(202);
      var removal = HttpRequest.newBuilder(rig.uri("/publish/keyed?key=k")).DELETE();
      assertThat(rig.send(removal).statusCode()).isEqualTo(202);
    }
  }

  @Test
  void textThatIsNotUtf8IsRefusedForItWouldCutEveryBrowser() throws Exception {
    try (var rig = rig()) {
      var broken =
          HttpRequest.newBuilder(rig.uri("/publish/log/a"))
              .header("Content-Type", "text/plain")
              .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {'a', (byte) 0xff}));

      assertThat(rig.send(broken).statusCode()).isEqualTo(400);
      assertThat(hub.head("log/a")).isNull();
    }
  }

  @Test
  void aFullHubAnswers507() throws Exception {
    var config =
        HubConfig.DEFAULT
            .withBudget(new Budget(100_000, 1 << 20))
            .withTopic("*", new TopicKind.Log(64 << 10, 10, Duration.ofMinutes(1), 30 << 10));
    try (var full = Hub.open(config);
        var rig = rig(HubRoutes.of(full))) {
      var large = "x".repeat(30_000);
      for (int i = 0; i < 3; i++) {
        int status = post(rig, "/publish/t" + i, large, "text/plain").statusCode();
        assertThat(status).isEqualTo(202);
      }

      assertThat(post(rig, "/publish/last", large, "text/plain").statusCode()).isEqualTo(507);
    }
  }

  // ---- server-sent events

  @Test
  void curlReadsEventsAndGoesOnBehindTheLastThatItSaw() throws Exception {
    try (var rig = rig()) {
      var first = publish("log/a", "one");
      var second = publish("log/a", "two\nlines");
      try (var live = curl(rig.uri("/events/log/a").toString());
          var back = curl("-H", "Last-Event-ID: " + first, rig.uri("/events/log/a").toString())) {
        awaitSubscriptions(2);
        var third = publish("log/a", "three");

        var _ = live.awaitLine("data: three"::equals, PATIENCE);
        var _ = back.awaitLine("data: three"::equals, PATIENCE);
        assertThat(live.tail()).startsWith("id: " + second, "", "id: " + third, "data: three");
        assertThat(back.tail())
            .startsWith(
                "id: " + first,
                "",
                "id: " + second,
                "data: two",
                "data: lines",
                "",
                "id: " + third,
                "data: three");
      }
      awaitSubscriptions(0);
    }
  }

  @Test
  void aPositionThatIsNotKeptOrNotKnownIsToldAsAGap() throws Exception {
    try (var rig = rig()) {
      var first = publish("log/a", "m0");
      for (int i = 1; i < 151; i++) {
        var _ = publish("log/a", "m" + i);
      }
      var events = rig.uri("/events/log/a").toString();
      try (var late = curl("-H", "Last-Event-ID: " + first, events);
          var stranger = curl(events + "?resume=whatever")) {
        var _ = late.awaitLine("data: m150"::equals, PATIENCE);
        var _ = stranger.awaitLine("data: m150"::equals, PATIENCE);

        assertThat(late.tail())
            .containsSequence(
                "id: " + new Position(first.epoch(), 51),
                "event: gap",
                "data: {\"lost\":50,\"cause\":\"away\"}");
        assertThat(stranger.tail())
            .contains("data: {\"lost\":null,\"cause\":\"unknown-position\"}");
        assertThat(stranger.tail().stream().filter(line -> line.startsWith("data: m")))
            .hasSize(100);
      }
      awaitSubscriptions(0);
    }
  }

  @Test
  void aWishThatCannotBeFulfilledIsRefusedBeforeTheStreamBegins() throws Exception {
    try (var rig = rig()) {
      assertThat(rig.get("/events/nowhere").statusCode()).isEqualTo(404);
      assertThat(rig.get("/events/log/a?delivery=conflate").statusCode()).isEqualTo(400);
      assertThat(rig.get("/events/log/a?delivery=whatever").statusCode()).isEqualTo(400);
      assertThat(rig.get("/events/log/a?delivery=sampled").statusCode()).isEqualTo(400);
      assertThat(rig.get("/events/log/a?interval=x").statusCode()).isEqualTo(400);
      assertThat(rig.get("/events/log/a?from=whenever").statusCode()).isEqualTo(400);
      assertThat(rig.get("/picture/cam/1").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void anAuthorizerIsAskedForEachRight() throws Exception {
    var asked = new ArrayList<String>();
    Authorizer only =
        (call, right, topic) -> {
          synchronized (asked) {
            asked.add(right + " " + topic);
          }
          return right == Authorizer.Right.SUBSCRIBE && topic.equals("log/open");
        };
    try (var rig = rig(routes.withAuthorizer(only))) {
      assertThat(post(rig, "/publish/log/open", "x", "text/plain").statusCode()).isEqualTo(403);
      assertThat(rig.get("/events/log/closed").statusCode()).isEqualTo(403);
      assertThat(rig.get("/events/log/open?from=kept").statusCode()).isEqualTo(403);
      try (var open = curl(rig.uri("/events/log/open").toString())) {
        awaitSubscriptions(1);
        var _ = publish("log/open", "seen");
        var _ = open.awaitLine("data: seen"::equals, PATIENCE);
      }

      awaitSubscriptions(0);
      synchronized (asked) {
        assertThat(asked)
            .containsExactly(
                "PUBLISH log/open",
                "SUBSCRIBE log/closed",
                "SUBSCRIBE log/open",
                "REPLAY log/open",
                "SUBSCRIBE log/open");
      }
    }
  }

  // ---- WebSockets

  private static RawWebSocket open(ServerRig rig, String path) throws IOException {
    return RawWebSocket.open(rig.address(), "127.0.0.1:" + rig.address().getPort(), path);
  }

  private static String text(WebSocketFrame frame) {
    return new String(frame.payload(), UTF_8);
  }

  @Test
  void aWebSocketGetsMessagesAsTheyAre() throws Exception {
    try (var rig = rig();
        var socket = open(rig, "/ws/log/a")) {
      awaitSubscriptions(1);
      var _ = publish("log/a", "hello");
      var _ = hub.publish("log/a", Publication.binary(new byte[5_000]));

      var first = socket.read();
      var second = socket.read();

      assertThat(first.opcode()).isEqualTo(WebSocketFrame.TEXT);
      assertThat(text(first)).isEqualTo("hello");
      assertThat(second.opcode()).isEqualTo(WebSocketFrame.BINARY);
      assertThat(second.payload()).isEqualTo(new byte[5_000]);
    }
  }

  @Test
  void aWebSocketThatComesBackGoesOnBehindTheIdThatItSaw() throws Exception {
    try (var rig = rig()) {
      String id;
      try (var socket = open(rig, "/ws/log/a?ids=true")) {
        assertThat(text(socket.read())).matches("[0-9a-f]+-0 open");
        var at = publish("log/a", "one");
        var message = text(socket.read());
        assertThat(message).isEqualTo(at + "\none");
        id = message.substring(0, message.indexOf('\n'));
      }
      awaitSubscriptions(0);
      var missed = publish("log/a", "two");

      try (var socket = open(rig, "/ws/log/a?ids=true&resume=" + id)) {
        assertThat(text(socket.read())).isEqualTo(id + " open");
        assertThat(text(socket.read())).isEqualTo(missed + "\ntwo");
      }
      try (var socket = open(rig, "/ws/log/a?ids=true&resume=ffff-9")) {
        assertThat(text(socket.read())).isEqualTo("ffff-9 open");
        assertThat(text(socket.read())).endsWith("-0 gap unknown unknown-position");
        assertThat(text(socket.read())).endsWith("\none");
      }
    }
  }

  @Test
  void aSleeperCostsItsCursorAndAHealthyReaderSeesAll() throws Exception {
    int messages = 500;
    var payload = new byte[20_000];
    try (var rig = rig();
        var sleeper = open(rig, "/ws/log/a?ids=true");
        var healthy = open(rig, "/ws/log/a?ids=true&delivery=lossless")) {
      var _ = sleeper.read();
      var _ = healthy.read();
      awaitSubscriptions(2);
      long most = 0;
      for (int i = 1; i <= messages; i++) {
        var _ = hub.publish("log/a", Publication.binary(payload));
        assertThat(new String(healthy.read().payload(), UTF_8)).contains("-" + i + "\n");
        var figures = hub.figures();
        most = Math.max(most, figures.ringBytes() + figures.leftBytes());
      }

      assertThat(most).isLessThan((256 << 10) + 2 * 24_000);
      long lost = 0;
      long seen = 0;
      while (seen + lost < messages) {
        var bytes = sleeper.read().payload();
        var text = new String(bytes, 0, Math.min(60, bytes.length), UTF_8);
        var words = text.split("[ \n]", 4);
        if (words[1].equals("gap")) lost += Long.parseLong(words[2]);
        else seen++;
      }
      assertThat(lost).isGreaterThan(messages / 2);
      assertThat(seen + lost).isEqualTo(messages);
    }
  }

  @Test
  void aReaderThatWantsAllAndSleepsIsCutWithTheReason() throws Exception {
    try (var rig = rig();
        var sleeper = open(rig, "/ws/log/a?delivery=lossless")) {
      awaitSubscriptions(1);
      for (int i = 0; i < 500; i++) {
        var _ = hub.publish("log/a", Publication.binary(new byte[20_000]));
      }

      assertThat(sleeper.awaitCloseCode(PATIENCE)).isEqualTo(1008);
      assertThat(hub.figures().cut()).isEqualTo(1);
    }
  }

  // ---- pictures

  @Test
  void aViewerGetsWholePicturesAndASnapshotTheNewest() throws Exception {
    try (var rig = rig()) {
      for (int i = 1; i <= 3; i++) {
        var _ = hub.publish("cam/1", Publication.binary(("picture " + i).getBytes(UTF_8)));
      }
      var snapshot = rig.get("/picture/cam/1.jpg");
      try (var viewer = curl("-i", rig.uri("/pictures/cam/1.mjpg").toString())) {
        var _ = viewer.awaitLine(line -> line.strip().equals("picture 3"), PATIENCE);
        var _ = hub.publish("cam/1", Publication.binary("picture 4".getBytes(UTF_8)));
        var _ = viewer.awaitLine(line -> line.strip().equals("picture 4"), PATIENCE);

        assertThat(viewer.tail().stream().map(String::strip))
            .filteredOn(line -> !line.isEmpty())
            .containsSequence(
                "--picture",
                "Content-Type: image/jpeg",
                "picture 3",
                "--picture",
                "Content-Type: image/jpeg",
                "picture 4");
      }
      assertThat(snapshot.statusCode()).isEqualTo(200);
      assertThat(snapshot.headers().firstValue("Content-Type")).hasValue("image/jpeg");
      assertThat(snapshot.body()).isEqualTo("picture 3");
      awaitSubscriptions(0);
    }
  }

  @Test
  void aViewerThatSleepsHasTwoPicturesOnItsWayAtMost() throws Exception {
    try (var rig = rig();
        var sleeper = rig.raw()) {
      sleeper.send("GET /pictures/cam/1.mjpg HTTP/1.1\r\nHost: x\r\n\r\n");
      var _ = sleeper.head();
      awaitSubscriptions(1);
      for (int i = 0; i < 100; i++) {
        var _ = hub.publish("cam/1", Publication.binary(new byte[200_000]));
        var figures = hub.figures();
        assertThat(figures.ringBytes() + figures.leftBytes()).isLessThan(3 * 240_000);
      }
    }
    awaitSubscriptions(0);
  }

  @Test
  void whoAsksForSnapshotsAndReadsNoneKeepsNothingOfTheHubs() throws Exception {
    var sleepers = new ArrayList<HostilePeer>();
    try (var rig = rig()) {
      for (int i = 0; i < 10; i++) {
        var _ = hub.publish("cam/1", Publication.binary(new byte[400_000]));
        var sleeper = HostilePeer.openNarrow(rig.address(), 2_048);
        sleepers.add(sleeper);
        sleeper.send("GET /picture/cam/1.jpg HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(sleeper.readUntil("\r\n\r\n", ServerRig.PATIENCE)).contains(" 200 ");
      }
      var _ = hub.publish("cam/1", Publication.binary(new byte[1]));

      assertThat(hub.figures().leftBytes()).isZero();
      sleepers.forEach(HostilePeer::close);
    }
  }
}
