package io.tidegate.http.message;

/// How much one HTTP/1 message may spend on everything that is not its body.
///
/// @param lineBytes longest request or status line with its CRLF; a longer one is 414
/// @param headBytes longest head, from its first byte to the empty line; a longer one is 431
/// @param fields most field lines in a head, and again in a trailer section; more are 431
/// @param trailerBytes longest trailer section with its empty line; a longer one is 431
/// @param chunkExtensionBytes chunk extensions of all chunks of one message together; more are 413
public record HeadLimits(
    int lineBytes, int headBytes, int fields, int trailerBytes, int chunkExtensionBytes) {
  /// Longest head that can be configured: offsets within a head are 16 bits wide, and what we add
  /// to a forwarded head must fit too.
  public static final int MAX_HEAD_BYTES = 48 * 1024;

  /// For servers open to anyone. The line leaves room for the 8,000 bytes that RFC 9112 §3 asks
  /// everyone to accept.
  public static final HeadLimits DEFAULT =
      new HeadLimits(8 * 1024, 16 * 1024, 100, 4 * 1024, 4 * 1024);

  /// @throws IllegalArgumentException if a bound is not positive or a part outgrows the head
  public HeadLimits {
    within("headBytes", headBytes, MAX_HEAD_BYTES);
    within("lineBytes", lineBytes, headBytes);
    within("fields", fields, 1_000);
    within("trailerBytes", trailerBytes, MAX_HEAD_BYTES);
    within("chunkExtensionBytes", chunkExtensionBytes, 1024 * 1024);
  }

  private static void within(String name, int value, int most) {
    if (value < 1 || value > most) {
      throw new IllegalArgumentException(name + " not in 1.." + most + ": " + value);
    }
  }
}
