package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.util.Arrays;

/// Bytes that cannot be used before others have come, charged before they are kept: a frame whose
/// rest is on its way, a field section in several frames. It grows with what has come, never with
/// what was announced, and keeps nothing once it is cleared.
final class Gathered {
  private static final byte[] NONE = {};
  private static final int LEAST = 256;

  private final Account account;
  private byte[] bytes = NONE;
  private int length;

  Gathered(Account account) {
    this.account = account;
  }

  int length() {
    return length;
  }

  /// Takes `count` bytes out of `from`; false if the account has no room, and nothing was taken.
  boolean append(ByteBuf from, int count) {
    int needed = length + count;
    if (needed > bytes.length && !grow(Math.max(LEAST, Math.max(needed, bytes.length * 2))))
      return false;
    from.readBytes(bytes, length, count);
    length = needed;
    return true;
  }

  private boolean grow(int capacity) {
    if (!account.charge(Purse.HEAP, capacity - bytes.length)) return false;
    bytes = Arrays.copyOf(bytes, capacity);
    return true;
  }

  /// What was gathered, to be used before this is cleared.
  ByteBuf view() {
    return Unpooled.wrappedBuffer(bytes, 0, length);
  }

  /// Gives the array and its charge back.
  void clear() {
    length = 0;
    int kept = bytes.length;
    bytes = NONE;
    if (kept > 0) account.release(Purse.HEAP, kept);
  }
}
