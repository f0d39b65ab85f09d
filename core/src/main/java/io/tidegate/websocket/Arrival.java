package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.PieceQueue;
import io.tidegate.websocket.frame.MessageReader;
import org.jspecify.annotations.Nullable;

/// Makes what a reader shows for the length of a call into what a handler may hold: charged, and
/// copied only where it is not worth its place. On the loop.
final class Arrival {
  private Arrival() {}

  /// Returns the message that `reader` found in `piece`; null if `account` has no room.
  static @Nullable Payload payload(
      MessageReader reader, ByteBuf piece, Account account, ByteBufAllocator buffers) {
    if (!account.charge(Purse.HEAP, Payload.ENTRY_BYTES)) return null;
    if (reader.isKept()) {
      var kept = reader.takeKept();
      return new Payload(kept.bytes(), account, kept.chargedBytes());
    }
    var shown = reader.payload();
    var payload =
        isWorthItsPlace(shown, piece)
            ? inPlace(shown, PieceQueue.pinned(piece), account)
            : copied(shown, account, buffers);
    if (payload == null) account.release(Purse.HEAP, Payload.ENTRY_BYTES);
    return payload;
  }

  /// The last message of a read that fills half of its buffer or more; the loop must not touch a
  /// buffer any more that a handler may read.
  private static boolean isWorthItsPlace(ByteBuf shown, ByteBuf piece) {
    return !piece.isReadable() && 2L * shown.readableBytes() >= PieceQueue.pinned(piece);
  }

  private static @Nullable Payload inPlace(ByteBuf shown, int pinned, Account account) {
    return account.charge(Purse.DIRECT, pinned)
        ? new Payload(shown.retain(), account, pinned)
        : null;
  }

  private static @Nullable Payload copied(
      ByteBuf shown, Account account, ByteBufAllocator buffers) {
    int bytes = shown.readableBytes();
    if (bytes == 0) return new Payload(Unpooled.EMPTY_BUFFER, account, 0);
    if (!account.charge(Purse.DIRECT, bytes)) return null;
    return new Payload(buffers.directBuffer(bytes, bytes).writeBytes(shown), account, bytes);
  }
}
