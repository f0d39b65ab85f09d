package io.tidegate.http.semantics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDateTest {
  @Test
  void theDateOfTheRfcIsWrittenAndReadAsItStandsThere() {
    var time = Instant.parse("1994-11-06T08:49:37Z");

    assertThat(HttpDate.of(time)).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
    assertThat(HttpDate.parse("Sun, 06 Nov 1994 08:49:37 GMT")).isEqualTo(time);
  }

  @Test
  void everyDateIsReadBackToItsSecond() {
    var random = new Random(11);
    for (int round = 0; round < 20_000; round++) {
      var time = Instant.ofEpochSecond(random.nextLong(253_402_300_800L), random.nextInt(1 << 29));

      var text = HttpDate.of(time);

      assertThat(text).hasSize(29).endsWith(" GMT");
      assertThat(HttpDate.parse(text)).isEqualTo(Instant.ofEpochSecond(time.getEpochSecond()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "sun, 06 nov 1994 08:49:37 gmt",
      })
  void anyOtherFormatIsNone(String text) {
    assertThat(HttpDate.parse(text)).isNull();
  }

  @Test
  void theDateOfNowIsNow() {
    var before = Instant.now().minusSeconds(1);

    var now = HttpDate.parse(HttpDate.now());

    assertThat(now).isBetween(before, Instant.now());
  }
}
