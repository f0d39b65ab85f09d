package io.tidegate.observe;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.pool.PoolState;
import io.tidegate.net.CutReason;
import io.tidegate.testkit.Balanced;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(Balanced.class)
class PrometheusPageTest {
  @ParameterizedTest
  @EnumSource(Metric.class)
  void aNameEndsWithItsUnitAndTheSentenceWithAPeriod(Metric metric) {
    assertThat(metric.text()).matches("tidegate_[a-z_]+").endsWith(metric.unit());
    assertThat(metric.sentence()).endsWith(".").doesNotContain("\n", "\\");
  }

  @Test
  void everyMetricHasHelpTypeAndASample() throws Exception {
    try (var rig = new ObserveRig(1)) {
      var lines = PrometheusPage.of(rig.loops).lines().toList();

      for (var metric : Metric.values()) {
        assertThat(lines).contains("# HELP " + metric.text() + " " + metric.sentence());
        assertThat(lines)
            .contains("# TYPE " + metric.text() + (metric.isCounter() ? " counter" : " gauge"));
        assertThat(lines).anyMatch(line -> line.matches(metric.text() + "(\\{[^}]*})? [0-9]+"));
      }
      assertThat(lines)
          .allMatch(
              line -> line.matches("# (HELP|TYPE) .*|[a-z_]+(\\{[a-z]+=\"[a-z0-9_]+\"})? [0-9]+"));
    }
  }

  @Test
  void everyReasonHasItsCounterWhetherItHasHappenedOrNot() throws Exception {
    try (var rig = new ObserveRig(2)) {
      for (int i = 0; i < 2; i++) {
        var loop = rig.loops.loop(i);
        var _ = loop.run(() -> loop.count(CutReason.HEAD_TIMEOUT));
      }
      ObserveRig.await("2 cuts", () -> rig.loops.cuts(CutReason.HEAD_TIMEOUT) == 2);

      var page = PrometheusPage.of(rig.loops);

      assertThat(page).contains("\ntidegate_cuts_total{reason=\"head_timeout\"} 2\n");
      assertThat(Arrays.stream(CutReason.values()))
          .allSatisfy(reason -> assertThat(page).contains("{reason=\"" + reason.label() + "\"} "));
    }
  }

  @Test
  void thePageStaysUnderItsBound() throws Exception {
    try (var rig = new ObserveRig(1)) {
      assertThat(PrometheusPage.of(rig.loops)).hasSizeLessThan(8 * 1024).isASCII();
    }
  }

  @Test
  void aPoolHasAllItsFiguresUnderItsName() throws Exception {
    var totals = new PoolState.Totals(9, 8, 1, 2, 3, 0, 0, 4);
    var held = new PoolState.EndpointState(URI.create("ws://a.example/"), 7, true);
    var state = new PoolState("feeds", 7, 6, 1, 0, 2, totals, 3, 500, false, List.of(held), null);
    try (var rig = new ObserveRig(1)) {
      var page = PrometheusPage.of(rig.loops, List.of(state, state));

      for (var metric : PoolMetric.values()) {
        assertThat(metric.text()).matches("tidegate_pool_[a-z_]+");
        assertThat(metric.sentence()).endsWith(".");
        assertThat(page)
            .contains("# HELP " + metric.text() + " " + metric.sentence() + "\n")
            .contains(metric.text() + "{pool=\"feeds\"} " + metric.of(state) + "\n");
      }
      assertThat(page).startsWith(PrometheusPage.of(rig.loops).substring(0, 60));
      assertThat(page).hasSizeLessThan(14 * 1024);
    }
  }

  @Test
  void aStuckLoopIsTold() throws Exception {
    try (var rig = new ObserveRig(2)) {
      var home = rig.loops.loop(0);
      var healthy = new java.util.concurrent.LinkedBlockingQueue<Boolean>();
      var release = new java.util.concurrent.CountDownLatch(1);

      var _ = home.run(() -> Health.ask(rig.loops, home, healthy::add));
      assertThat(healthy.poll(20, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
      var _ =
          rig.loops
              .loop(1)
              .run(() -> {
                try {
                  release.await();
                } catch (InterruptedException interrupted) {
                  Thread.currentThread().interrupt();
                }
              });
      var _ = home.run(() -> Health.ask(rig.loops, home, healthy::add));

      assertThat(healthy.poll(20, java.util.concurrent.TimeUnit.SECONDS)).isFalse();
      release.countDown();
      assertThat(healthy.poll(500, java.util.concurrent.TimeUnit.MILLISECONDS)).isNull();
    }
  }
}
