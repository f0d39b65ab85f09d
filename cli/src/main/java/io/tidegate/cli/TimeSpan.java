package io.tidegate.cli;

import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A length of time, as written on the command line: `250ms`, `30s`, `5m`, `1h`, `7d`, or several
/// together (`1h30m`).
///
/// The unit is always written, so that nobody takes seconds for milliseconds.
///
/// @param duration longer than nothing, at most 365 days
public record TimeSpan(Duration duration) {
  private static final Duration MAX = Duration.ofDays(365);
  private static final Pattern FORM =
      Pattern.compile(
          "(?:(?<d>N)d)?(?:(?<h>N)h)?(?:(?<m>N)m)?(?:(?<s>N)s)?(?:(?<ms>N)ms)?"
              .replace("N", "[0-9]{1,9}"));

  /// @throws IllegalArgumentException if `duration` is outside its bounds
  public TimeSpan {
    if (!duration.isPositive() || duration.compareTo(MAX) > 0) {
      throw new IllegalArgumentException("a time is 1ms to 365d: " + duration);
    }
  }

  /// Reads a length of time.
  ///
  /// @throws IllegalArgumentException with an example when `text` is not one, lacks its unit or is
  ///   out of bounds
  public static TimeSpan parse(String text) {
    var form = FORM.matcher(text);
    if (text.isEmpty() || !form.matches()) {
      throw new IllegalArgumentException(
          "not a time: '" + text + "'; write it with its unit, like 250ms, 30s, 5m, 1h or 1h30m");
    }
    var sum =
        Duration.ofDays(number(form.group("d")))
            .plusHours(number(form.group("h")))
            .plusMinutes(number(form.group("m")))
            .plusSeconds(number(form.group("s")))
            .plusMillis(number(form.group("ms")));
    if (!sum.isPositive() || sum.compareTo(MAX) > 0) {
      throw new IllegalArgumentException("a time is 1ms to 365d: " + text);
    }
    return new TimeSpan(sum);
  }

  private static long number(@Nullable String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }

  /// Returns the text that [#parse] reads back as this time, largest unit first.
  @Override
  public String toString() {
    return part(duration.toDaysPart(), "d")
        + part(duration.toHoursPart(), "h")
        + part(duration.toMinutesPart(), "m")
        + part(duration.toSecondsPart(), "s")
        + part(duration.toMillisPart(), "ms");
  }

  private static String part(long number, String unit) {
    return number == 0 ? "" : number + unit;
  }
}
