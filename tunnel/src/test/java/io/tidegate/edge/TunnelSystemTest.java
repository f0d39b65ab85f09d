package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.agent.AgentConfig;
import io.tidegate.ledger.Purse;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Pattern;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The tunnel end to end over real sockets: visitor, edge, link, agent, app.
@ExtendWith(Balanced.class)
class TunnelSystemTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @ParameterizedTest
  @EnumSource(
      value = AgentConfig.Wire.class,
      names = {"RAW", "WEBSOCKET"})
  void aVisitorSeesTheAppUnderTheTunnelsName(AgentConfig.Wire wire) throws IOException {
    try (var rig = TunnelRig.open(UnaryOperator.identity(), agent -> agent.withWire(wire), 2);
        var visitor = rig.visit()) {
      var answer = visitor.get(rig.host(), "/bytes/13");

      assertThat(answer.head().status()).isEqualTo(200);
      assertThat(answer.body().getBytes(StandardCharsets.ISO_8859_1))
          .isEqualTo(Pattern.bytes(0, 13));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bytes,0",
    "bytes,13",
    "bytes,100000",
    "bytes,10000000",
    "chunked,0",
    "chunked,13",
    "chunked,100000",
    "chunked,10000000",
    "http10,100000"
  })
  void downloadsArriveByteForByte(String kind, long bytes) throws IOException {
    try (var rig = TunnelRig.open();
        var visitor = rig.visit()) {
      visitor.send("GET /" + kind + "/" + bytes + " HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");

      var body = visitor.body(visitor.finalHead(), "GET").drain();

      assertThat(body.bytes()).isEqualTo(bytes);
      assertThat(body.firstOffPattern()).isNegative();
      assertThat(body.complete()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 13, 100_000, 10_000_000})
  void uploadsComeBackByteForByte(long bytes) throws Exception {
    try (var rig = TunnelRig.open();
        var visitor = rig.visit()) {
      visitor.send(
          "POST /echo HTTP/1.1\r\nHost: "
              + rig.host()
              + "\r\nContent-Length: "
              + bytes
              + "\r\n\r\n");
      var sending = Thread.ofVirtual().start(() -> send(visitor, bytes));

      var body = visitor.body(visitor.finalHead(), "POST").drain();
      sending.join();

      assertThat(body.bytes()).isEqualTo(bytes);
      assertThat(body.firstOffPattern()).isNegative();
    }
  }

  private static void send(RawHttp visitor, long bytes) {
    try {
      visitor.sendPattern(bytes);
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  @Test
  @Tag("long")
  void aGigabyteDownAndAGigabyteUpArriveByteForByte() throws Exception {
    downloadsArriveByteForByte("bytes", 1_000_000_000);
    downloadsArriveByteForByte("chunked", 1_000_000_000);
    uploadsComeBackByteForByte(1_000_000_000);
  }

  @Test
  void aThousandRequestsOnOneConnectionAreAnsweredInOrder() throws IOException {
    try (var rig = TunnelRig.open();
        var visitor = rig.visit()) {
      for (int i = 1; i <= 900; i++) {
        assertThat(visitor.get(rig.host(), "/bytes/" + i).body()).hasSize(i);
      }
    }
  }

  @Test
  void everyRequestReachesTheAppOnceWhateverTheMethod() throws IOException {
    try (var rig = TunnelRig.open();
        var visitor = rig.visit()) {
      for (int i = 0; i < 50; i++) {
        visitor.send(
            "POST /count/posts HTTP/1.1\r\nHost: "
                + rig.host()
                + "\r\nContent-Length: 2\r\n\r\nhi");
        assertThat(visitor.body(visitor.finalHead(), "POST").drain().complete()).isTrue();
        assertThat(visitor.get(rig.host(), "/count/gets").head().status()).isEqualTo(200);
      }

      assertThat(rig.origin.count("posts")).isEqualTo(50);
      assertThat(rig.origin.count("gets")).isEqualTo(50);
    }
  }

  @Test
  void anEventIsSeenWithin50Milliseconds() throws IOException {
    try (var rig = TunnelRig.open();
        var visitor = rig.visit()) {
      visitor.send(
          "GET /sse/50/40 HTTP/1.1\r\nHost: "
              + rig.host()
              + "\r\nAccept: text/event-stream\r\n\r\n");
      var body = visitor.body(visitor.finalHead(), "GET");
      var late = new ArrayList<Long>();
      var buffer = new byte[4096];

      for (int n = body.read(buffer); n > 0; n = body.read(buffer)) {
        long now = System.nanoTime();
        for (var line : new String(buffer, 0, n, StandardCharsets.UTF_8).lines().toList()) {
          if (line.startsWith("data:")) late.add(now - Long.parseLong(line.substring(5).trim()));
        }
      }

      assertThat(late).hasSizeGreaterThan(30);
      assertThat(late.stream().sorted().toList().get(late.size() / 2))
          .isLessThan(Duration.ofMillis(50).toNanos());
    }
  }

  @Test
  void webSocketFramesPassBothWaysUnchanged() throws IOException {
    try (var rig = TunnelRig.open();
        var socket = RawWebSocket.open(rig.address(), rig.host(), "/ws")) {
      socket.sendText("héllo");
      assertThat(socket.read().text()).isEqualTo("héllo");
      socket.sendBinary(Pattern.bytes(0, 70_000));
      assertThat(socket.read().payload()).isEqualTo(Pattern.bytes(0, 70_000));
      socket.sendPing(new byte[] {1, 2, 3});
      assertThat(socket.read().payload()).isEqualTo(new byte[] {1, 2, 3});
      socket.sendClose(4321, "bye");

      assertThat(socket.awaitCloseCode(SOON)).isEqualTo(4321);
    }
  }

  @Test
  void aVisitorThatLeavesInTheMiddleOfEventsIsGoneFromTheAppWithin100Milliseconds()
      throws IOException {
    try (var rig = TunnelRig.open()) {
      var visitor = rig.visit();
      visitor.send("GET /sse/10 HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
      assertThat(visitor.finalHead().status()).isEqualTo(200);
      var _ = visitor.read(64);

      long left = System.nanoTime();
      visitor.close();
      var closing = rig.origin.log().awaitClosing(end -> end.target().startsWith("/sse"), SOON);

      assertThat(Duration.ofNanos(closing.nanos() - left)).isLessThan(Duration.ofMillis(100));
    }
  }

  @Test
  void theEdgeSaysWhyItCannotServe() throws IOException {
    try (var rig = TunnelRig.open();
        var visitor = rig.visit()) {
      var unknown = visitor.get(rig.host("nobody"), "/");
      assertThat(unknown.head().status()).isEqualTo(404);
      assertThat(unknown.head().first("Tidegate-Error")).isEqualTo("unknown_name");

      rig.agents.removeFirst().close();
      Eventually.await(SOON, () -> "offline", () -> status(rig, rig.host()) == 503);
    }
  }

  private static int status(TunnelRig rig, String host) {
    try (var visitor = rig.visit()) {
      return visitor.get(host, "/bytes/13").head().status();
    } catch (IOException failed) {
      return -1;
    }
  }

  /// As webpack 4, Django, Vite and Rails say it; said on once, and the page passes unchanged.
  @ParameterizedTest
  @CsvSource({
    "200, Invalid Host header",
    "400, <title>DisallowedHost at /</title>",
    "403, Blocked request. This host (\"demo.localhost\") is not allowed.",
    "403, Blocked hosts: demo.localhost"
  })
  void anAppThatRefusesTheHostIsRecognisedByItsPageAtAnyStatus(int status, String page)
      throws IOException {
    for (var hostHeader : List.of("", "rewrite")) {
      try (var rig =
              TunnelRig.open(
                  UnaryOperator.identity(), agent -> agent.withHostHeader(hostHeader), 2);
          var visitor = rig.visit()) {
        rig.origin.answer(
            "/",
            "HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s".formatted(status, page.length(), page));

        for (int i = 0; i < 2; i++) assertThat(visitor.get(rig.host(), "/").body()).isEqualTo(page);

        assertThat(rig.heard.hostRefusals).hasValue(hostHeader.isEmpty() ? 1 : 0);
      }
    }
  }

  @Test
  void anAppThatIsDownIs502AndNoByteReachedIt() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 2)) {
      rig.origin.close();
      var _ = rig.expose("demo", UnaryOperator.identity());
      try (var visitor = rig.visit()) {
        var answer = visitor.get(rig.host(), "/");

        assertThat(answer.head().status()).isEqualTo(502);
        assertThat(answer.head().first("Tidegate-Error")).isEqualTo("app_refused");
      }
    }
  }

  @Test
  void aSilentAppIs504AtTheAnswerTimeout() throws IOException {
    try (var rig =
            TunnelRig.open(
                edge -> edge.withAnswerTimeout(Duration.ofSeconds(1)),
                UnaryOperator.identity(),
                2);
        var visitor = rig.visit()) {
      var answer = visitor.get(rig.host(), "/never");

      assertThat(answer.head().status()).isEqualTo(504);
      assertThat(answer.head().first("Tidegate-Error")).isEqualTo("app_silent");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/truncated/50000", "/reset/50000"})
  void aBrokenAnswerNeverLooksComplete(String path) throws IOException {
    try (var rig = TunnelRig.open();
        var visitor = rig.visit()) {
      visitor.send("GET " + path + " HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");

      boolean complete;
      try {
        complete = visitor.body(visitor.finalHead(), "GET").drain().complete();
      } catch (IOException cut) {
        complete = false;
      }

      assertThat(complete).isFalse();
    }
  }

  @Test
  void aByteTooManyIsNeverSeenByTheNextVisitor() throws IOException {
    try (var rig = TunnelRig.open()) {
      for (int i = 0; i < 20; i++) {
        try (var visitor = rig.visit()) {
          assertThat(visitor.get(rig.host(), "/extra-byte").head().status()).isEqualTo(200);
          assertThat(visitor.get(rig.host(), "/bytes/13").body()).hasSize(13);
        }
      }
    }
  }

  @Test
  void awkwardAnswersPass() throws IOException {
    try (var rig = TunnelRig.open();
        var visitor = rig.visit()) {
      assertThat(visitor.get(rig.host(), "/100-headers").head().fields()).hasSizeGreaterThan(90);

      visitor.send("GET /103 HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
      assertThat(visitor.head().status()).isEqualTo(103);
      assertThat(visitor.body(visitor.finalHead(), "GET").drain().complete()).isTrue();

      visitor.send("GET /trailers HTTP/1.1\r\nHost: " + rig.host() + "\r\nTE: trailers\r\n\r\n");
      var body = visitor.body(visitor.finalHead(), "GET");
      assertThat(body.drain().complete()).isTrue();
      assertThat(body.trailers()).isNotEmpty();
    }
  }

  @Test
  void stalledVisitorsHoldOnlyTheirFloorsAndOthersAreServedAtOnce() throws IOException {
    try (var rig = TunnelRig.open()) {
      long before = TunnelRig.held(rig.edgeLoops, Purse.DIRECT);
      var stalled = new ArrayList<RawHttp>();
      for (int i = 0; i < 64; i++) {
        var visitor = rig.visit();
        visitor.send("GET /bytes/10000000 HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
        stalled.add(visitor);
      }
      Eventually.await(
          SOON, () -> "64 requests at the app", () -> rig.origin.log().requests() >= 64);

      try (var visitor = rig.visit()) {
        assertThat(visitor.get(rig.host(), "/bytes/100000").body()).hasSize(100_000);
      }
      long grown = TunnelRig.held(rig.edgeLoops, Purse.DIRECT) - before;
      for (var visitor : stalled) visitor.abort();

      // the windows of stalled streams stay at their floor of 24 KiB unless the kernel took four of
      // them
      assertThat(grown).isLessThan(64L * 24 * 1024 * 4 + (5L << 20));
      Eventually.await(
          SOON,
          () -> "still held: " + TunnelRig.held(rig.edgeLoops, Purse.DIRECT),
          () -> TunnelRig.held(rig.edgeLoops, Purse.DIRECT) <= before + 64 * 1024);
    }
  }

  @Test
  void aNameBelongsToItsKeyAndTheNewestSessionWins() throws IOException {
    try (var rig = TunnelRig.open()) {
      var _ = rig.expose("demo", UnaryOperator.identity());

      Eventually.await(
          SOON, () -> "superseded: " + rig.heard.ends, () -> rig.heard.ends.size() == 1);
      assertThat(rig.heard.ends.getFirst()).startsWith("SUPERSEDED");
      assertThat(status(rig, rig.host())).isEqualTo(200);
    }
  }

  @Test
  void aWrongTokenEndsTheAgentWithAReason() throws IOException {
    try (var rig = TunnelRig.bare(UnaryOperator.identity(), 1)) {
      var wrong = rig.agentConfig("demo").withToken("wrong");

      var agent = io.tidegate.agent.Agent.start(rig.agentLoops, wrong, rig.heard);

      Eventually.await(SOON, () -> "an end", () -> !rig.heard.ends.isEmpty());
      assertThat(rig.heard.ends.getFirst()).startsWith("TOKEN").contains("401");
      agent.close();
    }
  }

  @Test
  void theAgentHearsOfEveryRequest() throws IOException {
    try (var rig = TunnelRig.open();
        var visitor = rig.visit()) {
      assertThat(visitor.get(rig.host(), "/bytes/13?x=1").head().status()).isEqualTo(200);

      Eventually.await(SOON, () -> "an exchange", () -> !rig.heard.exchanges.isEmpty());
      var exchange = rig.heard.exchanges.getFirst();
      assertThat(exchange.method()).isEqualTo("GET");
      assertThat(exchange.target()).isEqualTo("/bytes/13?x=1");
      assertThat(exchange.status()).isEqualTo(200);
      assertThat(exchange.answerEnded() - exchange.answerBegan()).isPositive();
    }
  }

  @Test
  void everythingIsGivenBackWhenVisitorsAndAgentsAreGone() throws IOException {
    try (var rig = TunnelRig.open()) {
      for (int i = 0; i < 20; i++) {
        try (var visitor = rig.visit()) {
          assertThat(visitor.get(rig.host(), "/bytes/100000").body()).hasSize(100_000);
        }
      }
      rig.agents.removeFirst().close();

      Eventually.await(
          SOON,
          () -> io.tidegate.ledger.Census.of(rig.edgeLoops.root()).toString(),
          () ->
              TunnelRig.held(rig.edgeLoops, Purse.DIRECT) == 0
                  && rig.edgeLoops.unfilledBytes() == 0);
      Eventually.await(
          SOON,
          () -> io.tidegate.ledger.Census.of(rig.agentLoops.root()).toString(),
          () -> TunnelRig.held(rig.agentLoops, Purse.DIRECT) == 0);
    }
  }

  @Test
  void linksAreReplacedWhenTheirTimeIsUpAndNoRequestNoticesIt() throws IOException {
    try (var rig =
            TunnelRig.open(
                edge -> edge.withLinkLifetime(Duration.ofMillis(700)),
                UnaryOperator.identity(),
                1);
        var visitor = rig.visit()) {
      var first = links(rig);
      long until = System.nanoTime() + Duration.ofSeconds(4).toNanos();

      int requests = 0;
      for (; System.nanoTime() < until && requests < 900; requests++) {
        assertThat(visitor.get(rig.host(), "/late/2").head().status()).isEqualTo(200);
      }

      assertThat(links(rig)).isNotEqualTo(first);
      assertThat(rig.heard.ends).isEmpty();
      assertThat(rig.heard.urls).hasSize(1);
      assertThat(rig.origin.log().requests()).isEqualTo(requests);
    }
  }

  private static String links(TunnelRig rig) {
    var text = new StringBuilder();
    for (var session : rig.edge.sessions()) text.append(session.linkNames());
    return text.toString();
  }

  @Test
  void aTunnelServesEveryoneFromTheMomentItIsUp() throws IOException {
    for (int round = 0; round < 5; round++) {
      try (var rig = TunnelRig.open()) {
        for (int i = 0; i < 100; i++) {
          assertThat(status(rig, rig.host()))
              .as("round " + round + ", request " + i)
              .isEqualTo(200);
        }
      }
    }
  }
}
