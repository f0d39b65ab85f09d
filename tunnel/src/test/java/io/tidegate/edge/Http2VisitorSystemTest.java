package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.NodeHttp2;
import io.tidegate.testkit.Pattern;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Visitors that speak HTTP/2 to the edge's plain port, with prior knowledge: the app behind the
/// tunnel sees HTTP/1.1.
@ExtendWith(Balanced.class)
class Http2VisitorSystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @BeforeEach
  void nodeIsThere() {
    var _ = Peers.find("node");
  }

  private static NodeHttp2 node(TunnelRig rig) {
    return new NodeHttp2(rig.address(), rig.host());
  }

  @ParameterizedTest
  @CsvSource({
    "bytes,0",
    "bytes,13",
    "bytes,100000",
    "bytes,10000000",
    "chunked,0",
    "chunked,100000",
    "chunked,10000000",
    "http10,100000"
  })
  void downloadsArriveByteForByte(String kind, long bytes) throws Exception {
    try (var rig = TunnelRig.open()) {
      assertThat(node(rig).run("get", "/" + kind + "/" + bytes))
          .isEqualTo("200 " + bytes + " " + Pattern.sha256(bytes));
    }
  }

  @ParameterizedTest
  @CsvSource({"0,known", "13,unknown", "100000,known", "10000000,known", "10000000,unknown"})
  void uploadsComeBackByteForByte(int bytes, String length) throws Exception {
    try (var rig = TunnelRig.open()) {
      assertThat(node(rig).run("echo", "/echo", Integer.toString(bytes), length))
          .isEqualTo("200 " + bytes + " same");
    }
  }

  @Test
  void anEventIsSeenWithin50Milliseconds() throws Exception {
    try (var rig = TunnelRig.open()) {
      var said = node(rig).run("events", "/sse/50/40", "30").split(" ", -1);

      assertThat(Integer.parseInt(said[0])).isGreaterThanOrEqualTo(30);
      assertThat(Integer.parseInt(said[1])).as("median, ms").isLessThan(50);
    }
  }

  @Test
  void whoLeavesInTheMiddleOfEventsIsGoneFromTheApp() throws Exception {
    try (var rig = TunnelRig.open()) {
      var seen = node(rig).run("events", "/sse/10", "5").split(" ")[0];
      assertThat(Integer.parseInt(seen)).as("before it left").isBetween(5, 20);

      var closing = rig.origin.log().awaitClosing(end -> end.target().startsWith("/sse"), SOON);
      assertThat(closing.target()).startsWith("/sse");
    }
  }

  @ParameterizedTest
  @CsvSource({"5", "70000"})
  void aWebSocketOfRfc8441IsTheAppsWebSocket(int bytes) throws Exception {
    try (var rig = TunnelRig.open()) {
      assertThat(node(rig).run("websocket", "/ws", Integer.toString(bytes)))
          .isEqualTo("200 2 same 8 4321 - -");
    }
  }

  @Test
  void noWebSocketIsOpenedWhereTheAppHasNone() throws Exception {
    try (var rig = TunnelRig.open()) {
      assertThat(node(rig).run("websocket", "/bytes/13", "5")).isEqualTo("status 502");
    }
  }

  @Test
  void theEdgeSaysWhyItCannotServe() throws Exception {
    try (var rig = TunnelRig.open()) {
      var nobody = new NodeHttp2(rig.address(), rig.host("nobody"));

      assertThat(nobody.run("text", "/")).startsWith("404 ");
      assertThat(rig.cuts(CutReason.UNKNOWN_NAME)).isEqualTo(1);
    }
  }

  @Test
  void noLinkIsOpenedOnAStream() throws Exception {
    try (var rig = TunnelRig.open()) {
      var own = new NodeHttp2(rig.address(), "localhost:" + rig.edge.port());

      assertThat(own.run("text", "/_tidegate/link")).startsWith("426 ");
    }
  }

  @ParameterizedTest
  @CsvSource({"/truncated/50000", "/reset/50000"})
  void aBrokenAnswerNeverLooksComplete(String path) throws Exception {
    try (var rig = TunnelRig.open()) {
      assertThat(node(rig).run("reset", path)).doesNotEndWith("rst=0");
    }
  }

  @Test
  void awkwardAnswersPass() throws Exception {
    try (var rig = TunnelRig.open()) {
      assertThat(node(rig).run("text", "/100-headers")).isEqualTo("200  hundred");
      assertThat(node(rig).run("text", "/103")).isEqualTo("200 103 hinted");
      assertThat(node(rig).run("received", "/trailers")).isEqualTo("200 hello 532");
      assertThat(node(rig).run("method", "HEAD", "/bytes/13")).isEqualTo("200 13 0");
      assertThat(node(rig).run("method", "GET", "/status/204")).isEqualTo("204 - 0");
      assertThat(node(rig).run("method", "GET", "/status/304")).isEqualTo("304 - 0");
    }
  }

  @Test
  void aHundredStreamsOfOneVisitorAreAllAnswered() throws Exception {
    try (var rig = TunnelRig.open()) {
      assertThat(node(rig).run("many", "/bytes/10000", "100")).isEqualTo("1 200 10000");
    }
  }

  @Test
  void aStalledStreamHarmsNoOtherOfItsConnection() throws Exception {
    try (var rig = TunnelRig.open()) {
      var said = node(rig).run("stalled", "/bytes/10000000", "/bytes/1000", "30").split(" ", -1);

      assertThat(said[0]).isEqualTo("ok");
      assertThat(Integer.parseInt(said[1])).as("median of the live one, ms").isLessThan(100);
    }
  }

  @Test
  void everythingIsGivenBackWhenVisitorsAreGone() throws Exception {
    try (var rig = TunnelRig.open(UnaryOperator.identity(), UnaryOperator.identity(), 1)) {
      for (int i = 0; i < 3; i++) {
        assertThat(node(rig).run("many", "/bytes/100000", "20")).isEqualTo("1 200 100000");
      }
      rig.agents.removeFirst().close();

      Eventually.await(
          SOON,
          () -> io.tidegate.ledger.Census.of(rig.edgeLoops.root()).toString(),
          () ->
              TunnelRig.held(rig.edgeLoops, Purse.DIRECT) == 0
                  && rig.edgeLoops.unfilledBytes() == 0);
    }
  }
}
