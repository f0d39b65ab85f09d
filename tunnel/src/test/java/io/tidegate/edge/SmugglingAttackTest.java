package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.link.Control;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.HttpCorpus;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A40: requests and answers that two parsers could read differently, sent through edge and agent.
/// The app sees exactly the requests that the edge counted, each in one unmistakable spelling, and
/// no visitor sees a byte of another's answer.
@ExtendWith(Balanced.class)
class SmugglingAttackTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int SHORT_BYTES = 1_000;

  /// Requests without a host name no tunnel; the edge answers them itself.
  private static final String OF_THE_EDGE = "host: none in HTTP/1.0";

  @Test
  void theAppSeesExactlyTheRequestsThatTheEdgeCounted() throws IOException {
    play(bytes -> bytes);
  }

  @Test
  void theAppSeesTheSameWhenTheyComeByteByByte() throws IOException {
    play(bytes -> bytes <= SHORT_BYTES ? 1 : 997);
  }

  private static void play(IntUnaryOperator pieceBytes) throws IOException {
    try (var origin = RecordingOrigin.open();
        var rig = TunnelRig.bare(UnaryOperator.identity(), 2)) {
      var _ = rig.expose("demo", origin.port());
      int whole = 0;
      for (var one : HttpCorpus.cases(rig.host())) {
        if (one.toString().contains("preface of HTTP/2")) continue; // the edge speaks it
        int expected = one.toString().equals(OF_THE_EDGE) ? 0 : one.complete();
        long counted = counted(rig);

        visit(rig, one, pieceBytes.applyAsInt(one.bytes().length));

        whole += expected;
        assertThat(origin.whole()).as(one.toString()).hasSize(whole);
        assertThat(origin.faults()).as(one.toString()).isEmpty();
        assertThat(counted(rig) - counted)
            .as(one.toString())
            .isBetween((long) expected, expected + 1L);
        assertThat(whole + origin.cutOff().size())
            .as(one.toString())
            .isLessThanOrEqualTo((int) counted(rig));
      }
      theyAreTheSame(rig, origin);
    }
  }

  private static void visit(TunnelRig rig, HttpCorpus.Case one, int pieceBytes) throws IOException {
    var bytes = one.bytes();
    try (var visitor = rig.visit()) {
      for (int at = 0; at < bytes.length; at += pieceBytes)
        visitor.send(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + pieceBytes)));
      for (int i = 0; i < one.complete(); i++) {
        var head = visitor.finalHead();
        assertThat(head.status())
            .as(one.toString())
            .isEqualTo(one.toString().equals(OF_THE_EDGE) ? 404 : 200);
        assertThat(visitor.body(head, "GET").drain().complete()).as(one.toString()).isTrue();
      }
      if (one.status() == 0) visitor.halfClose();
      else assertThat(visitor.finalHead().status()).as(one.toString()).isEqualTo(one.status());
      var _ = visitor.awaitCut(SOON);
    }
  }

  /// What the edge has counted for the tunnel, cut requests among it.
  private static long counted(TunnelRig rig) {
    long sum = 0;
    for (var session : rig.edge.sessions()) sum += session.counts().requests();
    return sum;
  }

  /// By method and target, as the edge told the agent and as the app received them.
  private static void theyAreTheSame(TunnelRig rig, RecordingOrigin origin) {
    Eventually.await(
        SOON,
        () -> "reports: " + complete(rig).size() + " of " + origin.whole().size(),
        () -> complete(rig).size() == origin.whole().size());
    assertThat(complete(rig))
        .containsExactlyInAnyOrderElementsOf(
            origin.whole().stream()
                .map(seen -> seen.method() + " " + shortened(seen.target()))
                .toList());
  }

  private static List<String> complete(TunnelRig rig) {
    return rig.heard.exchanges.stream()
        .filter(exchange -> exchange.cut() == null)
        .map((Control.Exchange exchange) -> exchange.method() + " " + shortened(exchange.target()))
        .toList();
  }

  private static String shortened(String target) {
    return target.length() > 256 ? target.substring(0, 256) : target;
  }

  /// An answer to `method` that says more or less than one answer, and what the visitor must see.
  private record Wrong(String name, String method, String raw, int status, String body) {}

  private static final String POISON = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison";
  private static final String OK = "HTTP/1.1 200 OK\r\n";

  private static Stream<Wrong> answers() {
    return Stream.of(
        bad("two lengths", OK + "Content-Length: 2\r\nContent-Length: 44\r\n\r\nok" + POISON),
        bad("two lengths that are equal", OK + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nok"),
        bad("lengths in a list", OK + "Content-Length: 2, 44\r\n\r\nok" + POISON),
        bad(
            "length and coding",
            OK + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        bad("negative length", OK + "Content-Length: -1\r\n\r\n" + POISON),
        bad("length with a sign", OK + "Content-Length: +2\r\n\r\nok"),
        bad("coding not last", OK + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        bad("xchunked", OK + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        bad("bare LF", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
        bad("bare CR in a value", OK + "X: a\rContent-Length: 0\r\n\r\n"),
        bad("NUL in a value", OK + "X: a\0b\r\nContent-Length: 2\r\n\r\nok"),
        bad("folded line", OK + "X: a\r\n b\r\nContent-Length: 2\r\n\r\nok"),
        bad("space before colon", OK + "Content-Length : 2\r\n\r\nok"),
        bad("no status line", "ok\r\n\r\n"),
        bad("status of two digits", "HTTP/1.1 20 OK\r\nContent-Length: 2\r\n\r\nok"),
        bad("HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        bad(
            "101 that nobody asked for",
            "HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + POISON),
        bad("head without end", OK + "X: " + "a".repeat(100_000)),
        good(
            "100 twice before it",
            "GET",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n"
                + OK
                + "Content-Length: 2\r\n\r\nok",
            200,
            "ok"),
        good(
            "204 with a body",
            "GET",
            "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n" + POISON,
            204,
            ""),
        good(
            "204 without a length, with a body",
            "GET",
            "HTTP/1.1 204 No Content\r\n\r\n" + POISON,
            204,
            ""),
        good(
            "304 with a body",
            "GET",
            "HTTP/1.1 304 Not Modified\r\nContent-Length: 44\r\n\r\n" + POISON,
            304,
            ""),
        good("HEAD with a body", "HEAD", OK + "Content-Length: 44\r\n\r\n" + POISON, 200, ""),
        good(
            "HEAD with chunks",
            "HEAD",
            OK + "Transfer-Encoding: chunked\r\n\r\n6\r\npoison\r\n0\r\n\r\n",
            200,
            ""),
        good("until the end", "GET", OK + "\r\nuntil the end\0", 200, "until the end"),
        good("a byte too many", "GET", OK + "Content-Length: 2\r\n\r\nok!", 200, "ok"),
        good("an answer too many", "GET", OK + "Content-Length: 2\r\n\r\nok" + POISON, 200, "ok"),
        good(
            "an answer behind the last chunk",
            "GET",
            OK + "Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n" + POISON,
            200,
            "ok"));
  }

  private static Wrong bad(String name, String raw) {
    return new Wrong(name, "GET", raw + "\0", 502, "");
  }

  private static Wrong good(String name, String method, String raw, int status, String body) {
    return new Wrong(name, method, raw, status, body);
  }

  @Test
  void noVisitorSeesAByteOfAnothersAnswer() throws IOException {
    var raw =
        answers()
            .collect(Collectors.toMap(wrong -> "/" + wrong.name.replace(' ', '-'), Wrong::raw));
    try (var origin = RecordingOrigin.open(seen -> raw.getOrDefault(seen.target(), own(seen)));
        var rig = TunnelRig.bare(UnaryOperator.identity(), 1)) {
      var _ = rig.expose("demo", origin.port());
      for (var wrong : answers().toList()) {
        for (int round = 0; round < 2; round++) poison(rig, wrong);
      }
      assertThat(origin.faults()).isEmpty();
    }
  }

  private static void poison(TunnelRig rig, Wrong wrong) throws IOException {
    try (var visitor = rig.visit()) {
      visitor.send(
          wrong.method
              + " /"
              + wrong.name.replace(' ', '-')
              + " HTTP/1.1\r\nHost: "
              + rig.host()
              + "\r\n\r\n");

      var head = visitor.finalHead();
      assertThat(head.status()).as(wrong.name).isEqualTo(wrong.status);
      assertThat(head.all("Content-Length")).as(wrong.name).hasSizeLessThan(2);
      var body = visitor.body(head, wrong.method).text();
      if (wrong.status != 502) assertThat(body).as(wrong.name).isEqualTo(wrong.body);
      if (!head.lists("Connection", "close")) ownAnswer(rig, visitor, wrong);
      else assertThat(visitor.awaitCut(SOON).bytesBefore()).as(wrong.name).isZero();
    }
    for (int i = 0; i < 3; i++) {
      try (var visitor = rig.visit()) {
        ownAnswer(rig, visitor, wrong);
      }
    }
  }

  private static String own(RecordingOrigin.Seen seen) {
    var text = seen.target();
    return OK + "Content-Length: " + text.length() + "\r\n\r\n" + text;
  }

  private static void ownAnswer(TunnelRig rig, RawHttp visitor, Wrong before) throws IOException {
    var target = "/own/" + System.nanoTime();
    assertThat(visitor.get(rig.host(), target).body()).as(before.name).isEqualTo(target);
  }
}
