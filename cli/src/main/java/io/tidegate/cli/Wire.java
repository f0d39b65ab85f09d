package io.tidegate.cli;

/// Text from a peer, made fit for a terminal.
final class Wire {
  private static final int MOST_CHARS = 256;

  private Wire() {}

  /// Escapes what could move the cursor, colour, reorder or forge a line, and cuts at 256
  /// characters.
  static String text(String raw) {
    var safe = new StringBuilder(Math.min(raw.length(), MOST_CHARS) + 16);
    int end = Math.min(raw.length(), MOST_CHARS);
    for (int i = 0; i < end; i++) append(safe, raw.charAt(i));
    if (end < raw.length()) safe.append("...");
    return safe.toString();
  }

  private static void append(StringBuilder safe, char c) {
    if (isHarmless(c)) safe.append(c);
    else if (c < 0x100) safe.append("\\x%02x".formatted((int) c));
    else safe.append("\\u%04x".formatted((int) c));
  }

  /// Everything but controls (C0, DEL, C1), what is written in the other direction or joins
  /// invisibly (category Cf holds the bidi marks), line separators, and halves of pairs.
  private static boolean isHarmless(char c) {
    if (c == '\\') return false;
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
