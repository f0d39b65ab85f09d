package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Payer;
import org.jspecify.annotations.Nullable;

/// The bytes of one message, and what they are charged: given back together, once.
public final class Payload {
  /// What a message that waits costs the heap purse: itself, its buffer, its place.
  static final int ENTRY_BYTES = 192;

  private final Account account;
  private final int chargedBytes;
  private ByteBuf bytes;
  private boolean isLetGo;
  private int holders = 1;

  /// Gives the bytes back where their stream has ended before.
  private @Nullable Runnable late;

  /// The caller has charged `chargedBytes` of the direct purse and [#ENTRY_BYTES] of the heap's.
  Payload(ByteBuf bytes, Account account, int chargedBytes) {
    this.bytes = bytes;
    this.account = account;
    this.chargedBytes = chargedBytes;
  }

  ByteBuf bytes() {
    if (isLetGo) throw new IllegalStateException("the message's time is over");
    return bytes;
  }

  /// What the bytes pin.
  int pinnedBytes() {
    return chargedBytes;
  }

  /// Whether `other` is who pays for the bytes.
  boolean isPaidBy(Account other) {
    return account.equals(other);
  }

  /// Passes the bytes on to who tells the returned payer once they are held no longer: only then,
  /// and once [#letGo] is called too, the charge is given back.
  synchronized Payer share() {
    holders++;
    return new Payer() {
      private int left = chargedBytes;

      @Override
      public void released(int count) {
        left -= count;
        if (left == 0) leave();
      }
    };
  }

  /// `stream` ends: its account stays as long as these bytes do. On its loop.
  synchronized void outlive(ByteStream stream) {
    if (holders > 0 && chargedBytes > 0) late = stream.heldBeyond(chargedBytes);
  }

  private synchronized void leave() {
    if (--holders > 0) return;
    if (late != null) late.run();
    else account.release(Purse.DIRECT, chargedBytes);
    account.release(Purse.HEAP, ENTRY_BYTES);
  }

  /// Frees the bytes. Idempotent.
  void letGo() {
    if (isLetGo) return;
    isLetGo = true;
    bytes.release();
    bytes = Unpooled.EMPTY_BUFFER;
    leave();
  }

  @Override
  public String toString() {
    return isLetGo ? "(over)" : bytes.readableBytes() + " bytes";
  }
}
