package io.tidegate.http.message;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/// Which octets may stand where, and comparisons of octets with names.
final class Octets {
  private static final int TOKEN = 1;
  private static final int TARGET = 2;
  private static final int VALUE = 4;
  private static final int METHOD = 8;
  private static final byte[] KINDS = new byte[256];
  private static final byte[] LOWER = new byte[256];
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  static {
    for (int c = 0; c < 256; c++) {
      boolean visible = c > 0x20 && c < 0x7f;
      boolean letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 0x80;
      boolean digit = c >= '0' && c <= '9';
      boolean token = letter || digit || (visible && "!#$%&'*+-.^_`|~".indexOf(c) >= 0);
      boolean lower = letter && c >= 'a';
      KINDS[c] =
          (byte)
              ((token ? TOKEN : 0)
                  | (token && !lower ? METHOD : 0)
                  | (visible && c != '#' ? TARGET : 0)
                  | (visible || c == ' ' || c == '\t' || c >= 0x80 ? VALUE : 0));
      LOWER[c] = (byte) (letter ? c | 0x20 : c);
    }
  }

  private Octets() {}

  /// RFC 9110 §5.6.2.
  static boolean isToken(byte b) {
    return (KINDS[b & 0xff] & TOKEN) != 0;
  }

  /// A token without lower-case letters: servers disagree whether `get` is GET.
  static boolean isMethod(byte b) {
    return (KINDS[b & 0xff] & METHOD) != 0;
  }

  static boolean isMethod(int character) {
    return character < 0x80 && isMethod((byte) character);
  }

  /// What is visible, but no fragment. Wider than RFC 3986, as browsers send `|` and `[` bare.
  static boolean isTarget(byte b) {
    return (KINDS[b & 0xff] & TARGET) != 0;
  }

  static boolean isTarget(int character) {
    return character < 0x80 && isTarget((byte) character);
  }

  /// RFC 9110 §5.5: visible octets, obs-text, space and tab.
  static boolean isValue(byte b) {
    return (KINDS[b & 0xff] & VALUE) != 0;
  }

  static boolean isSpace(byte b) {
    return b == ' ' || b == '\t';
  }

  static boolean isDigit(byte b) {
    return b >= '0' && b <= '9';
  }

  static byte lower(byte b) {
    return LOWER[b & 0xff];
  }

  /// Index of the first octet from `p` that no field value may hold, or `end`.
  static int skipValue(byte[] bytes, int p, int end) {
    while (p + 8 <= end && isPlainValue((long) LONGS.get(bytes, p))) {
      p += 8;
    }
    while (p < end && isValue(bytes[p])) {
      p++;
    }
    return p;
  }

  /// True if none of eight octets is below a space or DEL; a tab is left to the slow loop.
  private static boolean isPlainValue(long eight) {
    long del = eight ^ (ONES * 0x7f);
    return ((((eight - ONES * 0x20) & ~eight) | ((del - ONES) & ~del)) & HIGH_BITS) == 0;
  }

  /// Compares with `text` (ASCII), ignoring case.
  static boolean equalsIgnoreCase(byte[] bytes, int from, int length, String text) {
    if (length != text.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c > 0x7f || lower(bytes[from + i]) != lower((byte) c)) {
        return false;
      }
    }
    return true;
  }

  static boolean equalsIgnoreCase(byte[] a, int aFrom, byte[] b, int bFrom, int length) {
    for (int i = 0; i < length; i++) {
      if (lower(a[aFrom + i]) != lower(b[bFrom + i])) {
        return false;
      }
    }
    return true;
  }
}
