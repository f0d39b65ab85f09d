package io.tidegate.http;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import java.util.Locale;

/// The parameters of a Keep-Alive field, RFC 2068 §19.7.1.1, as far as anyone sends them.
final class KeepAliveField {
  private static final String TIMEOUT = "timeout=";
  private static final int LONGEST = 3600;

  private KeepAliveField() {}

  /// Seconds for which the sender keeps an idle connection, at most an hour; -1 if it does not say.
  static int timeoutSeconds(Fields fields) {
    if (!fields.has(FieldName.KEEP_ALIVE)) return -1;
    var value = fields.value(FieldName.KEEP_ALIVE);
    if (value == null) return -1;
    for (var parameter : value.toLowerCase(Locale.ROOT).split(",", 8)) {
      var trimmed = parameter.trim();
      if (trimmed.startsWith(TIMEOUT)) return seconds(trimmed.substring(TIMEOUT.length()));
    }
    return -1;
  }

  private static int seconds(String digits) {
    if (digits.isEmpty()
        || digits.length() > 9
        || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) return -1;
    return Math.min(LONGEST, Integer.parseInt(digits));
  }
}
