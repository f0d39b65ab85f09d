package io.tidegate.http.message;

/// Walks a comma-separated list of tokens within one field value, RFC 9110 §5.6.1; empty elements
/// are skipped.
///
/// ```
/// for (list.over(bytes, from, to); list.next(); ) { … list.start(), list.length() … }
/// if (list.isBroken()) …
/// ```
final class TokenList {
  private byte[] bytes = new byte[0];
  private int at;
  private int end;
  private int start;
  private int length;
  private boolean broken;

  void over(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
    this.broken = false;
  }

  /// Moves to the next token; false at the end, or where no token list can continue.
  boolean next() {
    while (at < end && (bytes[at] == ',' || Octets.isSpace(bytes[at]))) {
      at++;
    }
    start = at;
    while (at < end && Octets.isToken(bytes[at])) {
      at++;
    }
    length = at - start;
    while (at < end && Octets.isSpace(bytes[at])) {
      at++;
    }
    broken = at < end && bytes[at] != ',';
    return length > 0 && !broken;
  }

  int start() {
    return start;
  }

  int length() {
    return length;
  }

  boolean is(String token) {
    return Octets.equalsIgnoreCase(bytes, start, length, token);
  }

  /// True if the walk ended at something that is no list of tokens.
  boolean isBroken() {
    return broken;
  }
}
