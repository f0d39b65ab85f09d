package io.tidegate.http.h2;

import static io.tidegate.testkit.RawHttp2.ACK;
import static io.tidegate.testkit.RawHttp2.CONTINUATION;
import static io.tidegate.testkit.RawHttp2.DATA;
import static io.tidegate.testkit.RawHttp2.END_HEADERS;
import static io.tidegate.testkit.RawHttp2.END_STREAM;
import static io.tidegate.testkit.RawHttp2.ENHANCE_YOUR_CALM;
import static io.tidegate.testkit.RawHttp2.HEADERS;
import static io.tidegate.testkit.RawHttp2.PING;
import static io.tidegate.testkit.RawHttp2.PRIORITY;
import static io.tidegate.testkit.RawHttp2.PROTOCOL_ERROR;
import static io.tidegate.testkit.RawHttp2.REFUSED_STREAM;
import static io.tidegate.testkit.RawHttp2.RST_STREAM;
import static io.tidegate.testkit.RawHttp2.SETTINGS;
import static io.tidegate.testkit.RawHttp2.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpRig;
import io.tidegate.net.CutReason;
import io.tidegate.net.WriteLimits;
import io.tidegate.testkit.RawHttp2;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Peers of HTTP/2 that attack: each is told why it is cut, and nothing of it is left.
class Http2AttackTest {
  private static final String HOST = "test.localhost";
  private static final int MOST_SENT = 50_000;
  private static final int INITIAL_WINDOW_SIZE = 4;

  private static final Http2Limits HASTY =
      Http2Limits.DEFAULT
          .withFlow(new WriteLimits(Duration.ofSeconds(2), 240, Duration.ofSeconds(3)))
          .withSettingsTimeout(Duration.ofSeconds(1));

  private HttpRig rig;

  @BeforeEach
  void open() {
    rig = HttpRig.of(loops -> stage(loops, Http2Limits.DEFAULT));
  }

  private static Http2Stage stage(io.tidegate.net.Loops loops, Http2Limits limits) {
    var http =
        HttpLimits.DEFAULT
            .withHeadTimeout(Duration.ofSeconds(2))
            .withIdleTimeout(Duration.ofSeconds(30));
    return new Http2Stage(loops, http, limits, new Answering());
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private void again(Http2Limits limits) {
    rig.close();
    rig = HttpRig.of(loops -> stage(loops, limits));
  }

  private interface Step {
    void take(int i) throws IOException;
  }

  /// Repeats `step` until the server has cut the connection; returns how often it could.
  private static int untilCut(Step step) throws IOException {
    for (int i = 0; i < MOST_SENT; i++) {
      try {
        step.take(i);
      } catch (SocketException cut) {
        return i;
      }
    }
    return MOST_SENT;
  }

  private void floods(RawHttp2 peer, CutReason reason, Step step) throws Exception {
    var sender =
        new Thread(() -> {
          try {
            var _ = untilCut(step);
          } catch (IOException ended) {
            throw new IllegalStateException(ended);
          }
        });
    sender.start();
    int code = peer.awaitGoAway();
    peer.close();
    sender.join();

    // a reset may overtake the GOAWAY of a peer that goes on sending
    assertThat(code).isIn(ENHANCE_YOUR_CALM, -1);
    rig.awaitCut(reason, 1);
  }

  @Test
  void a15StreamsThatAreResetAtOnceAreAFlood() throws Exception {
    var peer = RawHttp2.open(rig.address());

    floods(
        peer,
        CutReason.FLOOD,
        i -> {
          peer.get(2 * i + 1, "/silent");
          peer.sendWord(RST_STREAM, 2 * i + 1, 8);
        });
  }

  @Test
  void whoLeavesAnswersThatHaveBegunIsNoFlood() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      for (int i = 0; i < 300; i++) {
        int stream = 2 * i + 1;
        peer.get(stream, "/bytes/200000");
        var _ = peer.await(frame -> frame.stream() == stream && frame.type() == HEADERS);
        peer.sendWord(RST_STREAM, stream, 8);
        peer.sendWord(WINDOW_UPDATE, 0, 65_535);
      }
      peer.get(1001, "/");

      assertThat(peer.await(frame -> frame.stream() == 1001).status()).isEqualTo(200);
    }
  }

  @Test
  void a16ASectionThatNeverEndsIsAFloodOrTooLate() throws Exception {
    var peer = RawHttp2.open(rig.address());
    peer.send(HEADERS, END_STREAM, 1, RawHttp2.request("GET", HOST, "/"));

    floods(peer, CutReason.FLOOD, _ -> peer.send(CONTINUATION, 0, 1));

    try (var slow = RawHttp2.open(rig.address())) {
      slow.send(HEADERS, END_STREAM, 1, RawHttp2.request("GET", HOST, "/"));
      assertThat(slow.awaitGoAway()).isEqualTo(ENHANCE_YOUR_CALM);
      rig.awaitCut(CutReason.HEAD_TIMEOUT, 1);
    }
    try (var large = RawHttp2.open(rig.address())) {
      large.send(HEADERS, END_STREAM, 1, RawHttp2.section("x", "y".repeat(16_000)));
      large.send(CONTINUATION, 0, 1, RawHttp2.section("x", "y".repeat(16_000)));
      assertThat(large.awaitGoAway()).isEqualTo(ENHANCE_YOUR_CALM);
      rig.awaitCut(CutReason.TOO_LARGE, 1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"no credit", "too much credit", "malformed"})
  void a17ResetsThatThePeerProvokesAreAFloodToo(String how) throws Exception {
    var peer = RawHttp2.open(rig.address());

    floods(
        peer,
        CutReason.FLOOD,
        i -> {
          int id = 2 * i + 1;
          if (how.equals("malformed")) {
            peer.send(
                HEADERS, END_HEADERS | END_STREAM, id, RawHttp2.request("GET", HOST, "no-slash"));
            return;
          }
          peer.get(id, "/silent");
          peer.sendWord(WINDOW_UPDATE, id, how.equals("no credit") ? 0 : Integer.MAX_VALUE);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {SETTINGS, PING, PRIORITY, DATA, 99})
  void a18FramesThatLeadNowhereAreAFlood(int type) throws Exception {
    var peer = RawHttp2.open(rig.address());
    if (type == DATA) peer.send(HEADERS, END_HEADERS, 1, RawHttp2.request("POST", HOST, "/hold"));
    int stream = type == DATA || type == PRIORITY ? 1 : 0;
    int bytes = type == PING ? 8 : type == PRIORITY ? 5 : 0;
    var frame = RawHttp2.frame(type, 0, stream, new byte[bytes]);

    floods(peer, CutReason.FLOOD, _ -> peer.sendRaw(frame));
  }

  @Test
  void a18AcknowledgementsThatNobodyAskedForAreAFlood() throws Exception {
    var peer = RawHttp2.open(rig.address());

    floods(peer, CutReason.FLOOD, _ -> peer.send(SETTINGS, ACK, 0));
  }

  @Test
  void a18FarewellsAreAFlood() throws Exception {
    var peer = RawHttp2.open(rig.address());
    peer.get(1, "/silent");

    floods(peer, CutReason.FLOOD, _ -> peer.send(RawHttp2.GOAWAY, 0, 0, new byte[8]));
  }

  @Test
  void a18PingsWhoseAnswersNobodyReadsAreAFlood() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      var ping = RawHttp2.frame(PING, 0, 0, new byte[8]);

      var _ = untilCut(_ -> peer.sendRaw(ping));

      rig.awaitCut(CutReason.FLOOD, 1);
    }
  }

  @Test
  void a18MoreThan32SettingsAtOnceAreAFlood() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      peer.send(SETTINGS, 0, 0, new byte[33 * 6]);

      assertThat(peer.awaitGoAway()).isEqualTo(ENHANCE_YOUR_CALM);
      rig.awaitCut(CutReason.FLOOD, 1);
    }
  }

  @Test
  void a19TheHundredAndFirstStreamIsRefused() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      for (int i = 0; i < 100; i++) peer.get(2 * i + 1, "/silent");
      peer.get(201, "/");

      assertThat(peer.awaitReset(201)).isEqualTo(REFUSED_STREAM);
      rig.awaitCut(CutReason.STREAM_LIMIT, 1);
      peer.sendWord(RST_STREAM, 1, 8);
      peer.get(203, "/");
      assertThat(peer.awaitReset(203)).as("ends in order").isEqualTo(-1);
    }
  }

  @Test
  void a20AFieldThatIsNamedAgainAndAgainIsCountedAtItsSize() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      var bomb = new ByteArrayOutputStream();
      bomb.writeBytes(RawHttp2.request("GET", HOST, "/"));
      var indexed = RawHttp2.section("x-bomb", "y".repeat(3_900));
      indexed[0] = 0x40; // with incremental indexing: 62 is its number from here on
      bomb.writeBytes(indexed);
      for (int i = 0; i < 10_000; i++) bomb.write(0x80 | 62);
      peer.send(HEADERS, END_HEADERS | END_STREAM, 1, bomb.toByteArray());

      var answer = peer.await(frame -> frame.type() == HEADERS);
      assertThat(answer.status()).isEqualTo(431);
      rig.awaitCut(CutReason.TOO_LARGE, 1);
      peer.get(3, "/");
      assertThat(peer.awaitReset(3)).as("the table is right still").isEqualTo(-1);
    }
  }

  @Test
  void a20BombAfterBombIsAFlood() throws Exception {
    var peer = RawHttp2.open(rig.address());
    var first = new ByteArrayOutputStream();
    first.writeBytes(RawHttp2.request("GET", HOST, "/"));
    var indexed = RawHttp2.section("x-bomb", "y".repeat(3_900));
    indexed[0] = 0x40;
    first.writeBytes(indexed);
    peer.send(HEADERS, END_HEADERS | END_STREAM, 1, first.toByteArray());
    var bomb = new byte[4_000];
    java.util.Arrays.fill(bomb, (byte) (0x80 | 62));

    floods(
        peer, CutReason.FLOOD, i -> peer.send(HEADERS, END_HEADERS | END_STREAM, 2 * i + 3, bomb));
  }

  @Test
  void a21WhoGivesNoCreditIsCutByProgressAndHoldsLittle() throws Exception {
    again(HASTY);
    try (var peer = RawHttp2.open(rig.address(), INITIAL_WINDOW_SIZE, 0)) {
      for (int i = 0; i < 50; i++) peer.get(2 * i + 1, "/bytes/10000000");
      peer.send(PING, 0, 0, new byte[8]);
      var _ = peer.await(frame -> frame.type() == PING && (frame.flags() & ACK) != 0);
      assertThat(rig.heldDirect()).isLessThan(50L * 24 * 1024);

      assertThat(peer.awaitReset(1)).isEqualTo(ENHANCE_YOUR_CALM);
      rig.awaitCut(CutReason.WRITE_STALLED, 50);
    }
  }

  @Test
  void a22CreditInCrumbsIsAFlood() throws Exception {
    var peer = RawHttp2.open(rig.address(), INITIAL_WINDOW_SIZE, 0);
    peer.get(1, "/bytes/10000000");
    var crumb = RawHttp2.frame(WINDOW_UPDATE, 0, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 1);

    floods(peer, CutReason.FLOOD, _ -> peer.sendRaw(crumb));
  }

  /// The answer's next bytes are made while its stream is lost: in the buffer that was just given
  /// back, if it was.
  @Test
  void aPieceThatEndsTheConnectionInItsMiddleIsGivenBackOnce() throws Exception {
    var peer = RawHttp2.open(rig.address(), INITIAL_WINDOW_SIZE, 0);
    peer.get(1, "/bytes/10000000");
    var crumb = RawHttp2.frame(WINDOW_UPDATE, 0, 1, (byte) 0, (byte) 0, (byte) 0, (byte) 1);
    var crumbs = ByteBuffer.allocate(crumb.length * MOST_SENT);
    while (crumbs.hasRemaining()) crumbs.put(crumb);

    floods(peer, CutReason.FLOOD, _ -> peer.sendRaw(crumbs.array()));

    rig.awaitIdle();
  }

  @Test
  void a22CreditInSlowCrumbsIsTooSlow() throws Exception {
    again(HASTY);
    try (var peer = RawHttp2.open(rig.address(), INITIAL_WINDOW_SIZE, 0)) {
      peer.get(1, "/bytes/10000000");
      var sender = Thread.ofVirtual().start(() -> drip(peer));

      assertThat(peer.awaitReset(1)).isEqualTo(ENHANCE_YOUR_CALM);
      rig.awaitCut(CutReason.WRITE_TOO_SLOW, 1);
      sender.interrupt();
      sender.join();
    }
  }

  private static void drip(RawHttp2 peer) {
    try {
      while (!Thread.interrupted()) {
        peer.sendWord(WINDOW_UPDATE, 1, 1);
        java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
      }
    } catch (IOException ended) {
      // the test is over
    }
  }

  @Test
  void a22DataInCrumbsIsAFlood() throws Exception {
    var peer = RawHttp2.open(rig.address());
    peer.send(HEADERS, END_HEADERS, 1, RawHttp2.request("POST", HOST, "/hold"));
    var crumb = RawHttp2.frame(DATA, 0, 1, (byte) 1);

    floods(peer, CutReason.FLOOD, _ -> peer.sendRaw(crumb));
  }

  @Test
  void settingsThatAreNotAcknowledgedInTimeEndTheConnection() throws Exception {
    again(HASTY);
    try (var peer = RawHttp2.connect(rig.address())) {
      peer.preface();
      peer.send(SETTINGS, 0, 0);

      assertThat(peer.awaitGoAway()).as("SETTINGS_TIMEOUT").isEqualTo(4);
      rig.awaitCut(CutReason.HANDSHAKE_TIMEOUT, 1);
    }
  }

  @Test
  void aPeerThatNeverEndsItsPrefaceIsCut() throws Exception {
    try (var peer = RawHttp2.connect(rig.address())) {
      peer.sendRaw("PRI * HT".getBytes(java.nio.charset.StandardCharsets.US_ASCII));

      assertThat(peer.awaitGoAway()).isEqualTo(ENHANCE_YOUR_CALM);
      rig.awaitCut(CutReason.HEAD_TIMEOUT, 1);
    }
  }

  @Test
  void aConnectionLostInTheMiddleOfAllLeavesNothing() throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      for (int i = 0; i < 20; i++) {
        peer.get(4 * i + 1, "/bytes/10000000");
        peer.send(
            HEADERS,
            END_HEADERS,
            4 * i + 3,
            RawHttp2.request("POST", HOST, i % 2 == 0 ? "/hold" : "/silent"));
        peer.send(DATA, 0, 4 * i + 3, new byte[10_000]);
      }
      var _ = peer.await(frame -> frame.type() == DATA);

      peer.abort();
    }

    rig.awaitIdle();
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        cased("no method", ":scheme", "http", ":authority", HOST, ":path", "/"),
        cased("no scheme", ":method", "GET", ":authority", HOST, ":path", "/"),
        cased("no path", ":method", "GET", ":scheme", "http", ":authority", HOST),
        cased("no authority", ":method", "GET", ":scheme", "http", ":path", "/"),
        cased("empty path", request(HOST, "")),
        cased("path without slash", request(HOST, "index.html")),
        cased("absolute path", request(HOST, "http://other/")),
        cased("star for GET", request(HOST, "*")),
        cased("fragment in the path", request(HOST, "/#a")),
        cased("space in the path", request(HOST, "/a b")),
        cased("CR LF in the path", request(HOST, "/\r\nx: y")),
        cased("NUL in the path", request(HOST, "/\0")),
        cased("byte above 127 in the path", request(HOST, "/\u00e4")),
        cased("user in the authority", request("a@b", "/")),
        cased("path in the authority", request("a/b", "/")),
        cased("CR LF in the authority", request("a\r\nb", "/")),
        cased("empty authority", request("", "/")),
        cased(
            "scheme other than http",
            ":method",
            "GET",
            ":scheme",
            "ftp",
            ":authority",
            HOST,
            ":path",
            "/"),
        cased(
            "lower-case method",
            ":method",
            "get",
            ":scheme",
            "http",
            ":authority",
            HOST,
            ":path",
            "/"),
        cased(
            "space in the method",
            ":method",
            "GET /",
            ":scheme",
            "http",
            ":authority",
            HOST,
            ":path",
            "/"),
        cased("empty method", ":method", "", ":scheme", "http", ":authority", HOST, ":path", "/"),
        cased("unknown pseudo-field", request(HOST, "/", ":other", "x")),
        cased("status in a request", request(HOST, "/", ":status", "200")),
        cased("two authorities", request(HOST, "/", ":authority", HOST)),
        cased("two paths", request(HOST, "/", ":path", "/")),
        cased(
            "pseudo-field behind a field",
            "a",
            "b",
            ":method",
            "GET",
            ":scheme",
            "http",
            ":authority",
            HOST,
            ":path",
            "/"),
        cased("other host", request(HOST, "/", "host", "other.localhost")),
        cased("two hosts", request(HOST, "/", "host", HOST, "host", HOST)),
        cased("empty name", request(HOST, "/", "", "x")),
        cased("upper case", request(HOST, "/", "X-Upper", "x")),
        cased("space in a name", request(HOST, "/", "a b", "x")),
        cased("colon in a name", request(HOST, "/", "a:b", "x")),
        cased("CR LF in a name", request(HOST, "/", "a\r\nb", "x")),
        cased("CR LF in a value", request(HOST, "/", "a", "x\r\ny: z")),
        cased("LF in a value", request(HOST, "/", "a", "x\ny")),
        cased("NUL in a value", request(HOST, "/", "a", "x\0y")),
        cased("space before a value", request(HOST, "/", "a", " x")),
        cased("space behind a value", request(HOST, "/", "a", "x\t")),
        cased("connection", request(HOST, "/", "connection", "close")),
        cased("keep-alive", request(HOST, "/", "keep-alive", "timeout=5")),
        cased("proxy-connection", request(HOST, "/", "proxy-connection", "close")),
        cased("upgrade", request(HOST, "/", "upgrade", "h2c")),
        cased("transfer-encoding", request(HOST, "/", "transfer-encoding", "chunked")),
        cased("te other than trailers", request(HOST, "/", "te", "gzip")),
        cased("two lengths", request(HOST, "/", "content-length", "0", "content-length", "0")),
        cased("length that is no number", request(HOST, "/", "content-length", "+1")),
        cased("length of a body that is missing", request(HOST, "/", "content-length", "5")),
        cased("length past 2^63", request(HOST, "/", "content-length", "99999999999999999999")),
        cased("protocol without CONNECT", request(HOST, "/", ":protocol", "websocket")),
        cased(
            "CONNECT with a path", ":method", "CONNECT", ":authority", HOST + ":80", ":path", "/"),
        cased("CONNECT without a port", ":method", "CONNECT", ":authority", HOST));
  }

  private static Arguments cased(String name, String... fields) {
    return Arguments.of(name, fields);
  }

  /// Pseudo-fields first, among those of `more` too.
  private static String[] request(String authority, String path, String... more) {
    var first =
        new String[] {":method", "GET", ":scheme", "http", ":authority", authority, ":path", path};
    return Stream.concat(Arrays.stream(first), Arrays.stream(more)).toArray(String[]::new);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("malformed")
  void a24AMalformedRequestIsResetAndTheConnectionGoesOn(String name, String[] fields)
      throws Exception {
    try (var peer = RawHttp2.open(rig.address())) {
      peer.send(HEADERS, END_HEADERS | END_STREAM, 1, RawHttp2.section(fields));

      assertThat(peer.awaitReset(1)).as(name).isEqualTo(PROTOCOL_ERROR);
      rig.awaitCut(CutReason.BAD_MESSAGE, 1);
      peer.get(3, "/");
      assertThat(peer.awaitReset(3)).as("the next one ends in order").isEqualTo(-1);
    }
  }
}
