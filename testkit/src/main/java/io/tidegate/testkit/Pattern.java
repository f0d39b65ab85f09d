package io.tidegate.testkit;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// An endless, deterministic run of bytes, each computable from its offset alone.
///
/// It has no period that a power of two could hide, so bytes lost, doubled or moved by a buffer's
/// size are seen, and [#firstMismatch] tells where.
public final class Pattern {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;
  private static final int STEP_BYTES = 64 * 1024;

  private Pattern() {}

  /// The byte at `offset`.
  public static byte at(long offset) {
    var mixed = offset * GOLDEN;
    return (byte) ((mixed ^ (mixed >>> 29)) >>> 48);
  }

  /// Fills all of `target` with the bytes from `offset` on.
  public static void fill(byte[] target, long offset) {
    for (int i = 0; i < target.length; i++) {
      target[i] = at(offset + i);
    }
  }

  /// Returns `count` new bytes from `offset` on.
  public static byte[] bytes(long offset, int count) {
    var bytes = new byte[count];
    fill(bytes, offset);
    return bytes;
  }

  /// Returns the index of the first of `count` received bytes that is not the pattern's from
  /// `offset` on, or -1.
  public static int firstMismatch(byte[] received, int count, long offset) {
    for (int i = 0; i < count; i++) {
      if (received[i] != at(offset + i)) {
        return i;
      }
    }
    return -1;
  }

  /// The SHA-256, in hexadecimal, of the first `count` bytes.
  public static String sha256(long count) {
    var digest = sha256();
    for (long done = 0; done < count; done += STEP_BYTES) {
      digest.update(bytes(done, (int) Math.min(STEP_BYTES, count - done)));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
