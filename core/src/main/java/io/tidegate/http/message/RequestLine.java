package io.tidegate.http.message;

import java.nio.charset.StandardCharsets;

/// The words of a request line once its bytes are known to be allowed, RFC 9112 §3.
final class RequestLine {
  private static final String[] METHODS = {
    "GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS", "CONNECT", "TRACE"
  };

  private RequestLine() {}

  /// The method, without allocating for the common ones.
  static String method(byte[] bytes, int from, int to) {
    for (String method : METHODS) {
      if (is(bytes, from, to, method)) {
        return method;
      }
    }
    return text(bytes, from, to);
  }

  static boolean is(byte[] bytes, int from, int to, String method) {
    if (to - from != method.length()) {
      return false;
    }
    for (int i = 0; i < method.length(); i++) {
      if (bytes[from + i] != method.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /// Index behind `http://` or `https://`, or -1 if the target begins with neither.
  static int authorityOf(byte[] bytes, int from, int to) {
    for (String scheme : new String[] {"http://", "https://"}) {
      int end = from + scheme.length();
      if (end <= to && Octets.equalsIgnoreCase(bytes, from, scheme.length(), scheme)) {
        return end;
      }
    }
    return -1;
  }

  /// Index of the first byte behind the authority that begins at `from`.
  static int pathOf(byte[] bytes, int from, int to) {
    int p = from;
    while (p < to && bytes[p] != '/' && bytes[p] != '?') {
      p++;
    }
    return p;
  }

  static String text(byte[] bytes, int from, int to) {
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }
}
