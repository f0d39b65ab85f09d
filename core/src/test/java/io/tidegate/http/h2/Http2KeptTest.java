package io.tidegate.http.h2;

import static io.tidegate.testkit.RawHttp2.DATA;
import static io.tidegate.testkit.RawHttp2.END_HEADERS;
import static io.tidegate.testkit.RawHttp2.END_STREAM;
import static io.tidegate.testkit.RawHttp2.HEADERS;
import static io.tidegate.testkit.RawHttp2.RST_STREAM;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.Exchange;
import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpRig;
import io.tidegate.http.LoopHandler;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ticker;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.RawHttp2;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What streams of HTTP/2 keep is charged as long as it is kept, and is kept no longer than they
/// live.
class Http2KeptTest {
  private static final String HOST = "test.localhost";
  private static final int STREAMS = 20;
  private static final int LONG = 10_000;
  private static final int INITIAL_WINDOW_SIZE = 4;

  private static HttpRig rig(LoopHandler handler) {
    return HttpRig.of(
        loops -> new Http2Stage(loops, HttpLimits.DEFAULT, Http2Limits.DEFAULT, handler));
  }

  @Test
  void aStreamThatIsResetWhileAllWaitForCreditIsForgotten() throws Exception {
    var seen = new ArrayList<WeakReference<Exchange>>();
    var answering = new Answering();
    try (var rig =
            rig(exchange -> {
              seen.add(new WeakReference<>(exchange));
              answering.handle(exchange);
            });
        var peer = RawHttp2.open(rig.address())) {
      peer.get(1, "/bytes/65535");
      assertThat(peer.awaitReset(1)).as("has all credit, and ends in order").isEqualTo(-1);
      for (int i = 1; i <= STREAMS; i++) {
        int stream = 2 * i + 1;
        peer.get(stream, "/bytes/1000");
        var _ = peer.await(frame -> frame.stream() == stream && frame.type() == HEADERS);
        peer.sendWord(RST_STREAM, stream, 8);
      }

      HttpRig.await("streams that are gone are garbage", () -> areGone(rig, seen));
    }
  }

  private static boolean areGone(HttpRig rig, List<WeakReference<Exchange>> seen) {
    System.gc();
    var left = new ArrayList<Exchange>();
    try {
      rig.run(() -> seen.stream().map(WeakReference::get).forEach(left::add));
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
    return left.size() > STREAMS && left.stream().allMatch(exchange -> exchange == null);
  }

  @Test
  void aHeadIsChargedUntilItsAnswerHasLeft() throws Exception {
    try (var rig = rig(new Answering());
        var peer = RawHttp2.open(rig.address(), INITIAL_WINDOW_SIZE, 0)) {
      long before = rig.heldHeap();
      for (int i = 0; i < STREAMS; i++) {
        int stream = 2 * i + 1;
        var request = RawHttp2.request("GET", HOST, "/", "x-long", "y".repeat(LONG));
        peer.send(HEADERS, END_HEADERS | END_STREAM, stream, request);
        var _ = peer.await(frame -> frame.stream() == stream && frame.type() == HEADERS);
      }

      assertThat(rig.heldHeap() - before).isGreaterThan(STREAMS * LONG);
    }
  }

  @Test
  void trailersAreChargedUntilTheAnswerHasLeft() throws Exception {
    try (var rig = rig(new Answering());
        var peer = RawHttp2.open(rig.address(), INITIAL_WINDOW_SIZE, 0)) {
      long before = rig.heldHeap();
      for (int i = 0; i < STREAMS; i++) {
        int stream = 2 * i + 1;
        peer.send(HEADERS, END_HEADERS, stream, RawHttp2.request("POST", HOST, "/"));
        peer.send(DATA, 0, stream, new byte[200]);
        var trailers = RawHttp2.section("x-long", "y".repeat(LONG));
        peer.send(HEADERS, END_HEADERS | END_STREAM, stream, trailers);
        var _ = peer.await(frame -> frame.stream() == stream && frame.type() == HEADERS);
      }

      assertThat(rig.heldHeap() - before).isGreaterThan(STREAMS * LONG);
    }
  }

  @Test
  void whereThereIsNoRoomForHttp2NothingIsLeft() throws Exception {
    var narrow = new Budget(1 << 20, Http2Limits.DEFAULT.heapPriceBytes());
    try (var rig =
            HttpRig.of(
                loops -> new AnyHttpStage(loops, HttpLimits.DEFAULT, new Answering()),
                config -> config.withConnectionLimits(narrow),
                Ticker.SYSTEM);
        var peer = RawHttp2.connect(rig.address())) {
      peer.preface(); // and no more: it is cut for that, and a second write could hear of it

      assertThat(peer.next()).as("cut").isNull();
      rig.awaitCut(CutReason.MEMORY_REFUSED, 1);
      rig.awaitIdle();
    }
  }
}
