package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;

/// The masking of a client's payload, RFC 6455 §5.3: an exclusive or with a repeated 4-byte key.
///
/// A key is an int whose highest byte masks the next byte. Doing it twice undoes it. Pure; on the
/// thread that owns the buffer.
final class Mask {
  private Mask() {}

  /// Masks `length` bytes of `buffer` from `index` in place, eight at a time, and returns the key
  /// turned so that it fits the byte behind them.
  static int apply(ByteBuf buffer, int index, int length, int key) {
    var end = index + length;
    var at = index;
    var wide = ((long) key << 32) | (key & 0xFFFF_FFFFL);
    for (; at <= end - Long.BYTES; at += Long.BYTES) {
      buffer.setLong(at, buffer.getLong(at) ^ wide);
    }
    for (; at < end; at++) {
      var keyByte = key >>> (24 - 8 * ((at - index) & 3));
      buffer.setByte(at, buffer.getByte(at) ^ keyByte);
    }
    return Integer.rotateLeft(key, 8 * (length & 3));
  }
}
