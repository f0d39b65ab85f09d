package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class FakeTickerTest {
  private final FakeTicker ticker = new FakeTicker();

  @Test
  void itMovesByExactlyWhatItIsTold() {
    var before = ticker.nanos();

    ticker.advance(Duration.ofMillis(250));

    assertThat(ticker.nanos() - before).isEqualTo(250_000_000);
  }

  @Test
  void afterASecondItsReadingsOverflowAndOnlyDifferencesStayRight() {
    var before = ticker.nanos();

    ticker.advance(Duration.ofSeconds(2));

    assertThat(ticker.nanos()).isNegative();
    assertThat(ticker.nanos() - before).isEqualTo(2_000_000_000);
  }

  @Test
  void itNeverGoesBack() {
    assertThatThrownBy(() -> ticker.advance(Duration.ofNanos(-1)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
