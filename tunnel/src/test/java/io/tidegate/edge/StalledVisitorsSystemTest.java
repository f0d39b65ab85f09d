package io.tidegate.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Purse;
import io.tidegate.link.LinkConfig;
import io.tidegate.net.CutReason;
import io.tidegate.net.WriteLimits;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Visitors that ask for much and read nothing, beside one that reads.
@ExtendWith(Balanced.class)
class StalledVisitorsSystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int STALLED = 64;
  private static final int FETCHES = 20;
  private static final int WARM_UP = 300;
  private static final long SLACK_BYTES = 5 << 20;

  @Test
  void stalledVisitorsHoldTheirFloorsDelayNobodyAndAreCutByName() throws IOException {
    stall(Duration.ofSeconds(5));
  }

  @Test
  @Tag("long")
  void theSameWithTheDefaultDeadline() throws IOException {
    stall(WriteLimits.DEFAULT.stall());
  }

  private void stall(Duration deadline) throws IOException {
    UnaryOperator<EdgeConfig> patient =
        edge ->
            edge.withVisitors(
                edge.visitors().withWriteLimits(WriteLimits.DEFAULT.withStall(deadline)));
    var anywhere = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    try (var rig = TunnelRig.open(patient, UnaryOperator.identity(), 2);
        var admin = Admin.open(rig.edgeLoops, rig.edge, anywhere, null);
        var polite = rig.visit()) {
      var baseline = Baseline.of(rig);
      var alone = fetchNanos(rig, polite, WARM_UP);
      long direct = TunnelRig.held(rig.edgeLoops, Purse.DIRECT);

      var stalled = stalled(rig, admin);
      try {
        var beside = fetchNanos(rig, polite, FETCHES);
        long grown = TunnelRig.held(rig.edgeLoops, Purse.DIRECT) - direct;
        say("alone", Arrays.copyOfRange(alone, WARM_UP - FETCHES, WARM_UP));
        say("beside " + STALLED + " stalled", beside);
        Figures.note("the edge's ledger grew by " + grown + " bytes");

        assertThat(median(beside)).isLessThan(Duration.ofMillis(50).toNanos());
        assertThat(grown)
            .isLessThan((long) STALLED * LinkConfig.floorFor(TunnelRig.BUDGET) + SLACK_BYTES);
        Eventually.await(
            deadline.plus(SOON),
            () -> "cut so far: " + rig.cuts(CutReason.WRITE_STALLED) + allCuts(rig),
            () -> rig.cuts(CutReason.WRITE_STALLED) == STALLED);
      } finally {
        stalled.forEach(HostilePeer::abort);
      }
      assertThat(page(admin, "/metrics"))
          .contains("tidegate_cuts_total{reason=\"write_stalled\"} " + STALLED + "\n");
      assertThat(page(admin, "/census")).contains("\"write_stalled\":" + STALLED + ",");
      polite.close();
      baseline.awaitReturn();
    }
  }

  /// Visitors for each of whom bytes wait at the edge: neither kernel takes more. On a slow machine
  /// the first may have been cut when the last stalls.
  private static List<HostilePeer> stalled(TunnelRig rig, Admin admin) throws IOException {
    var stalled = new ArrayList<HostilePeer>();
    for (int i = 0; i < STALLED; i++) {
      var visitor = HostilePeer.open(rig.address());
      visitor.send("GET /bytes/10000000 HTTP/1.1\r\nHost: " + rig.host() + "\r\n\r\n");
      stalled.add(visitor);
    }
    Eventually.await(
        SOON,
        () -> "stalled: " + queued(admin) + allCuts(rig),
        () -> queued(admin) + rig.cuts(CutReason.WRITE_STALLED) >= STALLED);
    return stalled;
  }

  private static long[] fetchNanos(TunnelRig rig, RawHttp polite, int times) throws IOException {
    var nanos = new long[times];
    for (int i = 0; i < times; i++) {
      long began = System.nanoTime();
      assertThat(polite.get(rig.host(), "/bytes/100000").body()).hasSize(100_000);
      nanos[i] = System.nanoTime() - began;
    }
    return nanos;
  }

  private static long median(long[] nanos) {
    return Arrays.stream(nanos).sorted().toArray()[nanos.length / 2];
  }

  private static void say(String what, long[] nanos) {
    Figures.note(
        "100 kB %s: median %.1f ms, most %.1f ms of %d"
            .formatted(
                what,
                median(nanos) / 1e6,
                Arrays.stream(nanos).max().orElse(0) / 1e6,
                nanos.length));
  }

  private static String allCuts(TunnelRig rig) {
    var cuts = new ArrayList<String>();
    for (var reason : CutReason.values())
      if (rig.cuts(reason) > 0) cuts.add(reason.label() + " " + rig.cuts(reason));
    return cuts.toString();
  }

  private static long queued(Admin admin) {
    try {
      return Pattern.compile("\"queued\":[1-9]").matcher(page(admin, "/census")).results().count();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static String page(Admin admin, String target) throws IOException {
    try (var operator = RawHttp.open(admin.address(), SOON)) {
      var answer = operator.get("127.0.0.1:" + admin.address().getPort(), target);
      assertThat(answer.status()).isEqualTo(200);
      return answer.body();
    }
  }
}
