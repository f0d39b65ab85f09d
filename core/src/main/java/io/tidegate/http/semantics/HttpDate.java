package io.tidegate.http.semantics;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Dates as HTTP writes them, RFC 9110 §5.6.7. Safe for any thread.
public final class HttpDate {
  /// IMF-fixdate: two digits for the day, unlike the JDK's RFC 1123.
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

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

  /// The time that `text` tells in the one format that is still sent; null for any other, which
  /// then is a condition that does not hold.
  public static @Nullable Instant parse(String text) {
    try {
      return Instant.from(IMF_FIXDATE.parse(text));
    } catch (DateTimeException other) {
      return null;
    }
  }
}
