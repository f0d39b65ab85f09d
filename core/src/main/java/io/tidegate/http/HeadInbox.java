package io.tidegate.http;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.util.Arrays;

/// Bytes of a head that has not ended yet, charged before they are kept. Empty, and without an
/// array, for every head that arrives whole.
final class HeadInbox {
  private static final byte[] NONE = {};
  private static final int LEAST = 256;

  /// With so much, any head is complete or refused.
  private static final int MOST = HeadLimits.MAX_HEAD_BYTES + 1;

  private final Account account;
  private byte[] bytes = NONE;
  private int length;

  HeadInbox(Account account) {
    this.account = account;
  }

  boolean isEmpty() {
    return length == 0;
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  /// Appends what `piece` holds, without consuming it, or what of it can belong to a head; false if
  /// the account has no room.
  boolean append(ByteBuf piece) {
    int more = Math.min(piece.readableBytes(), MOST - length);
    int needed = length + more;
    if (needed > bytes.length && !grow(Math.max(LEAST, Math.max(needed, bytes.length * 2))))
      return false;
    piece.getBytes(piece.readerIndex(), bytes, length, more);
    length = needed;
    return true;
  }

  private boolean grow(int capacity) {
    if (!account.charge(Purse.HEAP, capacity - bytes.length)) return false;
    bytes = Arrays.copyOf(bytes, capacity);
    return true;
  }

  /// Gives the array and its charge back.
  void clear() {
    length = 0;
    int kept = bytes.length;
    bytes = NONE;
    if (kept > 0) account.release(Purse.HEAP, kept);
  }
}
