package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimeSpanTest {
  @ParameterizedTest
  @CsvSource({
    "250ms, PT0.25S",
    "30s, PT30S",
    "5m, PT5M",
    "1h, PT1H",
    "7d, PT168H",
    "1h30m, PT1H30M",
    "1m500ms, PT1M0.5S",
    "90s, PT1M30S",
    "365d, PT8760H"
  })
  void numbersWithTheirUnitsAreAddedUp(String text, Duration duration) {
    assertThat(TimeSpan.parse(text).duration()).isEqualTo(duration);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "30", "s", "30 s", "-1s", "1.5h", "30m1h", "1s1s", "30S", "PT30S"})
  void whatIsNotATimeIsRefusedWithAnExample(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TimeSpan.parse(text))
        .withMessageContaining("'" + text + "'")
        .withMessageContaining("30s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0s", "366d", "365d1ms", "999999999d"})
  void aTimeOutOfBoundsIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> TimeSpan.parse(text))
        .withMessage("a time is 1ms to 365d: " + text);
  }

  @Test
  void itsTextReadsBackAsTheSameTime() {
    for (var text : new String[] {"250ms", "30s", "1h30m", "7d", "1d1h1m1s1ms"}) {
      assertThat(TimeSpan.parse(text)).hasToString(text);
    }
    assertThat(TimeSpan.parse("90s")).hasToString("1m30s");
  }
}
