package io.tidegate.http.h2;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpRig;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.NodeHttp2;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Node's HTTP/2 client against the server; nothing is held after each test.
class NodeClientSystemTest {
  private HttpRig rig;
  private NodeHttp2 node;

  @BeforeEach
  void open() {
    assumeTrue(NodeHttp2.isInstalled() || required(), "node is installed");
    rig = HttpRig.of(loops -> new AnyHttpStage(loops, HttpLimits.DEFAULT, new Answering()));
    node = new NodeHttp2(rig.address(), "test.localhost");
  }

  private static boolean required() {
    return "required".equals(System.getenv("TIDEGATE_PEERS"));
  }

  private String cuts() {
    return Arrays.stream(CutReason.values())
        .filter(reason -> rig.loops.cuts(reason) > 0)
        .map(reason -> reason.label() + " " + rig.loops.cuts(reason))
        .toList()
        .toString();
  }

  @AfterEach
  void close() {
    if (rig != null) rig.close();
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "13", "100000", "10000000"})
  void downloadsArriveByteForByte(long bytes) throws Exception {
    var got = node.run("get", "/bytes/" + bytes);

    assertThat(got).isEqualTo("200 " + bytes + " " + Answering.sha256(bytes));
  }

  @ParameterizedTest
  @CsvSource({
    "0,known",
    "0,unknown",
    "1,known",
    "1,unknown",
    "100000,known",
    "100000,unknown",
    "10000000,known",
    "10000000,unknown"
  })
  void uploadsComeBackByteForByte(int bytes, String length) throws Exception {
    assertThat(node.run("echo", "/echo", Integer.toString(bytes), length))
        .as(() -> "cuts: " + cuts())
        .isEqualTo("200 " + bytes + " same");
  }

  @Test
  void trailersPassBothWays() throws Exception {
    assertThat(node.run("trailers", "/echo")).isEqualTo("200 hello 532");
  }

  @Test
  void whoWaitsFor100GetsIt() throws Exception {
    assertThat(node.run("expect", "/echo")).isEqualTo("200 100 body");
  }

  @Test
  void interimAnswersComeBeforeTheFinalOne() throws Exception {
    assertThat(node.run("text", "/early")).isEqualTo("200 103 after the hint");
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD,/bytes/13,200 13 0",
    "GET,/nocontent,204 - 0",
    "GET,/notmodified,304 - 0",
    "GET,/throw,undefined - 0",
    "OPTIONS,*,200 15 15"
  })
  void answersWithoutABodyHaveNone(String method, String path, String expected) throws Exception {
    if (path.equals("/throw")) {
      assertThat(node.run("reset", path)).isEqualTo("undefined 0 rst=2");
      rig.expectLogged("A fault of ours");
    } else {
      assertThat(node.run("method", method, path)).isEqualTo(expected);
    }
  }

  @Test
  void aHundredStreamsAtOnceAreAllAnswered() throws Exception {
    assertThat(node.run("many", "/bytes/100000", "100"))
        .as(() -> "cuts: " + cuts())
        .isEqualTo("1 200 100000");
  }

  @Test
  void aThousandRequestsFollowEachOther() throws Exception {
    assertThat(node.run("rounds", "/bytes/13", "1000")).isEqualTo("200 13");
  }

  @Test
  void aStalledStreamHarmsNoOtherOfItsConnection() throws Exception {
    var said = node.run("stalled", "/bytes/10000000", "/bytes/1000", "50").split(" ", -1);

    assertThat(said[0]).isEqualTo("ok");
    assertThat(Integer.parseInt(said[1])).as("median of the live one, ms").isLessThan(100);
  }

  @Test
  void cookiesAreOneFieldAndTheHostIsTheAuthority() throws Exception {
    assertThat(node.run("text", "/seen?x=1", "cookie=a=1", "x-more=yes"))
        .startsWith("200  GET test.localhost /seen?x=1")
        .containsIgnoringCase("cookie: a=1")
        .contains("x-more: yes")
        .endsWith("body: NONE");
  }
}
