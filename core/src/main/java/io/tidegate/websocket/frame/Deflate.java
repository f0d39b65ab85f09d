package io.tidegate.websocket.frame;

/// How messages are compressed, RFC 7692, where both sides agree to it.
///
/// What we send never refers to earlier messages, whatever is agreed: so any of them can be dropped
/// or replaced while it waits, and no memory is kept between two.
///
/// @param maxRatio most bytes that may come out of one that comes in, beyond the first 64 KiB of a
///   message; past it the peer is refused with 1009
/// @param leastBytes shorter messages are sent as they are
/// @param takeover whether the peer's messages may refer to earlier ones: 44 KiB a connection are
///   charged from its first message to its end
public record Deflate(int maxRatio, int leastBytes, boolean takeover) {
  /// For peers that nobody knows: 20:1, from 256 B, no context takeover.
  public static final Deflate DEFAULT = new Deflate(20, 256, false);

  /// @throws IllegalArgumentException if a bound is not positive, or the ratio beyond what deflate
  ///   can do (1,032)
  public Deflate {
    if (maxRatio < 1 || maxRatio > 1_032) {
      throw new IllegalArgumentException("maxRatio not in 1..1032: " + maxRatio);
    }
    if (leastBytes < 1)
      throw new IllegalArgumentException("leastBytes not positive: " + leastBytes);
  }

  /// Returns this with another ratio.
  public Deflate withMaxRatio(int ratio) {
    return new Deflate(ratio, leastBytes, takeover);
  }

  /// Returns this with another least length.
  public Deflate withLeastBytes(int bytes) {
    return new Deflate(maxRatio, bytes, takeover);
  }

  /// Returns this with context takeover, where the peer wants it.
  public Deflate withTakeover() {
    return new Deflate(maxRatio, leastBytes, true);
  }
}
