package io.tidegate.websocket.frame;

import java.nio.charset.StandardCharsets;

/// Texts as UTF-8 can have them. Pure.
public final class Utf8 {
  private Utf8() {}

  /// Returns `text` with `?` for each surrogate that is not one of a pair, as `String.getBytes` has
  /// it: for such a one Netty spoils the character behind it, too, and peers close for that.
  public static String paired(String text) {
    return isPaired(text)
        ? text
        : new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
  }

  private static boolean isPaired(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (!Character.isSurrogate(text.charAt(i))) continue;
      int next = i + 1;
      boolean isPair =
          next < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(next));
      if (!isPair) return false;
      i = next;
    }
    return true;
  }
}
