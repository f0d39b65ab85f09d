package io.tidegate.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.net.CutReason;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import io.tidegate.server.Answer;
import io.tidegate.server.ServerRig;
import io.tidegate.testkit.Browser;
import io.tidegate.testkit.RawBody;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawHttp2;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class EventStreamSystemTest {
  private static final String GET = "GET /events HTTP/1.1\r\nHost: x\r\n\r\n";

  private static String read(RawBody body, int bytes) throws IOException {
    var text = new StringBuilder();
    var piece = new byte[bytes];
    while (text.length() < bytes) {
      int read = body.read(piece);
      if (read < 0) break;
      text.append(new String(piece, 0, read, StandardCharsets.UTF_8));
    }
    return text.toString();
  }

  @Test
  void anEventGoesOverTheWireAsTheStandardWritesIt() throws Exception {
    var expected = ":\n\nevent: tick\nid: 7\nretry: 2000\ndata: one\ndata: two\n\ndata: three\n\n";
    try (var rig =
            new ServerRig(s ->
                s.get(
                    "/events",
                    _ ->
                        EventStream.answer(
                            Slow.close(),
                            events -> {
                              var _ =
                                  events.send(
                                      Event.of("one\ntwo")
                                          .withName("tick")
                                          .withId("7")
                                          .withRetry(Duration.ofSeconds(2)));
                              var _ = events.send(Event.of("three"));
                              events.close();
                            })));
        var peer = rig.raw()) {
      peer.send(GET);
      var head = peer.head();

      assertThat(head.first("Content-Type")).isEqualTo("text/event-stream");
      assertThat(peer.body(head, "GET").text()).isEqualTo(expected);
      assertThatThrownBy(() -> Event.of("x").withId("1\ndata: forged"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void aStreamLivesOnBehindItsHandlerAndEndsWithItsPeer() throws Exception {
    var opened = new CompletableFuture<EventStream>();
    try (var rig =
        new ServerRig(
            s -> s.get("/events", _ -> EventStream.answer(Slow.close(), opened::complete)))) {
      RawHttp peer = rig.raw();
      peer.send(GET);
      var body = peer.body(peer.head(), "GET");
      var events = opened.get(10, TimeUnit.SECONDS);

      assertThat(events.send(Event.of("later")).isTaken()).isTrue();
      assertThat(read(body, 16)).isEqualTo(":\n\ndata: later\n\n");
      peer.close();

      assertThat(events.over().toCompletableFuture().get(10, TimeUnit.SECONDS))
          .isEqualTo(CutReason.PEER_GONE);
      assertThat(events.send(Event.of("too late"))).isInstanceOf(Sent.Closed.class);
    }
  }

  @Test
  void aLoopOfEventsEndsAtOnceWhenThePeerHasGone() throws Exception {
    var ended = new CompletableFuture<Boolean>();
    try (var rig =
        new ServerRig(s ->
            s.get(
                "/events",
                _ ->
                    EventStream.answer(
                        Slow.close(),
                        events -> {
                          while (events.await(Duration.ofMinutes(1))) {
                            var _ = events.send(Event.of("minute"));
                          }
                          var _ = ended.complete(true);
                        })))) {
      RawHttp peer = rig.raw();
      peer.send(GET);
      var _ = peer.head();
      peer.close();

      assertThat(ended.get(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void aPeerThatDoesNotReadHoldsItsBoundAndMissesTheOldest() throws Exception {
    var opened = new CompletableFuture<EventStream>();
    try (var rig =
        new ServerRig(
            s -> s.get("/events", _ -> EventStream.answer(Slow.dropOldest(), opened::complete)))) {
      RawHttp peer = rig.raw();
      peer.send(GET);
      var _ = peer.head();
      var events = opened.get(10, TimeUnit.SECONDS);
      var kilobyte = "x".repeat(1_000);
      int published = 20_000;

      for (int i = 0; i < published; i++) {
        assertThat(events.send(Event.of(kilobyte)).isTaken()).isTrue();
        assertThat(events.waitingBytes()).isLessThanOrEqualTo(EventStream.MOST_WAITING_BYTES);
      }

      assertThat(events.dropped()).isGreaterThan(10_000);
      peer.close();
    }
  }

  @Test
  void aBrowserReconnectsAndTellsTheLastEventThatItSaw() throws Exception {
    var ids = new CopyOnWriteArrayList<String>();
    var page =
        "<script>window.seen=[];let s=new EventSource('/events');"
            + "s.onmessage=e=>window.seen.push(e.lastEventId+e.data)</script>";
    try (var rig =
            new ServerRig(s ->
                s.get("/", _ -> Answer.html(page))
                    .get(
                        "/events",
                        _ ->
                            EventStream.answer(
                                Slow.close(),
                                events -> {
                                  ids.add("" + events.lastEventId());
                                  var next = ids.size();
                                  var _ =
                                      events.send(
                                          Event.of("!")
                                              .withId("" + next)
                                              .withRetry(Duration.ofMillis(100)));
                                  if (next < 3) events.close();
                                })));
        var browser = Browser.open()) {
      browser.visit(rig.uri("/").toString());

      browser.await("window.seen.length === 3");

      assertThat(browser.evaluate("window.seen.join()")).contains("1!,2!,3!");
      assertThat(ids).startsWith("null", "1", "2");
    }
  }

  /// In its own words, and long before it would be cut.
  @Test
  void aServerThatClosesEndsItsStreams() throws Exception {
    var opened = new CompletableFuture<EventStream>();
    var ended = new CompletableFuture<Boolean>();
    try (var rig =
            new ServerRig(s ->
                s.grace(Duration.ofSeconds(30))
                    .get(
                        "/events",
                        _ ->
                            EventStream.answer(
                                Slow.close(),
                                events -> {
                                  var _ = events.send(Event.of("last"));
                                  opened.complete(events);
                                  while (events.await(Duration.ofMinutes(1))) {}
                                  ended.complete(true);
                                })));
        var peer = rig.raw()) {
      peer.send(GET);
      var body = peer.body(peer.head(), "GET");
      var events = opened.get(10, TimeUnit.SECONDS);

      long began = System.nanoTime();
      rig.server.close();

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(10));
      assertThat(body.text()).isEqualTo(":\n\ndata: last\n\n");
      assertThat(ended).isCompletedWithValue(true);
      assertThat(events.over().toCompletableFuture()).isCompletedWithValue(CutReason.CLOSING);
    }
  }

  @Test
  void aServerThatClosesEndsItsStreamsOfHttp2() throws Exception {
    try (var rig =
            new ServerRig(s ->
                s.grace(Duration.ofSeconds(30))
                    .get("/events", _ -> EventStream.answer(Slow.close(), _ -> {})));
        var peer = RawHttp2.open(rig.address())) {
      peer.get(1, "/events");
      assertThat(peer.await(frame -> frame.type() == RawHttp2.HEADERS).status()).isEqualTo(200);
      var closing = Thread.ofVirtual().start(rig.server::close);

      assertThat(peer.await(frame -> frame.type() == RawHttp2.DATA && frame.ends()).stream())
          .isEqualTo(1);
      assertThat(closing.join(Duration.ofSeconds(10))).isTrue();
    }
  }

  @Test
  void aServerThatClosesEndsItsPictures() throws Exception {
    var camera = new LatestFrame();
    camera.publish(new byte[1_000]);
    try (var rig =
            new ServerRig(s -> s.grace(Duration.ofSeconds(30)).get("/cam", camera.motion()));
        var peer = rig.raw()) {
      peer.send("GET /cam HTTP/1.1\r\nHost: x\r\n\r\n");
      var body = peer.body(peer.head(), "GET");
      assertThat(read(body, 1_000)).isNotEmpty();
      var closing = Thread.ofVirtual().start(rig.server::close);

      assertThat(body.drain().complete()).isTrue();
      assertThat(closing.join(Duration.ofSeconds(10))).isTrue();
      assertThat(camera.viewers()).isZero();
    }
  }
}
