package io.tidegate.net.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.PeerException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// Cuts what arrives into whole records (RFC 8446 §5.1), and keeps at most one that is not whole:
/// it is charged, and grows with what has come of it, not with what its header announces. Belongs
/// to one loop.
final class RecordInbox implements AutoCloseable {
  private static final int HEADER_BYTES = 5;

  /// 2^14 of content and 256 for what protects it: more than any cipher of ours adds.
  private static final int MOST_BYTES = HEADER_BYTES + 16_384 + 256;

  private static final int LEAST_KEPT = 512;

  private final ByteBufAllocator buffers;
  private final Account account;
  private @Nullable ByteBuf arrived;
  private @Nullable ByteBuf kept;
  private boolean keptGiven;

  RecordInbox(ByteBufAllocator buffers, Account account) {
    this.buffers = buffers;
    this.account = account;
  }

  /// Takes `piece`, and owns it. What came before must have been asked for to its end.
  void add(ByteBuf piece) {
    if (!piece.isReadable()) {
      piece.release();
      return;
    }
    dropArrived();
    arrived = piece;
  }

  /// Bytes that are here: no more than so many can come out of records.
  int bytes() {
    return (arrived == null ? 0 : arrived.readableBytes())
        + (kept == null || keptGiven ? 0 : kept.readableBytes());
  }

  /// The next whole record, valid until the next call; null if there is none.
  ///
  /// @throws PeerException if what came is no record
  @Nullable ByteBuffer next() {
    if (keptGiven) dropKept();
    if (kept != null) return nextOfKept(kept);
    var piece = arrived;
    if (piece == null || !piece.isReadable()) {
      dropArrived();
      return null;
    }
    int length = length(piece);
    if (piece.readableBytes() < length) {
      var _ = move(piece.readableBytes());
      return null;
    }
    var record = piece.nioBuffer(piece.readerIndex(), length);
    piece.skipBytes(length);
    return record;
  }

  private @Nullable ByteBuffer nextOfKept(ByteBuf before) {
    var grown = before;
    for (int missing = missing(grown); missing > 0; missing = missing(grown)) {
      if (arrived == null || !arrived.isReadable()) {
        dropArrived();
        return null;
      }
      grown = move(Math.min(missing, arrived.readableBytes()));
    }
    keptGiven = true;
    return grown.nioBuffer();
  }

  private static int missing(ByteBuf part) {
    return length(part) - part.readableBytes();
  }

  /// How long the record is, as far as can be known: its header's length until that is whole.
  private static int length(ByteBuf from) {
    if (from.readableBytes() < HEADER_BYTES) return HEADER_BYTES;
    int length = HEADER_BYTES + from.getUnsignedShort(from.readerIndex() + 3);
    if (length > MOST_BYTES || from.getByte(from.readerIndex() + 1) != 3)
      throw new PeerException(CutReason.TLS_FAILED, "not a TLS record");
    return length;
  }

  /// Moves `bytes` of what arrived to what is kept.
  private ByteBuf move(int bytes) {
    var from = java.util.Objects.requireNonNull(arrived);
    var to = room(bytes);
    to.writeBytes(from, bytes);
    if (!from.isReadable()) dropArrived();
    return to;
  }

  private ByteBuf room(int bytes) {
    var before = kept;
    int has = before == null ? 0 : before.readableBytes();
    if (before != null && before.writableBytes() >= bytes) return before;
    int capacity = Math.max(LEAST_KEPT, Integer.highestOneBit(has + bytes) << 1);
    if (!account.charge(Purse.DIRECT, capacity))
      throw new PeerException(CutReason.MEMORY_REFUSED, "no room for a record");
    var larger = buffers.directBuffer(capacity, capacity);
    if (before != null) {
      larger.writeBytes(before);
      dropKept();
    }
    kept = larger;
    return larger;
  }

  private void dropKept() {
    var last = kept;
    kept = null;
    keptGiven = false;
    if (last == null) return;
    account.release(Purse.DIRECT, last.capacity());
    last.release();
  }

  private void dropArrived() {
    var last = arrived;
    arrived = null;
    if (last != null) last.release();
  }

  @Override
  public void close() {
    dropArrived();
    dropKept();
  }
}
