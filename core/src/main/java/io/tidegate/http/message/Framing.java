package io.tidegate.http.message;

/// Where a message's body ends on the wire, RFC 9112 §6.
///
/// @param kind what tells the end
/// @param bytes length of the body if the kind is [Kind#LENGTH], else 0
public record Framing(Kind kind, long bytes) {
  /// What tells where a body ends.
  public enum Kind {
    /// There is no body.
    NONE,
    /// The body has a length known beforehand; 0 is a body that says it is empty, and is forwarded
    /// so.
    LENGTH,
    /// The body is sent in chunks.
    CHUNKED,
    /// The body ends with the connection; answers only.
    UNTIL_CLOSE
  }

  /// There is no body.
  public static final Framing NONE = new Framing(Kind.NONE, 0);

  /// The body is sent in chunks.
  public static final Framing CHUNKED = new Framing(Kind.CHUNKED, 0);

  /// The body ends with the connection; answers only.
  public static final Framing UNTIL_CLOSE = new Framing(Kind.UNTIL_CLOSE, 0);

  /// @throws IllegalArgumentException if `bytes` is negative, or not 0 without a length
  public Framing {
    if (bytes < 0 || (kind != Kind.LENGTH && bytes != 0)) {
      throw new IllegalArgumentException("no framing of " + kind + ": " + bytes);
    }
  }

  /// A body of exactly `bytes` bytes.
  ///
  /// @throws IllegalArgumentException if `bytes` is negative
  public static Framing length(long bytes) {
    return new Framing(Kind.LENGTH, bytes);
  }

  /// True if not one byte of body can follow.
  public boolean isEmpty() {
    return kind == Kind.NONE || (kind == Kind.LENGTH && bytes == 0);
  }
}
