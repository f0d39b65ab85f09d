package io.tidegate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.net.CutReason;
import io.tidegate.net.Transport;
import io.tidegate.net.WriteLimits;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.FakeTicker;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.RawHttp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of peers that are slow, silent or gone.
@ExtendWith(Balanced.class)
class Http1PatienceSystemTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final HttpLimits SHORT =
      new HttpLimits(HeadLimits.DEFAULT, SECOND, SECOND, SECOND, 240, 1_000, Duration.ofHours(1));
  private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String POST = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";

  @ParameterizedTest
  @EnumSource
  void aHeadThatDripsIsCutAtItsDeadlineWhateverStillComes(Transport transport) throws Exception {
    try (var rig = new HttpRig(transport, SHORT, config -> config, new Answers.Gather());
        var peer = rig.peer()) {
      long began = System.nanoTime();
      int sent = peer.drip("GET / HTTP/1.1\r\nX: " + "a".repeat(1_000), Duration.ofMillis(20));

      var answer = peer.readUntil("\r\n\r\n", SOON);

      assertThat(sent).isLessThan(300);
      assertThat(System.nanoTime() - began).isGreaterThan(SECOND.toNanos());
      assertThat(answer).startsWith("HTTP/1.1 408 ").contains("Tidegate-Error: head_timeout");
      rig.awaitCut(CutReason.HEAD_TIMEOUT, 1);
    }
  }

  @Test
  void aSilentConnectionIsCut() throws Exception {
    try (var rig = new HttpRig(SHORT, new Answers.Gather());
        var peer = rig.peer()) {
      var cut = peer.awaitCut(SOON);

      assertThat(cut.end()).isEqualTo(Cut.End.FIN);
      assertThat(cut.after()).isBetween(Duration.ofMillis(900), Duration.ofSeconds(5));
      rig.awaitCut(CutReason.HEAD_TIMEOUT, 1);
    }
  }

  @Test
  void anIdleConnectionEndsWithoutAWord() throws Exception {
    try (var rig = new HttpRig(SHORT, new Answers.Gather());
        var client = rig.client()) {
      assertThat(client.get("a", "/").status()).isEqualTo(200);

      var cut = client.awaitCut(SOON);

      assertThat(cut.end()).isEqualTo(Cut.End.FIN);
      assertThat(cut.bytesBefore()).isZero();
      rig.awaitCut(CutReason.IDLE, 1);
    }
  }

  @Test
  void aBodyThatDripsIsCut() throws Exception {
    var answers = new Answers.Gather();
    try (var rig = new HttpRig(SHORT, answers);
        var peer = rig.peer()) {
      peer.send(POST);
      var _ = peer.drip("a".repeat(1_000), Duration.ofMillis(50));

      assertThat(peer.readUntil("\r\n\r\n", SOON))
          .startsWith("HTTP/1.1 408 ")
          .contains("Tidegate-Error: body_too_slow");
      rig.awaitCut(CutReason.BODY_TOO_SLOW, 1);
      assertThat(answers.seen()).containsExactly("failed BODY_TOO_SLOW");
    }
  }

  @Test
  void aBodyThatWeDoNotReadIsNotTooSlow() throws Exception {
    try (var rig = new HttpRig(SHORT, _ -> {});
        var peer = rig.peer()) {
      peer.send(POST + "abc");

      assertThat(peer.silentFor(Duration.ofSeconds(3))).isTrue();
    }
  }

  @Test
  void whoWaitsForOur100IsNotTooSlowUntilItIsSaid() throws Exception {
    var answers = new Answers.Gather();
    var waiting = new CopyOnWriteArrayList<Exchange>();
    try (var rig = new HttpRig(SHORT, waiting::add);
        var peer = rig.peer()) {
      peer.send(POST.replace("Content", "Expect: 100-continue\r\nContent"));
      assertThat(peer.silentFor(Duration.ofSeconds(4))).isTrue();
      rig.run(() -> {
        waiting.getFirst().interim(Answers.head(100));
        answers.handle(waiting.getFirst());
      });

      assertThat(peer.readUntil("\r\n\r\n", SOON)).startsWith("HTTP/1.1 100 ");
      assertThat(peer.readUntil("\r\n\r\n", SOON)).startsWith("HTTP/1.1 408 ");
      rig.awaitCut(CutReason.BODY_TOO_SLOW, 1);
    }
  }

  @Test
  void aBodyMayRestOnceItsAnswerHasBegun() throws Exception {
    try (var rig = new HttpRig(SHORT, Answers::echo);
        var peer = rig.peer()) {
      peer.send(POST + "abc");
      assertThat(peer.readUntil("abc", SOON)).startsWith("HTTP/1.1 200 ");

      assertThat(peer.silentFor(Duration.ofSeconds(3))).isTrue();
    }
  }

  @Test
  void aConnectionThatIsOldEndsAfterItsNextAnswer() throws Exception {
    var limits =
        new HttpLimits(HeadLimits.DEFAULT, SOON, SOON, SOON, 240, 1_000, Duration.ofSeconds(1));
    var clock = new FakeTicker();
    try (var rig = new HttpRig(limits, clock, new Answers.Gather());
        var client = rig.client()) {
      assertThat(client.get("a", "/").head().lists("Connection", "close")).isFalse();
      rig.advance(clock, Duration.ofMillis(1_500));

      assertThat(client.get("a", "/").head().lists("Connection", "close")).isTrue();
      assertThat(client.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
    }
  }

  @Test
  void theOldestConnectionWithoutARequestGivesWayToNewcomers() throws Exception {
    try (var rig =
            new HttpRig(
                Transport.best(),
                HttpLimits.DEFAULT,
                config -> config.withMaxConnections(16),
                new Answers.Gather());
        var served = rig.client();
        var oldest = rig.peer()) {
      assertThat(served.get("a", "/").status()).isEqualTo(200);
      HttpRig.await("two", () -> rig.listener.connectionCount() == 2);
      var others = List.of(rig.peer(), rig.peer(), rig.peer(), rig.peer());

      assertThat(oldest.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);

      rig.awaitCut(CutReason.OLDEST_INCOMPLETE, 1);
      assertThat(served.get("a", "/").status()).isEqualTo(200);
      others.forEach(HostilePeer::close);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aReaderThatTakesNothingIsReset() throws Exception {
    LoopHandler handler = exchange -> Answers.download(exchange, Framing.CHUNKED, 50_000_000);
    try (var rig =
            new HttpRig(
                Transport.best(),
                HttpLimits.DEFAULT,
                config -> config.withWriteLimits(WriteLimits.DEFAULT.withStall(SECOND)),
                handler);
        var peer = HostilePeer.openNarrow(rig.address(), 4096)) {
      peer.send(GET);

      assertThat(peer.awaitCutUnread(SOON).end()).isEqualTo(Cut.End.RESET);
      rig.awaitCut(CutReason.WRITE_STALLED, 1);
    }
  }

  private static final class Watched implements LoopHandler {
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final boolean reads;
    private volatile long toldNanos;

    Watched(boolean reads) {
      this.reads = reads;
    }

    @Override
    public void handle(Exchange exchange) {
      exchange.own(() -> {
        toldNanos = System.nanoTime();
        seen.add("closed");
      });
      seen.add("asked");
      if (!reads) return;
      exchange.read(
          new Body() {
            @Override
            public void bytes(ByteBuf piece) {
              int bytes = piece.readableBytes();
              piece.release();
              exchange.released(bytes);
            }

            @Override
            public void end(Fields trailers) {
              seen.add("end");
            }

            @Override
            public void failed(CutReason reason) {
              seen.add("failed " + reason);
            }
          });
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPeerThatLeavesBeforeItsAnswerIsGoneAtOnce(boolean byReset) throws Exception {
    var handler = new Watched(true);
    try (var rig = new HttpRig(handler);
        var peer = rig.peer()) {
      peer.send(POST + "abc");
      HttpRig.await("asked", () -> handler.seen.contains("asked"));

      long left = leave(peer, byReset);

      HttpRig.await("told", () -> handler.seen.size() == 3);
      assertThat(handler.seen).containsExactly("asked", "closed", "failed PEER_GONE");
      assertThat(handler.toldNanos - left).isLessThan(500_000_000);
      rig.awaitCut(CutReason.PEER_GONE, 1);
    }
  }

  private static long leave(HostilePeer peer, boolean byReset) throws Exception {
    long now = System.nanoTime();
    if (byReset) peer.abort();
    else peer.halfClose();
    return now;
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  @EnabledOnOs(OS.LINUX)
  void aPeerThatLeavesWhileReadingIsPausedIsGoneAtOnce(boolean byReset) throws Exception {
    var handler = new Watched(false);
    try (var rig = new HttpRig(handler);
        var peer = rig.peer()) {
      peer.send(GET.repeat(2));
      peer.send("x".repeat(30_000));
      HttpRig.await("asked", () -> handler.seen.contains("asked"));
      rig.settle();
      assertThat(rig.heldDirect()).isLessThan(70_000);

      long left = leave(peer, byReset);

      HttpRig.await("told", () -> handler.seen.size() == 2);
      assertThat(handler.seen).containsExactly("asked", "closed");
      assertThat(handler.toldNanos - left).isLessThan(500_000_000);
      rig.awaitCut(CutReason.PEER_GONE, 1);
    }
  }

  @Test
  void whatComesTooLateForAPeerThatIsGoneIsDiscarded() throws Exception {
    var waiting = new CopyOnWriteArrayList<Exchange>();
    try (var rig = new HttpRig(waiting::add);
        var peer = rig.peer()) {
      peer.send(GET);
      HttpRig.await("asked", () -> !waiting.isEmpty());
      peer.abort();
      HttpRig.await("gone", () -> rig.listener.connectionCount() == 0);

      rig.run(() -> {
        var exchange = waiting.getFirst();
        var failed = new CopyOnWriteArrayList<CutReason>();
        exchange.read(
            new Body() {
              @Override
              public void bytes(ByteBuf piece) {}

              @Override
              public void end(Fields trailers) {}

              @Override
              public void failed(CutReason reason) {
                failed.add(reason);
              }
            });
        exchange.interim(Answers.head(103));
        assertThat(exchange.respond(Answers.ok(), Framing.CHUNKED)).isFalse();
        var released = new CopyOnWriteArrayList<Integer>();
        assertThat(exchange.offer(Answers.text("abc"), 3, released::add)).isFalse();
        exchange.finish(Fields.EMPTY);
        exchange.cut(CutReason.INTERNAL);
        assertThat(failed).containsExactly(CutReason.PEER_GONE);
        assertThat(released).containsExactly(3);
      });
    }
  }

  @Test
  void heldPiecesDoNotPinTheBuffersTheyCameIn() throws Exception {
    var gather = new Answers.Gather();
    LoopHandler handler =
        exchange -> {
          if (exchange.request().target().equals("/")) gather.handle(exchange);
        };
    int peers = 200;
    try (var rig = new HttpRig(handler)) {
      var clients = new ArrayList<RawHttp>();
      for (int i = 0; i < peers; i++) {
        var client = rig.client();
        clients.add(client);
        client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n");
        client.sendPattern(60_000);
        assertThat(client.body(client.head(), "POST").drain().complete()).isTrue();
        client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\nG");
      }
      HttpRig.await("held", () -> rig.heldDirect() == peers);

      assertThat(rig.pooledBytes()).isLessThanOrEqualTo(2 << 20); // 3.2 MB in buffers of 16 KiB
      clients.forEach(RawHttp::close);
    }
  }
}
