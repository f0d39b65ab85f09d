package io.tidegate.proof;

import static io.tidegate.proof.Sample.Metric.CPU_MICROS_PER_REQUEST;
import static io.tidegate.proof.Sample.Metric.MEGABYTES_PER_SECOND;
import static io.tidegate.proof.Sample.Metric.REQUESTS_PER_SECOND;
import static io.tidegate.proof.Variant.HAPROXY;
import static io.tidegate.proof.Variant.NGINX_2;
import static io.tidegate.proof.Variant.TIDEGATE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResultsTest {
  private final Results results = new Results();

  @Test
  void aMedianIsTheMiddleOfTheRounds() {
    measured(TIDEGATE, 0, 900, 1);
    measured(TIDEGATE, 1, 100, 1);
    measured(TIDEGATE, 2, 200, 1);

    assertThat(results.median(Row.PAGE_64, TIDEGATE, REQUESTS_PER_SECOND)).isEqualTo(200);
    assertThat(results.median(Row.PAGE_64, TIDEGATE, MEGABYTES_PER_SECOND))
        .isCloseTo(20, within(1e-9));
  }

  @Test
  void aMedianOfTwoRoundsLiesBetweenThem() {
    measured(TIDEGATE, 0, 100, 1);
    measured(TIDEGATE, 1, 200, 1);

    assertThat(results.median(Row.PAGE_64, TIDEGATE, REQUESTS_PER_SECOND)).isEqualTo(150);
  }

  @Test
  void aRatioIsTakenWithinEachRoundAndThenItsMedian() {
    measured(TIDEGATE, 0, 200, 1); // 2x
    measured(TIDEGATE, 1, 3_000, 1); // 3x
    measured(TIDEGATE, 2, 10, 1); // 10x; the ratio of the medians would be 2x
    measured(NGINX_2, 0, 100, 1);
    measured(NGINX_2, 1, 1_000, 1);
    measured(NGINX_2, 2, 1, 1);

    assertThat(results.ratio(Row.PAGE_64, REQUESTS_PER_SECOND, TIDEGATE, NGINX_2))
        .contains(new Ratio(3, 2, 10));
  }

  @Test
  void processorTimeIsCountedPerCompletedRequest() {
    measured(TIDEGATE, 0, 50, 1_000);
    measured(HAPROXY, 0, 100, 1_000);

    assertThat(results.median(Row.PAGE_64, TIDEGATE, CPU_MICROS_PER_REQUEST)).isEqualTo(20);
    assertThat(results.ratio(Row.PAGE_64, CPU_MICROS_PER_REQUEST, TIDEGATE, HAPROXY))
        .contains(new Ratio(2, 2, 2));
  }

  @Test
  void thereIsNoRatioWithoutBothOrOfNothing() {
    measured(TIDEGATE, 0, 50, 1_000);
    measured(NGINX_2, 1, 50, 1_000);
    measured(HAPROXY, 0, 0, 1_000);

    assertThat(results.ratio(Row.PAGE_64, REQUESTS_PER_SECOND, TIDEGATE, NGINX_2))
        .isEqualTo(Optional.empty());
    assertThat(results.ratio(Row.PAGE_64, REQUESTS_PER_SECOND, TIDEGATE, HAPROXY))
        .isEqualTo(Optional.empty());
    assertThat(results.ratio(Row.SMALL_1, REQUESTS_PER_SECOND, TIDEGATE, TIDEGATE))
        .isEqualTo(Optional.empty());
  }

  @Test
  void whatWasNotMeasuredHasNoMedian() {
    assertThat(results.has(Row.SMALL_1, TIDEGATE)).isFalse();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> results.median(Row.SMALL_1, TIDEGATE, REQUESTS_PER_SECOND));
  }

  private void measured(Variant variant, int round, long requests, long cpuMicros) {
    var wrk = new Wrk(requests, 1, 1, 2, 0);
    results.add(new Sample(Row.PAGE_64, variant, round, wrk, cpuMicros, 1_048_576));
  }
}
