package io.tidegate.proof.torture;

import io.tidegate.testkit.Cut;

/// What a peer was told before its connection ended: a status, a close code, the code of a GOAWAY.
final class Told {
  private static final int FRAME_HEADER = 9;
  private static final int GOAWAY = 7;
  private static final int CLOSE = 0x88;
  private static final String SWITCHED = "101";
  private static final String STATUS = "HTTP/1.1 ";

  private Told() {}

  /// Reads the end of what came, ISO 8859-1.
  static String by(String tail, Cut.End end) {
    int code = closeCode(tail);
    if (code > 0) return "close " + code;
    int calm = goAway(tail);
    if (calm >= 0) return "GOAWAY " + calm;
    int status = tail.lastIndexOf(STATUS);
    int from = status + STATUS.length();
    boolean told = status >= 0 && from + 3 <= tail.length() && !tail.startsWith(SWITCHED, from);
    if (told) return tail.substring(from, from + 3);
    return end == Cut.End.FIN ? "FIN" : "RST";
  }

  /// A last frame that is a close frame with a code, RFC 6455 §5.5.1.
  private static int closeCode(String tail) {
    int last = tail.length();
    for (int length = 2; length <= 125 && length + 2 <= last; length++) {
      int at = last - length - 2;
      if (tail.charAt(at) == CLOSE && tail.charAt(at + 1) == length)
        return tail.charAt(at + 2) << 8 | tail.charAt(at + 3);
    }
    return 0;
  }

  /// A last frame that is a GOAWAY, RFC 9113 §6.8.
  private static int goAway(String tail) {
    for (int at = tail.length() - FRAME_HEADER - 8; at >= 0; at--) {
      int length = tail.charAt(at) << 16 | tail.charAt(at + 1) << 8 | tail.charAt(at + 2);
      if (tail.charAt(at + 3) == GOAWAY && at + FRAME_HEADER + length == tail.length())
        return word(tail, at + FRAME_HEADER + 4);
    }
    return -1;
  }

  private static int word(String tail, int at) {
    return tail.charAt(at) << 24
        | tail.charAt(at + 1) << 16
        | tail.charAt(at + 2) << 8
        | tail.charAt(at + 3);
  }
}
