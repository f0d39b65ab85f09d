package io.tidegate.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class BackoffTest {
  private static final Backoff BACKOFF = Backoff.DEFAULT;

  private final Backoff.Tries tries = BACKOFF.tries(new SplittableRandom(1));

  @Test
  void theCeilingDoublesUpToTheLongest() {
    for (int failure = 0; failure < 40; failure++) {
      var ceiling = Math.min(60_000, 500L << Math.min(failure, 20));

      assertThat(tries.failed()).isBetween(Duration.ofMillis(50), Duration.ofMillis(ceiling));
    }
    assertThat(tries.failures()).isEqualTo(40);
  }

  @Test
  void pausesAreSpreadOverAllOfTheCeiling() {
    for (int i = 0; i < 10; i++) {
      var _ = tries.failed();
    }
    int low = 0;
    int high = 0;

    for (int i = 0; i < 1_000; i++) {
      var pause = tries.failed();
      if (pause.compareTo(Duration.ofSeconds(15)) < 0) low++;
      if (pause.compareTo(Duration.ofSeconds(45)) > 0) high++;
    }

    assertThat(low).isBetween(200, 300);
    assertThat(high).isBetween(200, 300);
  }

  @Test
  void anEndAfterAStableTimeForgetsTheFailures() {
    for (int i = 0; i < 10; i++) {
      var _ = tries.failed();
    }

    assertThat(tries.ended(BACKOFF.stable())).isBetween(Duration.ZERO, Duration.ofMillis(500));
    assertThat(tries.failures()).isZero();
  }

  @Test
  void anEndBeforeThatIsAFailure() {
    var _ = tries.failed();
    var _ = tries.ended(BACKOFF.stable().minusNanos(1));

    assertThat(tries.failures()).isEqualTo(2);
  }

  @Test
  void theCapIsHalfOfTheLongestToTheLongest() {
    for (int i = 0; i < 100; i++) {
      assertThat(tries.atCap()).isBetween(Duration.ofSeconds(30), Duration.ofSeconds(60));
    }
  }

  @Test
  void boundsThatMakeNoSenseAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> BACKOFF.withFirst(Duration.ofMillis(49)));
    assertThatIllegalArgumentException().isThrownBy(() -> BACKOFF.withFirst(Duration.ofHours(1)));
    assertThatIllegalArgumentException().isThrownBy(() -> BACKOFF.withLongest(Duration.ofDays(1)));
    assertThatIllegalArgumentException().isThrownBy(() -> BACKOFF.withStable(Duration.ZERO));
  }
}
