package io.tidegate.websocket.frame;

import io.netty.buffer.ByteBuf;

/// Checks that bytes are UTF-8 (RFC 3629) as they arrive, and fails at the first byte that cannot
/// be.
///
/// The whole state is one int that the caller keeps, so a character may be cut anywhere: [#START]
/// before the first byte and after every whole character, [#BAD] for ever once a byte was wrong,
/// else how many bytes are missing and which ones the next may be. No allocation; any thread.
final class Utf8Check {
  /// Between two characters.
  static final int START = 0;

  /// Not UTF-8, whatever follows.
  static final int BAD = -1;

  private static final long HIGH_BITS = 0x8080_8080_8080_8080L;

  private Utf8Check() {}

  /// Returns the state after `length` bytes of `buffer` from `index`, read on from `state`.
  static int after(int state, ByteBuf buffer, int index, int length) {
    var end = index + length;
    var at = index;
    while (at < end && state != BAD) {
      if (state == START) {
        at = skipAscii(buffer, at, end);
        if (at == end) return START;
        state = lead(buffer.getByte(at++) & 0xFF);
      } else {
        state = trail(state, buffer.getByte(at++) & 0xFF);
      }
    }
    return state;
  }

  private static int skipAscii(ByteBuf buffer, int index, int end) {
    var at = index;
    while (at <= end - Long.BYTES && (buffer.getLong(at) & HIGH_BITS) == 0) at += Long.BYTES;
    while (at < end && buffer.getByte(at) >= 0) at++;
    return at;
  }

  /// The second byte's bounds keep out overlong forms, surrogates and what lies beyond U+10FFFF
  /// (RFC 3629 §4).
  private static int lead(int octet) {
    if (octet < 0xC2) return BAD;
    if (octet < 0xE0) return missing(1, 0x80, 0xBF);
    return switch (octet) {
      case 0xE0 -> missing(2, 0xA0, 0xBF);
      case 0xED -> missing(2, 0x80, 0x9F);
      case 0xF0 -> missing(3, 0x90, 0xBF);
      case 0xF1, 0xF2, 0xF3 -> missing(3, 0x80, 0xBF);
      case 0xF4 -> missing(3, 0x80, 0x8F);
      default -> octet < 0xF0 ? missing(2, 0x80, 0xBF) : BAD;
    };
  }

  private static int trail(int state, int octet) {
    var lowest = (state >> 8) & 0xFF;
    var highest = state & 0xFF;
    if (octet < lowest || octet > highest) return BAD;
    var count = (state >> 16) - 1;
    return count == 0 ? START : missing(count, 0x80, 0xBF);
  }

  private static int missing(int count, int lowest, int highest) {
    return count << 16 | lowest << 8 | highest;
  }
}
