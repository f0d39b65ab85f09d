package io.tidegate.proof.sleepers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tidegate.proof.sleepers.Trend.Point;
import io.tidegate.proof.sleepers.Trend.Shown;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrendTest {
  private static final int SECONDS = 600;
  private static final double LIMIT = 1_024;

  @Test
  void aLineIsFoundBeneathATideThatComesAndGoes() {
    var trend = Trend.of(seconds(i -> 10e6 + 50e3 * i / 60 + 20e3 * Math.sin(i / 1.6)));

    assertThat(trend.perMinute()).isCloseTo(50e3, within(2e3));
    assertThat(trend.error()).isBetween(1.0, 3e3);
    assertThat(trend.within(LIMIT)).isEqualTo(Shown.MISSED);
  }

  @Test
  void whatStaysHolds() {
    var trend = Trend.of(seconds(_ -> 10e6));

    assertThat(trend).isEqualTo(new Trend(0, 0));
    assertThat(trend.within(LIMIT)).isEqualTo(Shown.HELD);
  }

  @Test
  void aGrowthSmallerThanItsErrorIsUndecided() {
    assertThat(new Trend(2_000, 1_500).within(LIMIT)).isEqualTo(Shown.UNDECIDED);
    assertThat(new Trend(2_000, Double.NaN).within(LIMIT)).isEqualTo(Shown.UNDECIDED);
    assertThat(new Trend(2_000, 900).within(LIMIT)).isEqualTo(Shown.MISSED);
    assertThat(new Trend(-9_000, 100).within(LIMIT)).isEqualTo(Shown.HELD);
  }

  private static List<Point> seconds(IntToDoubleFunction value) {
    return IntStream.range(0, SECONDS)
        .mapToObj(i -> new Point(i / 60.0, value.applyAsDouble(i)))
        .toList();
  }
}
