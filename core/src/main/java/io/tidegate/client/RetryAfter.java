package io.tidegate.client;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.semantics.HttpDate;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Reads Retry-After, RFC 9110 §10.2.3: a number of seconds or a date. Pure.
final class RetryAfter {
  /// Thirty years: more digits are no wait that anybody means.
  private static final int MOST_DIGITS = 9;

  private RetryAfter() {}

  /// How long `answer` asks to wait from `now` on; zero if that is over, null if it does not ask,
  /// or not in a way that can be understood.
  static @Nullable Duration of(Fields answer, Instant now) {
    var value = answer.value(FieldName.RETRY_AFTER);
    if (value == null || value.isEmpty()) return null;
    return isNumber(value) ? Duration.ofSeconds(Long.parseLong(value)) : until(value, now);
  }

  private static boolean isNumber(String value) {
    return value.length() <= MOST_DIGITS && value.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static @Nullable Duration until(String value, Instant now) {
    var date = HttpDate.parse(value);
    if (date == null) return null;
    var wait = Duration.between(now, date);
    return wait.isNegative() ? Duration.ZERO : wait;
  }
}
