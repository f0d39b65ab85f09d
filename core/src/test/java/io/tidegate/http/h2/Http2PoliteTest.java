package io.tidegate.http.h2;

import static io.tidegate.testkit.RawHttp2.CONTINUATION;
import static io.tidegate.testkit.RawHttp2.DATA;
import static io.tidegate.testkit.RawHttp2.END_HEADERS;
import static io.tidegate.testkit.RawHttp2.END_STREAM;
import static io.tidegate.testkit.RawHttp2.GOAWAY;
import static io.tidegate.testkit.RawHttp2.HEADERS;
import static io.tidegate.testkit.RawHttp2.PING;
import static io.tidegate.testkit.RawHttp2.PROTOCOL_ERROR;
import static io.tidegate.testkit.RawHttp2.REFUSED_STREAM;
import static io.tidegate.testkit.RawHttp2.RST_STREAM;
import static io.tidegate.testkit.RawHttp2.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpRig;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.FakeTicker;
import io.tidegate.testkit.RawHttp2;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Peers of HTTP/2 that do much of what is allowed, as clients in use do: no guard cuts them.
class Http2PoliteTest {
  private static final String HOST = "test.localhost";
  private static final int INITIAL_WINDOW_SIZE = 4;

  private final FakeTicker clock = new FakeTicker();
  private HttpRig rig;

  @BeforeEach
  void open() {
    rig =
        HttpRig.of(
            loops ->
                new Http2Stage(loops, HttpLimits.DEFAULT, Http2Limits.DEFAULT, new Answering()),
            config -> config,
            clock);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private static void assertServed(RawHttp2 peer, int stream) throws IOException {
    peer.get(stream, "/");
    assertThat(peer.awaitReset(stream)).as("ends in order").isEqualTo(-1);
  }

  /// As Go's client reads a file that is smaller than its window: all in one go, with credit for
  /// each 4 KiB that its user takes.
  @Test
  void creditBehindTheEndOfAnAnswerIsInOrder() throws Exception {
    int bytes = 256 * 1024;
    int step = 4 * 1024;
    try (var peer = RawHttp2.open(rig.address(), INITIAL_WINDOW_SIZE, 1 << 20)) {
      peer.sendWord(WINDOW_UPDATE, 0, 1 << 20);
      for (int i = 0; i < 30; i++) {
        int stream = 2 * i + 1;
        peer.get(stream, "/bytes/" + bytes);
        assertThat(peer.awaitReset(stream)).as("ends in order").isEqualTo(-1);
        for (int taken = 0; taken < bytes; taken += step)
          peer.sendWord(WINDOW_UPDATE, stream, step);
        peer.sendWord(WINDOW_UPDATE, 0, bytes);
      }

      assertServed(peer, 101);
    }
  }

  @Test
  void moreCreditBehindTheEndThanWasSentIsAFlood() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      assertServed(peer, 1);
      for (int i = 0; i < 2_000; i++) peer.sendWord(WINDOW_UPDATE, 1, 4_096);

      assertThat(peer.awaitGoAway()).isEqualTo(RawHttp2.ENHANCE_YOUR_CALM);
      rig.awaitCut(CutReason.FLOOD, 1);
    }
  }

  /// As a client that streams its body and is answered early.
  @Test
  void dataThatIsOnItsWayWhenItsStreamIsResetIsInOrder() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      var all = new ByteArrayOutputStream();
      var request = RawHttp2.request("POST", HOST, "/nocontent");
      all.writeBytes(RawHttp2.frame(HEADERS, END_HEADERS, 1, request));
      for (int i = 0; i < 1_100; i++) all.writeBytes(RawHttp2.frame(DATA, 0, 1, new byte[14]));
      peer.sendRaw(all.toByteArray());

      assertThat(peer.await(frame -> frame.type() == HEADERS).status()).isEqualTo(204);
      assertServed(peer, 3);
    }
  }

  @Test
  void moreDataThanAStreamThatIsResetHadCreditForIsAFlood() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      peer.send(HEADERS, END_HEADERS, 1, RawHttp2.request("POST", HOST, "/nocontent"));
      for (int i = 0; i < 2_000; i++) peer.send(DATA, 0, 1, new byte[200]);

      assertThat(peer.awaitGoAway()).isEqualTo(RawHttp2.ENHANCE_YOUR_CALM);
      rig.awaitCut(CutReason.FLOOD, 1);
    }
  }

  @Test
  void whoWaitsForOur100IsNotTooSlow() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      peer.send(
          HEADERS,
          END_HEADERS,
          1,
          RawHttp2.request("POST", HOST, "/", "expect", "100-continue", "content-length", "5"));
      peer.send(
          HEADERS, END_HEADERS, 3, RawHttp2.request("POST", HOST, "/", "content-length", "5"));
      rig.settle();
      for (int i = 0; i < 30; i++) rig.advance(clock, Duration.ofSeconds(1));

      var answer = peer.await(frame -> frame.type() == HEADERS);
      assertThat(answer.stream()).isEqualTo(3);
      assertThat(answer.status()).isEqualTo(408);
      peer.send(DATA, END_STREAM, 1, "hello".getBytes(StandardCharsets.US_ASCII));
      assertThat(peer.await(frame -> frame.type() == HEADERS).status()).isEqualTo(200);
    }
  }

  /// As gRPC measures the window that it needs.
  @Test
  void aPingForEachAnswerIsInOrder() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      for (int i = 0; i < 1_200; i++) {
        assertServed(peer, 2 * i + 1);
        peer.send(PING, 0, 0, new byte[8]);
        peer.sendWord(WINDOW_UPDATE, 0, 1_000);
      }

      assertServed(peer, 4_001);
    }
  }

  @Test
  void aCookieInCrumbsIsOneField() throws Exception {
    var fields = new ArrayList<String>();
    for (int i = 0; i < 150; i++) Collections.addAll(fields, "cookie", "a" + i + "=1");
    try (var peer = RawHttp2.open(rig.address())) {
      var request = RawHttp2.request("GET", HOST, "/", fields.toArray(new String[0]));
      peer.send(HEADERS, END_HEADERS | END_STREAM, 1, request);

      assertThat(peer.await(frame -> frame.type() == HEADERS).status()).isEqualTo(200);
    }
  }

  @Test
  void whoIsRefusedWhileTheServerDrainsKeepsWhatHasBegun() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      peer.send(HEADERS, END_HEADERS, 1, RawHttp2.request("POST", HOST, "/"));
      peer.send(DATA, 0, 1, new byte[200]);
      peer.send(PING, 0, 0, new byte[8]);
      var _ = peer.await(frame -> frame.type() == PING); // what came before has begun
      rig.listener.beginDrain();
      var _ = peer.await(frame -> frame.type() == GOAWAY);
      for (int i = 1; i <= 300; i++) {
        peer.get(2 * i + 1, "/");
        assertThat(peer.awaitReset(2 * i + 1)).isEqualTo(REFUSED_STREAM);
      }
      peer.send(DATA, END_STREAM, 1, new byte[200]);

      assertThat(peer.await(frame -> frame.type() == HEADERS).status()).isEqualTo(200);
    }
  }

  @Test
  void theLastStreamThatIsServedNeverRisesAgain() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      peer.get(1, "/silent");
      peer.send(PING, 0, 0, new byte[8]);
      var _ = peer.await(frame -> frame.type() == PING);
      rig.listener.beginDrain();
      assertThat(peer.await(frame -> frame.type() == GOAWAY).word(0)).isEqualTo(1);
      peer.get(3, "/");
      assertThat(peer.awaitReset(3)).isEqualTo(REFUSED_STREAM);
      peer.send(DATA, 0, 99, new byte[1]);

      var last = peer.await(frame -> frame.type() == GOAWAY);
      assertThat(last.word(0)).isEqualTo(1);
      assertThat(last.word(4)).isEqualTo(PROTOCOL_ERROR);
    }
  }

  /// No stream of ours is ever open.
  @Test
  void aFrameOnAnEvenStreamIsAnError() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      assertServed(peer, 5);
      peer.sendWord(RST_STREAM, 2, 8);

      assertThat(peer.awaitGoAway()).isEqualTo(PROTOCOL_ERROR);
    }
  }

  @Test
  void nothingThatThePeerSendsPutsTheEndOfADrainOff() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      peer.get(1, "/silent");
      peer.send(PING, 0, 0, new byte[8]);
      var _ = peer.await(frame -> frame.type() == PING);
      rig.listener.beginDrain();
      var _ = peer.await(frame -> frame.type() == GOAWAY);
      rig.advance(clock, Http2Limits.DEFAULT.drain().dividedBy(2));
      var late = RawHttp2.request("GET", HOST, "/");
      peer.send(HEADERS, END_STREAM, 3, late);
      peer.send(CONTINUATION, END_HEADERS, 3);
      assertThat(peer.awaitReset(3)).isEqualTo(REFUSED_STREAM);
      peer.send(GOAWAY, 0, 0, new byte[8]);
      peer.send(PING, 0, 0, new byte[8]);
      var _ = peer.await(frame -> frame.type() == PING);

      rig.advance(clock, Http2Limits.DEFAULT.drain().dividedBy(2).plusSeconds(1));

      assertThat(peer.awaitGoAway()).as("NO_ERROR").isZero();
      rig.awaitCut(CutReason.WORN, 2);
    }
  }

  /// What has no end of its own is told to find one while there is still time to.
  @Test
  void aStreamThatGoesOnForEverIsToldBeforeItsConnectionEndsOfAge() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      peer.get(1, "/endless");
      assertThat(peer.await(frame -> frame.type() == HEADERS).status()).isEqualTo(200);
      peer.send(GOAWAY, 0, 0, new byte[8]);
      peer.send(PING, 0, 0, new byte[8]);
      var _ = peer.await(frame -> frame.type() == PING); // what came before has been read
      var quarter = Http2Limits.DEFAULT.drain().dividedBy(4);
      rig.advance(clock, quarter.multipliedBy(2));
      rig.settle();
      assertThat(peer.silentFor(Duration.ofMillis(100))).isTrue();

      rig.advance(clock, quarter);

      var last = peer.await(frame -> frame.type() == DATA);
      assertThat(last.ends()).isTrue();
      assertThat(rig.loops.cuts(CutReason.WORN)).isZero();
    }
  }
}
