package io.tidegate.sleeper;

import java.io.IOException;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// What matters in the head of an answer.
///
/// @param location where the server points to, empty if nowhere
/// @param lengthBytes how long the answer is, where it says so: then it has an end
record AnswerHead(int status, String location, OptionalLong lengthBytes) {
  private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.[01] ([0-9]{3})( .*)?");

  /// @throws IOException if `head` is not HTTP/1
  static AnswerHead parse(String head) throws IOException {
    var lines = head.split("\r\n", -1);
    var status = STATUS_LINE.matcher(lines[0]);
    if (!status.matches()) throw new IOException("what answers there does not speak HTTP/1.1");
    var length = field(lines, "content-length");
    return new AnswerHead(
        Integer.parseInt(status.group(1)),
        field(lines, "location"),
        length.matches("[0-9]{1,18}")
            ? OptionalLong.of(Long.parseLong(length))
            : OptionalLong.empty());
  }

  private static String field(String[] lines, String name) {
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0 && lines[i].substring(0, colon).toLowerCase(Locale.ROOT).equals(name))
        return lines[i].substring(colon + 1).strip();
    }
    return "";
  }
}
