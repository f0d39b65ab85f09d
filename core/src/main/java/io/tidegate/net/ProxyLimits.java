package io.tidegate.net;

import java.time.Duration;

/// What a PROXY header may take, by the sizes of haproxy's `proxy-protocol.txt`.
///
/// @param lineBytes longest header of version 1 with its CRLF
/// @param payloadBytes most bytes behind the 16 of a header of version 2: addresses and what a
///   proxy adds to them
/// @param timeout from the connection to the header's end, absolute
public record ProxyLimits(int lineBytes, int payloadBytes, Duration timeout) {
  /// For listeners behind a proxy: the longest line that version 1 can make, the 536 bytes that
  /// every TCP can send at once, and the time of a request head.
  public static final ProxyLimits DEFAULT = new ProxyLimits(107, 536, Duration.ofSeconds(10));

  /// @throws IllegalArgumentException if a bound is not positive, or an IPv6 header would not fit
  public ProxyLimits {
    if (lineBytes < 107) throw new IllegalArgumentException("lineBytes below 107: " + lineBytes);
    if (payloadBytes < 36 || payloadBytes > 65_535)
      throw new IllegalArgumentException("payloadBytes not in 36..65535: " + payloadBytes);
    if (!timeout.isPositive())
      throw new IllegalArgumentException("timeout not positive: " + timeout);
  }

  /// The longest header of either version.
  int headerBytes() {
    return Math.max(lineBytes, ProxyHeader.FIXED_BYTES + payloadBytes);
  }
}
