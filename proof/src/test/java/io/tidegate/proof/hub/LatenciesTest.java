package io.tidegate.proof.hub;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class LatenciesTest {
  private final Latencies latencies = new Latencies();

  @Test
  void quantilesAreThoseOfTheValuesWithinThreePercentAbove() {
    for (long micros = 1; micros <= 10_000; micros++) latencies.add(micros * 1_000);

    assertThat(latencies.count()).isEqualTo(10_000);
    assertThat(latencies.millis(0.5)).isBetween(5.0, 5.16);
    assertThat(latencies.millis(0.99)).isBetween(9.9, 10.0);
    assertThat(latencies.millis(1)).isCloseTo(10, Percentage.withPercentage(0.001));
  }

  @Test
  void theSmallestAndTheLargestValuesHaveASlot() {
    latencies.add(-5);
    latencies.add(0);
    latencies.add(Long.MAX_VALUE);

    assertThat(latencies.millis(0.5)).isZero();
    assertThat(latencies.millis(1)).isEqualTo(Long.MAX_VALUE / 1e6);
  }

  @Test
  void withoutAValueThereIsNoQuantile() {
    assertThat(latencies.millis(0.5)).isNaN();
  }
}
