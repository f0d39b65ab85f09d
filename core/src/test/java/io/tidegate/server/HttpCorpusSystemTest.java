package io.tidegate.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Cut;
import io.tidegate.testkit.HttpCorpus;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/// All cases of the HTTP/1 corpus through the library's server, with handlers of both kinds.
class HttpCorpusSystemTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int MOST = 1 << 20;

  private final List<String> seen = new CopyOnWriteArrayList<>();

  /// OPTIONS of the whole server is answered without a handler.
  private static boolean isForTheServer(HttpCorpus.Case one) {
    return one.toString().contains("asterisk of OPTIONS");
  }

  /// This port knows HTTP/2 and follows its preface, which ports of HTTP/1.1 alone refuse.
  private static List<HttpCorpus.Case> cases() {
    return HttpCorpus.cases().stream()
        .filter(one -> !one.toString().contains("preface of HTTP/2"))
        .toList();
  }

  private String read(Call call) throws IOException {
    int bytes = call.body().bytes(MOST).length;
    seen.add(call.method());
    return "read " + bytes;
  }

  private String leave(Call call) {
    seen.add(call.method());
    return "at once";
  }

  @Test
  void everyCaseHasItsOutcomeWhereHandlersRunOnThreads() throws IOException {
    assertThat(cases()).hasSizeGreaterThanOrEqualTo(137);
    try (var rig = new ServerRig(s -> s.mount("/", this::read))) {
      for (var one : cases()) {
        seen.clear();
        try (var peer = rig.raw()) {
          peer.send(one.bytes());
          answered(peer, one, one.complete(), one.status());
        }

        assertThat(seen).as(one.toString()).hasSize(isForTheServer(one) ? 0 : one.complete());
      }
    }
  }

  /// A handler on the loop answers when the head is complete and reads no body: of a request whose
  /// body is wrong it has seen the head, and there is that one answer instead of a refusal. Never
  /// one more.
  @Test
  void noCaseHasMoreAnswersThanRequestsWhereHandlersRunOnTheLoop() throws IOException {
    try (var rig = new ServerRig(s -> s.mount("/", Handler.onLoop(this::leave)))) {
      for (var one : cases()) {
        seen.clear();
        try (var peer = rig.raw()) {
          peer.send(one.bytes());
          int status = one.status();
          int whole = one.complete();
          var head = whole == 0 && status != 0 ? peer.head() : null;
          if (head == null) {
            answered(peer, one, whole, status);
          } else {
            assertThat(head.status()).as(one.toString()).isIn(200, status);
            var _ = peer.body(head, "GET").drain();
            ended(peer, one);
          }
        }

        int most = Math.max(1, one.complete()) + (one.complete() > 0 && one.status() != 0 ? 1 : 0);
        assertThat(seen.size()).as(one.toString()).isLessThanOrEqualTo(most);
      }
    }
  }

  private static void answered(RawHttp peer, HttpCorpus.Case one, int whole, int refused)
      throws IOException {
    for (int i = 0; i < whole; i++) {
      var head = peer.head();
      assertThat(head.status()).as(one.toString()).isEqualTo(isForTheServer(one) ? 204 : 200);
      assertThat(peer.body(head, "GET").drain().complete()).as(one.toString()).isTrue();
    }
    if (refused == 0) {
      peer.halfClose();
    } else {
      var head = peer.head();
      assertThat(head.status()).as(one.toString()).isEqualTo(refused);
      assertThat(head.lists("Connection", "close")).as(one.toString()).isTrue();
      assertThat(peer.body(head, "GET").drain().complete()).as(one.toString()).isTrue();
    }
    ended(peer, one);
  }

  private static void ended(RawHttp peer, HttpCorpus.Case one) {
    var cut = peer.awaitCut(SOON);
    assertThat(cut.end()).as(one.toString()).isEqualTo(Cut.End.FIN);
    assertThat(cut.bytesBefore()).as(one.toString()).isZero();
  }
}
