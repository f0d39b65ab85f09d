package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.HostilePeer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Visitors that all break off at once in the middle of a download.
@ExtendWith(Balanced.class)
class AbortsSystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int VISITORS = 256;

  /// Small, so that a download is in its middle and not in the visitor's kernel.
  private static final int RECEIVE_BYTES = 16 * 1024;

  @Test
  void theLinkOutlives256VisitorsThatBreakOffAtOnce() throws IOException {
    breakOff(1, 1_000_000);
  }

  @Test
  @Tag("long")
  void theLinkOutlives256VisitorsThatBreakOffAtOnceTwentyTimes() throws IOException {
    breakOff(20, 10_000_000);
  }

  private static void breakOff(int rounds, int bytes) throws IOException {
    try (var rig = TunnelRig.open()) {
      var baseline = Baseline.of(rig);
      for (int round = 0; round < rounds; round++) {
        var visitors = new ArrayList<HostilePeer>();
        for (int i = 0; i < VISITORS; i++) {
          var visitor = HostilePeer.openNarrow(rig.address(), RECEIVE_BYTES);
          visitor.send("GET /bytes/" + bytes + " HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
          visitors.add(visitor);
        }
        for (var visitor : visitors) {
          assertThat(visitor.readUntil("\r\n\r\n", SOON)).startsWith("HTTP/1.1 200 ");
          assertThat(visitor.read(1_000, SOON)).hasSize(1_000);
        }

        visitors.forEach(HostilePeer::abort);

        try (var visitor = rig.visit()) {
          assertThat(visitor.get(rig.host(), "/bytes/13").status()).isEqualTo(200);
        }
      }

      assertThat(rig.heard.urls).as("times that the agent connected").hasSize(1);
      assertThat(rig.cuts(CutReason.LINK_LOST)).isZero();
      baseline.awaitReturn();
    }
  }
}
