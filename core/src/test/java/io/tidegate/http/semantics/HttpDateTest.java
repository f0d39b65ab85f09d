package io.tidegate.http.semantics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HttpDateTest {
  private static final DateTimeFormatter RFC850 = format("EEEE, dd-MMM-yy HH:mm:ss 'GMT'");
  private static final DateTimeFormatter ASCTIME = format("EEE MMM ppd HH:mm:ss yyyy");

  private static DateTimeFormatter format(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.US).withZone(ZoneOffset.UTC);
  }

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
  @ValueSource(strings = {"Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
  void theTwoObsoleteFormatsAreReadToo(String text) {
    assertThat(HttpDate.parse(text)).isEqualTo(Instant.parse("1994-11-06T08:49:37Z"));
  }

  @Test
  void aDayOfTwoDigitsStandsInAnAsctimeDateToo() {
    assertThat(HttpDate.parse("Wed Nov 16 08:49:37 1994"))
        .isEqualTo(Instant.parse("1994-11-16T08:49:37Z"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      value = {
        "2026-11-21T00:00:00Z > Saturday, 21-Nov-26 00:00:00 GMT > 2026-11-21T00:00:00Z",
        "2026-11-21T00:00:00Z > Friday, 20-Nov-76 00:00:00 GMT > 2076-11-20T00:00:00Z",
        "2026-11-21T00:00:00Z > Saturday, 21-Nov-76 00:00:00 GMT > 2076-11-21T00:00:00Z",
        "2026-11-21T00:00:00Z > Monday, 22-Nov-76 00:00:00 GMT > 1976-11-22T00:00:00Z",
        "2026-11-21T00:00:00Z > Saturday, 01-Jan-77 00:00:00 GMT > 1977-01-01T00:00:00Z",
        "2026-11-21T00:00:00Z > Friday, 31-Dec-99 23:59:59 GMT > 1999-12-31T23:59:59Z",
        "2099-06-01T00:00:00Z > Thursday, 01-Jan-05 00:00:00 GMT > 2105-01-01T00:00:00Z",
      })
  void aYearOfTwoDigitsIsAtMost50YearsAhead(Instant now, String text, Instant time) {
    assertThat(HttpDate.parse(text, now)).isEqualTo(time);
  }

  @Test
  void theObsoleteFormatsOfEveryDateAreReadBackToItsSecond() {
    var random = new Random(12);
    var now = Instant.parse("2026-11-21T12:00:00Z");
    for (int round = 0; round < 20_000; round++) {
      var second = now.getEpochSecond() + random.nextLong(-49L * 31_556_952, 49L * 31_556_952);
      var time = Instant.ofEpochSecond(second);

      assertThat(HttpDate.parse(RFC850.format(time), now)).isEqualTo(time);
      assertThat(HttpDate.parse(ASCTIME.format(time), now)).isEqualTo(time);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "Mon, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "sun, 06 nov 1994 08:49:37 gmt",
        "Mon, 30 Feb 2022 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Monday, 06-Nov-94 08:49:37 GMT",
        "Sunday, 6-Nov-94 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday, 06 Nov 94 08:49:37 GMT",
        "Sunday, 06-Nov-+4 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 UTC",
        "Sundays, 06-Nov-94 08:49:37 GMT",
        "sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov  6 08:49:37 +994",
        "Mon Nov  6 08:49:37 1994",
        "Sun Nov  6 08:49:37 1994 ",
        "Sun_Nov__6_08:49:37_1994",
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
