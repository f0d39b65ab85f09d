package io.tidegate.testkit;

import java.time.Duration;

/// What a [ChaosProxy] does to the bytes of one direction.
///
/// @param latency added to each byte's way
/// @param jitter latency varies by up to this much either way; order is kept
/// @param bytesPerSecond pace of each connection
/// @param sliceBytes most bytes of one write
/// @param sliceGap pause after each such write; without one the receiver may see slices joined
/// @param hole whether bytes vanish or are left unread
/// @param limitBytes bytes let through on each connection, after which both its sides get FIN
public record Toxics(
    Duration latency,
    Duration jitter,
    long bytesPerSecond,
    int sliceBytes,
    Duration sliceGap,
    Hole hole,
    long limitBytes) {
  /// Passes everything as it comes.
  public static final Toxics NONE =
      new Toxics(
          Duration.ZERO,
          Duration.ZERO,
          1L << 50,
          Wire.BUFFER_BYTES,
          Duration.ZERO,
          Hole.NONE,
          1L << 50);

  /// The two kinds of black hole.
  public enum Hole {
    /// Bytes pass.
    NONE,
    /// Bytes are taken and thrown away: the sender sees a healthy link.
    SWALLOW,
    /// Nothing is read: the sender's window fills and stays full.
    STALL
  }

  /// @throws IllegalArgumentException if a duration is negative, or a pace, slice or limit makes no
  ///   sense
  public Toxics {
    if (latency.isNegative() || jitter.isNegative() || sliceGap.isNegative()) {
      throw new IllegalArgumentException("a negative duration among the toxics");
    }
    if (bytesPerSecond < 1 || limitBytes < 0) {
      throw new IllegalArgumentException("bytes: " + bytesPerSecond + " /s, limit " + limitBytes);
    }
    if (sliceBytes < 1 || sliceBytes > Wire.BUFFER_BYTES) {
      throw new IllegalArgumentException("slice not in 1.." + Wire.BUFFER_BYTES);
    }
  }

  /// The same with `latency`, give or take `jitter`.
  public Toxics withLatency(Duration latency, Duration jitter) {
    return new Toxics(latency, jitter, bytesPerSecond, sliceBytes, sliceGap, hole, limitBytes);
  }

  /// The same at `bytesPerSecond`.
  public Toxics withBandwidth(long bytesPerSecond) {
    return new Toxics(latency, jitter, bytesPerSecond, sliceBytes, sliceGap, hole, limitBytes);
  }

  /// The same in writes of `sliceBytes` with `sliceGap` between them.
  public Toxics withSlices(int sliceBytes, Duration sliceGap) {
    return new Toxics(latency, jitter, bytesPerSecond, sliceBytes, sliceGap, hole, limitBytes);
  }

  /// The same with this kind of hole.
  public Toxics withHole(Hole hole) {
    return new Toxics(latency, jitter, bytesPerSecond, sliceBytes, sliceGap, hole, limitBytes);
  }

  /// The same, ended after `limitBytes` of each connection.
  public Toxics withLimit(long limitBytes) {
    return new Toxics(latency, jitter, bytesPerSecond, sliceBytes, sliceGap, hole, limitBytes);
  }
}
