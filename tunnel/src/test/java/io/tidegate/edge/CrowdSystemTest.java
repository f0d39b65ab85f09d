package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.HttpLimits;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.HostileCrowd;
import io.tidegate.testkit.HostileCrowd.Script;
import java.io.IOException;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A thousand connections that say nothing, with slow heads and slow bodies beside them.
@ExtendWith(Balanced.class)
class CrowdSystemTest {
  private static final int SILENT = 1_000;
  private static final int SLOW = 100;
  private static final Duration HEAD = Duration.ofSeconds(2);
  private static final Duration GRACE = Duration.ofSeconds(1);
  private static final Duration DRIP = Duration.ofMillis(200);

  @Test
  void silentAndSlowConnectionsAreCutAtTheirDeadlinesAndAPoliteOneIsAnsweredThroughout()
      throws IOException {
    try (var rig = TunnelRig.open(CrowdSystemTest::hurried, UnaryOperator.identity(), 2)) {
      var baseline = Baseline.of(rig);
      var sources = HostileCrowd.loopbackSources(59);
      var head = "GET / HTTP/1.1\r\nHost: " + rig.host() + "\r\nX-Slow: ";
      var body =
          "POST /count/slow HTTP/1.1\r\nHost: "
              + rig.host()
              + "\r\nContent-Length: 1000000\r\n\r\n";
      try (var silent = HostileCrowd.open(SILENT, rig.address(), sources, Script.SILENT);
          var heads =
              HostileCrowd.open(SLOW, rig.address(), sources, Script.dripping(head, "x", DRIP));
          var bodies =
              HostileCrowd.open(SLOW, rig.address(), sources, Script.dripping(body, "x", DRIP))) {
        var deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (silent.report().cut() + heads.report().cut() + bodies.report().cut()
                < SILENT + 2 * SLOW
            && System.nanoTime() < deadline) {
          try (var polite = rig.visit()) {
            assertThat(polite.get(rig.host(), "/bytes/13").status()).isEqualTo(200);
          }
        }

        assertThat(silent.report().cut()).as("silent " + silent.report()).isEqualTo(SILENT);
        assertThat(heads.report().cut()).as("slow heads " + heads.report()).isEqualTo(SLOW);
        assertThat(bodies.report().cut()).as("slow bodies " + bodies.report()).isEqualTo(SLOW);
        assertThat(silent.report().firstCut()).isGreaterThan(HEAD.minusMillis(100));
      }
      assertThat(rig.cuts(CutReason.HEAD_TIMEOUT)).isEqualTo(SILENT + SLOW);
      assertThat(rig.cuts(CutReason.BODY_TOO_SLOW)).isEqualTo(SLOW);
      baseline.awaitReturn();
    }
  }

  private static EdgeConfig hurried(EdgeConfig edge) {
    var limits = HttpLimits.DEFAULT;
    return edge.withLimits(
        new HttpLimits(
            limits.head(),
            HEAD,
            limits.idleTimeout(),
            GRACE,
            limits.leastBodyBytesPerSecond(),
            limits.requests(),
            limits.age()));
  }
}
