package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Balanced.class)
class TestOriginTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private final TestOrigin origin;
  private final RawHttp http;

  TestOriginTest() throws Exception {
    origin = TestOrigin.open();
    http = RawHttp.open(origin.address());
  }

  @AfterEach
  void stop() {
    http.close();
    origin.close();
  }

  private RawHead ask(String path) throws Exception {
    http.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return http.head();
  }

  private String text(RawHead head) throws Exception {
    return http.body(head, "GET").text();
  }

  @Test
  void bodiesByLengthByChunksAndByCloseAreThePattern() throws Exception {
    for (var path : new String[] {"/bytes/100001", "/chunked/100001", "/http10/100001"}) {
      var body = http.body(ask(path), "GET");
      var drained = body.drain();

      assertThat(drained.isPattern(100_001)).as(path).isTrue();
      assertThat(drained.sha256()).isEqualTo(Pattern.sha256(100_001));
    }
    assertThat(http.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
    assertThat(origin.log().requests()).isEqualTo(3);
    assertThat(origin.accepted()).isEqualTo(1);
  }

  @Test
  void aHeadRequestGetsNoBody() throws Exception {
    http.send("HEAD /bytes/1000 HTTP/1.1\r\nHost: a\r\n\r\n");
    var head = http.head();

    assertThat(head.first("content-length")).isEqualTo("1000");
    assertThat(http.body(head, "HEAD").drain().bytes()).isZero();
    assertThat(http.get("a", "/count/x").body()).isEqualTo("1");
  }

  @Test
  void echoStreamsBackWhatComesWhileItComes() throws Exception {
    http.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    http.sendChunk(Pattern.bytes(0, 10));
    var body = http.body(http.head(), "POST");
    assertThat(body.read(new byte[100])).isEqualTo(10);
    http.sendChunk(Pattern.bytes(10, 5));
    http.sendChunk(new byte[0]);

    assertThat(body.drain().bytes()).isEqualTo(15);

    http.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\nExpect: 100-continue\r\n\r\n");
    assertThat(http.head().status()).isEqualTo(100);
    var sender = Thread.ofVirtual().start(() -> sendPattern(300_000));
    assertThat(http.body(http.head(), "POST").drain().isPattern(300_000)).isTrue();
    sender.join();
  }

  private void sendPattern(long count) {
    try {
      http.sendPattern(count);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void requestsAreCountedPerIdAndTheirHeadsKeptAsTheyCame() throws Exception {
    http.send("POST /count/order-7 HTTP/1.1\r\nhOsT:  a\r\nContent-Length: 3\r\n\r\nabc");
    assertThat(text(http.head())).isEqualTo("1");
    assertThat(http.get("a", "/count/order-7").body()).isEqualTo("2");

    assertThat(origin.count("order-7")).isEqualTo(2);
    assertThat(origin.count("other")).isZero();
    assertThat(origin.log().heads().getFirst().raw())
        .isEqualTo("POST /count/order-7 HTTP/1.1\r\nhOsT:  a\r\nContent-Length: 3\r\n\r\n");
  }

  @Test
  void eventsCarryTheServersClockAtTheirInterval() throws Exception {
    var events = text(ask("/sse/30/3")).lines().filter(line -> line.startsWith("data: ")).toList();

    assertThat(events).hasSize(3);
    var first = Long.parseLong(events.get(0).substring(6));
    var last = Long.parseLong(events.get(2).substring(6));
    assertThat(last - first).isBetween(60_000_000L, 2_000_000_000L);
    assertThat(last).isLessThanOrEqualTo(System.nanoTime());
  }

  @Test
  void interimAnswersTrailersAndManyFieldsComeAsTheyAre() throws Exception {
    assertThat(ask("/103").status()).isEqualTo(103);
    assertThat(text(http.head())).isEqualTo("hinted");
    assertThat(ask("/100-headers").fields()).hasSize(100);
    assertThat(http.read(7)).asString().isEqualTo("hundred");
    var trailed = http.body(ask("/trailers"), "GET");
    assertThat(trailed.text()).isEqualTo("hello");
    assertThat(trailed.trailers()).containsExactly(new RawHead.Field("X-Sum", "532"));
    assertThat(text(ask("/extra-byte"))).isEqualTo("hello");
    assertThat(http.read(1)).asString().isEqualTo("!");
    assertThat(ask("/status/204").status()).isEqualTo(204);
    assertThat(ask("/keep-alive/3").first("Keep-Alive")).isEqualTo("timeout=3");
  }

  @Test
  void lateIsSilentFirstAndASlowHeadTrickles() throws Exception {
    http.send("GET /late/150 HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(http.silentFor(Duration.ofMillis(60))).isTrue();
    assertThat(text(http.head())).isEqualTo("late");
    var start = System.nanoTime();
    http.send("GET /slow-head/200 HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(http.read(1)).asString().isEqualTo("H");
    assertThat(http.read(1)).asString().isEqualTo("T");
    assertThat(text(http.head())).isEqualTo("slow");

    assertThat(Wire.since(start)).isGreaterThan(Duration.ofMillis(100));
  }

  @Test
  void truncatedAndResetAnswersNeverLookComplete() throws Exception {
    var drained = http.body(ask("/truncated/1000"), "GET").drain();

    assertThat(drained.complete()).isFalse();
    assertThat(drained.bytes()).isEqualTo(1_000);
    try (var second = RawHttp.open(origin.address())) {
      second.send("GET /reset/10 HTTP/1.1\r\n\r\n");
      assertThat(second.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
    }
  }

  @Test
  void aClientsEndIsSeenAtOnceWhileAnAnswerIsAwaited() throws Exception {
    http.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
    Eventually.await(SOON, () -> "the request", () -> origin.log().requests() == 1);
    assertThat(origin.openConnections()).isEqualTo(1);
    var before = System.nanoTime();
    http.abort();

    var closing = origin.log().awaitClosing(it -> it.target().equals("/never"), SOON);

    assertThat(closing.how()).isEqualTo(Cut.End.RESET);
    assertThat(closing.nanos() - before).isBetween(0L, 3_000_000_000L);
    assertThat(origin.openConnections()).isZero();
  }

  @Test
  void idleConnectionsAreClosedAfterTheKeepAliveThatIsSet() throws Exception {
    origin.keepAlive(Duration.ofMillis(100));
    var before = System.nanoTime();
    assertThat(http.get("a", "/bytes/3").status()).isEqualTo(200);

    var cut = http.awaitCut(SOON);

    assertThat(cut.end()).isEqualTo(Cut.End.FIN);
    assertThat(Wire.since(before)).isGreaterThanOrEqualTo(Duration.ofMillis(100));
    assertThat(origin.log().awaitClosing(it -> true, SOON).how()).isEqualTo(Cut.End.OPEN);
  }

  @Test
  void afterCloseThePortRefusesAndIdleClientsHaveSeenTheEnd() throws Exception {
    assertThat(http.get("a", "/bytes/3").status()).isEqualTo(200);
    var address = origin.address();

    origin.close();

    assertThatThrownBy(() -> RawHttp.open(address)).isInstanceOf(java.net.ConnectException.class);
    assertThat(http.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
  }

  @Test
  void aPathMayAnswerAnyBytesAtAll() throws Exception {
    origin.answer("/odd", "HTTP/1.1 200\r\nX : y\r\n\r\n");
    origin.on("/own", exchange -> exchange.write("HTTP/1.1 299 Own\r\nContent-Length: 0\r\n\r\n"));

    assertThat(ask("/odd?q=1").raw()).isEqualTo("HTTP/1.1 200\r\nX : y\r\n\r\n");
    assertThat(ask("/own").status()).isEqualTo(299);
    assertThat(ask("/nowhere").status()).isEqualTo(404);
  }
}
