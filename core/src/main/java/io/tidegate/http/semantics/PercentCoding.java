package io.tidegate.http.semantics;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/// Percent-coded UTF-8, RFC 3986 §2.1, and `+` for a space in queries and forms. Decoded once, and
/// strictly: what is no coding of text is the peer's fault.
public final class PercentCoding {
  /// What `+` stands for.
  public enum Plus {
    /// Itself, as in paths.
    PLUS,
    /// A space, as in queries and forms.
    SPACE
  }

  private PercentCoding() {}

  /// The text that `coded` stands for between `from` and `to`; each of its characters is an octet,
  /// as ISO-8859-1 has them.
  ///
  /// @throws HttpError 400 if that is no percent-coded UTF-8
  public static String decode(String coded, int from, int to, Plus plus) {
    if (isPlain(coded, from, to, plus)) return coded.substring(from, to);
    var bytes = ByteBuffer.allocate(to - from);
    for (int i = from; i < to; i++) {
      char c = coded.charAt(i);
      if (c == '%') {
        if (i + 2 >= to) throw malformed();
        bytes.put((byte) (digit(coded.charAt(i + 1)) << 4 | digit(coded.charAt(i + 2))));
        i += 2;
      } else {
        if (c > 0xff) throw malformed();
        bytes.put((byte) (c == '+' && plus == Plus.SPACE ? ' ' : c));
      }
    }
    return text(bytes.flip());
  }

  private static boolean isPlain(String coded, int from, int to, Plus plus) {
    for (int i = from; i < to; i++) {
      char c = coded.charAt(i);
      if (c == '%' || c > 0x7f || (c == '+' && plus == Plus.SPACE)) return false;
    }
    return true;
  }

  private static int digit(char c) {
    int digit = c < 0x80 ? Character.digit(c, 16) : -1;
    if (digit < 0) throw malformed();
    return digit;
  }

  private static String text(ByteBuffer bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(bytes)
          .toString();
    } catch (CharacterCodingException notUtf8) {
      throw malformed();
    }
  }

  private static HttpError malformed() {
    return new HttpError(400, "malformed percent coding");
  }
}
