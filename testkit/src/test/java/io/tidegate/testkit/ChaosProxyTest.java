package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Balanced.class)
class ChaosProxyTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private final TestOrigin origin;
  private final ChaosProxy proxy;

  ChaosProxyTest() throws Exception {
    origin = TestOrigin.open();
    proxy = ChaosProxy.open(origin.address());
  }

  @AfterEach
  void stop() {
    proxy.close();
    origin.close();
  }

  private RawBody.Drained get(String path) throws Exception {
    try (var http = RawHttp.open(proxy.address())) {
      return get(http, path);
    }
  }

  private static RawBody.Drained get(RawHttp http, String path) throws Exception {
    http.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    return http.body(http.finalHead(), "GET").drain();
  }

  private static Duration timed(java.util.concurrent.Callable<?> work) throws Exception {
    var start = System.nanoTime();
    var _ = work.call();
    return Wire.since(start);
  }

  @Test
  void withoutToxicsEveryByteAndTheEndPass() throws Exception {
    assertThat(get("/bytes/3000000").isPattern(3_000_000)).isTrue();
    assertThat(get("/http10/100000").isPattern(100_000)).isTrue();

    Eventually.await(SOON, () -> "pairs: " + proxy.connections(), () -> proxy.connections() == 0);
    assertThat(proxy.bytesTowardClient()).isGreaterThan(3_100_000);
  }

  @Test
  void latencyIsAddedPerDirectionAndLeavesBytesInOrder() throws Exception {
    proxy.towardTarget(Toxics.NONE.withLatency(Duration.ofMillis(60), Duration.ZERO));
    proxy.towardClient(Toxics.NONE.withLatency(Duration.ofMillis(100), Duration.ofMillis(40)));

    try (var http = RawHttp.open(proxy.address())) {
      assertThat(timed(() -> get(http, "/bytes/10"))).isBetween(Duration.ofMillis(120), SOON);
      assertThat(get(http, "/bytes/500000").isPattern(500_000)).isTrue();
    }
  }

  @Test
  void latencyDoesNotLowerThroughputToOneBufferPerRoundTrip() throws Exception {
    proxy.towardClient(Toxics.NONE.withLatency(Duration.ofMillis(100), Duration.ZERO));

    var time = timed(() -> get("/bytes/2000000"));

    assertThat(time).isLessThan(SOON); // 122 round trips of 16 KiB: 12 s
  }

  @Test
  void bandwidthPacesBytes() throws Exception {
    proxy.towardClient(Toxics.NONE.withBandwidth(200_000));

    assertThat(timed(() -> get("/bytes/100000"))).isBetween(Duration.ofMillis(400), SOON);
  }

  @Test
  void slicesArriveOneByOneAndComplete() throws Exception {
    proxy.towardTarget(Toxics.NONE.withSlices(1, Duration.ofMillis(1)));
    proxy.towardClient(Toxics.NONE.withSlices(7, Duration.ZERO));

    assertThat(get("/bytes/20000").isPattern(20_000)).isTrue();
  }

  @Test
  void frozenNothingPassesAndThawedNothingIsMissing() throws Exception {
    try (var http = RawHttp.open(proxy.address())) {
      assertThat(get(http, "/bytes/10").complete()).isTrue();
      proxy.freeze();
      http.send("GET /bytes/100000 HTTP/1.1\r\nHost: a\r\n\r\n");

      assertThat(http.silentFor(Duration.ofMillis(150))).isTrue();
      assertThat(origin.log().requests()).isEqualTo(1);
      proxy.thaw();

      assertThat(http.body(http.finalHead(), "GET").drain().isPattern(100_000)).isTrue();
    }
  }

  @Test
  void aSwallowingHoleTakesBytesForEverAStallingOneStopsTheSender() throws Exception {
    var chunk = new byte[64 * 1024];
    proxy.towardTarget(Toxics.NONE.withHole(Toxics.Hole.SWALLOW));
    try (var swallowed = HostilePeer.open(proxy.address())) {
      Eventually.await(SOON, () -> "pairs", () -> proxy.connections() == 1);
      assertThat(swallowed.flood(chunk, Duration.ofSeconds(1))).isGreaterThan(20_000_000);
    }
    // what it still has of a peer would be held, and go on as that has ended
    Eventually.await(SOON, () -> "pairs", () -> proxy.connections() == 0);
    proxy.towardTarget(Toxics.NONE.withHole(Toxics.Hole.STALL));
    try (var stalled = HostilePeer.open(proxy.address())) {
      assertThat(stalled.flood(chunk, Duration.ofMillis(300))).isLessThan(20_000_000);

      assertThat(proxy.bytesTowardTarget()).isZero(); // what is held may go on when the peer ends
    }
  }

  @Test
  void aStalledConnectionGoesOnWhenTheHoleCloses() throws Exception {
    proxy.towardTarget(Toxics.NONE.withHole(Toxics.Hole.STALL));
    try (var http = RawHttp.open(proxy.address())) {
      http.send("GET /bytes/1000 HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(http.silentFor(Duration.ofMillis(100))).isTrue();

      proxy.towardTarget(Toxics.NONE);

      assertThat(http.body(http.finalHead(), "GET").drain().isPattern(1_000)).isTrue();
    }
  }

  @Test
  void aLimitEndsBothSidesAfterExactlyThatManyBytes() throws Exception {
    proxy.towardClient(Toxics.NONE.withLimit(20_000));

    try (var http = RawHttp.open(proxy.address())) {
      http.send("GET /bytes/50000 HTTP/1.1\r\nHost: a\r\n\r\n");
      var head = http.finalHead();
      var body = http.body(head, "GET").drain();

      assertThat(body.complete()).isFalse();
      assertThat(head.raw().length() + body.bytes()).isEqualTo(20_000);
      assertThat(body.firstOffPattern()).isEqualTo(-1);
    }
    var _ = origin.log().awaitClosing(it -> true, SOON);
  }

  @Test
  void resetAllResetsBothSidesAndDropAllEndsThem() throws Exception {
    try (var reset = RawHttp.open(proxy.address())) {
      assertThat(get(reset, "/bytes/10").complete()).isTrue();
      proxy.resetAll();

      assertThat(reset.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
      assertThat(origin.log().awaitClosing(it -> it.connection() == 1, SOON).how())
          .isEqualTo(Cut.End.RESET);
    }
    try (var dropped = RawHttp.open(proxy.address())) {
      assertThat(get(dropped, "/bytes/10").complete()).isTrue();
      proxy.dropAll();

      assertThat(dropped.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
      assertThat(origin.log().awaitClosing(it -> it.connection() == 2, SOON).how())
          .isEqualTo(Cut.End.FIN);
    }
  }

  @Test
  void aResetOfOneSideReachesTheOtherAsAReset() throws Exception {
    assertThat(get("/reset/100000").complete()).isFalse();

    try (var http = RawHttp.open(proxy.address())) {
      http.send("GET /never HTTP/1.1\r\nHost: a\r\n\r\n");
      Eventually.await(SOON, () -> "the request", () -> origin.log().requests() == 2);
      http.abort();

      assertThat(origin.log().awaitClosing(it -> it.connection() == 2, SOON).how())
          .isEqualTo(Cut.End.RESET);
    }
  }

  @Test
  void aHalfCloseIsPassedOnAndTheAnswerStillComes() throws Exception {
    try (var http = RawHttp.open(proxy.address())) {
      http.send("GET /bytes/200000 HTTP/1.1\r\nHost: a\r\n\r\n");
      http.halfClose();

      assertThat(http.body(http.finalHead(), "GET").drain().isPattern(200_000)).isTrue();
    }
  }
}
