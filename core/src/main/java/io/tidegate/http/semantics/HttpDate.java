package io.tidegate.http.semantics;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Dates as HTTP writes them, RFC 9110 §5.6.7. Safe for any thread.
public final class HttpDate {
  /// IMF-fixdate: two digits for the day, unlike the JDK's RFC 1123.
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT)
          .withZone(ZoneOffset.UTC);

  /// The days as an rfc850-date spells them.
  private static final List<String> LONG_DAYS =
      List.of("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday");

  /// What follows the day there: `, 06-Nov-94 08:49:37 GMT`.
  private static final int RFC850_REST = 24;

  /// An rfc850-date is never further ahead than this.
  private static final int MOST_YEARS_AHEAD = 50;

  /// `Sun Nov 6 08:49:37 1994`.
  private static final int ASCTIME_CHARS = 24;

  private record Second(long epochSecond, String text) {}

  private static volatile Second last = new Second(0, "");

  private HttpDate() {}

  /// The value of a Date field now; made once a second.
  public static String now() {
    long second = System.currentTimeMillis() / 1000;
    var made = last;
    if (made.epochSecond != second) {
      made = new Second(second, IMF_FIXDATE.format(Instant.ofEpochSecond(second)));
      last = made;
    }
    return made.text;
  }

  /// `time` to the second.
  public static String of(Instant time) {
    return IMF_FIXDATE.format(time);
  }

  /// The time that `text` tells in the format that is still sent, or in one of the two that
  /// recipients must read all the same (rfc850-date and asctime-date); null if it is none of them,
  /// and then a condition that does not hold.
  public static @Nullable Instant parse(String text) {
    return parse(text, Instant.now());
  }

  /// As above, told at `now`, which decides the century of a year of two digits.
  static @Nullable Instant parse(String text, Instant now) {
    int comma = text.indexOf(',');
    if (comma > 3) return rfc850(text, comma, now);
    return comma < 0 && text.length() == ASCTIME_CHARS ? asctime(text) : fixdate(text);
  }

  private static @Nullable Instant fixdate(String text) {
    try {
      return Instant.from(IMF_FIXDATE.parse(text));
    } catch (DateTimeException other) {
      return null;
    }
  }

  /// `Sun Nov 6 08:49:37 1994`: the day may have a blank for its first digit.
  private static @Nullable Instant asctime(String text) {
    if (text.charAt(3) != ' ' || text.charAt(7) != ' ' || text.charAt(10) != ' ') return null;
    if (text.charAt(19) != ' ') return null;
    var day = (text.charAt(8) == ' ' ? '0' : text.charAt(8)) + text.substring(9, 10);
    return fixdate(
        spelled(
            text.substring(0, 3),
            day,
            text.substring(4, 7),
            text.substring(20),
            text.substring(11, 19)));
  }

  /// `Sunday, 06-Nov-94 08:49:37 GMT`: the latest year with these digits that is not more than 50
  /// years ahead.
  private static @Nullable Instant rfc850(String text, int comma, Instant now) {
    if (text.length() != comma + RFC850_REST || !LONG_DAYS.contains(text.substring(0, comma)))
      return null;
    var rest = text.substring(comma);
    if (!rest.startsWith(", ") || rest.charAt(4) != '-' || rest.charAt(8) != '-') return null;
    int digits = twoDigits(rest, 9);
    if (digits < 0 || rest.charAt(11) != ' ' || !rest.endsWith(" GMT")) return null;
    var bound = now.atOffset(ZoneOffset.UTC).plusYears(MOST_YEARS_AHEAD);
    int year = bound.getYear() - Math.floorMod(bound.getYear() - digits, 100);
    var time = rfc850(text, rest, year);
    boolean tooFar = time == null || time.isAfter(bound.toInstant());
    return year == bound.getYear() && tooFar ? rfc850(text, rest, year - 100) : time;
  }

  private static @Nullable Instant rfc850(String text, String rest, int year) {
    return fixdate(
        spelled(
            text.substring(0, 3),
            rest.substring(2, 4),
            rest.substring(5, 8),
            "%04d".formatted(year),
            rest.substring(12, 20)));
  }

  private static String spelled(String day, String date, String month, String year, String time) {
    return day + ", " + date + " " + month + " " + year + " " + time + " GMT";
  }

  /// The number that stands at `at`, -1 if none does.
  private static int twoDigits(String text, int at) {
    int tens = text.charAt(at) - '0';
    int ones = text.charAt(at + 1) - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : 10 * tens + ones;
  }
}
