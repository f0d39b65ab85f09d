package io.tidegate.testkit;

import java.util.Locale;

/// Bytes as text in which each byte can be seen: `\r \n \t \0 \\ \xNN`. One character is one byte
/// (ISO 8859-1).
final class Escapes {
  private Escapes() {}

  /// Makes every byte outside printable ASCII visible.
  static String show(String latin1) {
    var shown = new StringBuilder();
    latin1.chars().forEach(c -> shown.append(show((char) c)));
    return shown.toString();
  }

  private static String show(char c) {
    return switch (c) {
      case '\r' -> "\\r";
      case '\n' -> "\\n";
      case '\t' -> "\\t";
      case '\0' -> "\\0";
      case '\\' -> "\\\\";
      default ->
          c >= ' ' && c < 0x7f ? String.valueOf(c) : String.format(Locale.ROOT, "\\x%02x", (int) c);
    };
  }

  /// Turns escapes into the bytes they stand for.
  ///
  /// @throws IllegalArgumentException on an unknown or cut escape
  static String read(String escaped) {
    var bytes = new StringBuilder();
    for (int i = 0; i < escaped.length(); i++) {
      if (escaped.charAt(i) != '\\') {
        bytes.append(escaped.charAt(i));
      } else if (escaped.startsWith("\\x", i) && i + 4 <= escaped.length()) {
        bytes.append((char) Integer.parseInt(escaped.substring(i + 2, i + 4), 16));
        i += 3;
      } else {
        bytes.append(named(escaped, ++i));
      }
    }
    return bytes.toString();
  }

  private static char named(String escaped, int at) {
    if (at == escaped.length()) {
      throw new IllegalArgumentException("a lone backslash ends: " + escaped);
    }
    return switch (escaped.charAt(at)) {
      case 'r' -> '\r';
      case 'n' -> '\n';
      case 't' -> '\t';
      case '0' -> '\0';
      case '\\' -> '\\';
      case '*' -> '*';
      default -> throw new IllegalArgumentException("unknown escape in: " + escaped);
    };
  }
}
