package io.tidegate.websocket.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Bytes that outlive the call that brought them: charged, then copied once, at the size of the
/// buffers that hold them.
///
/// The store grows with what has arrived, never with what was announced: by as much as it holds,
/// 256 B at least and 64 KiB at most, so no byte is copied twice and at most 64 KiB are charged
/// that hold nothing. One thread at a time.
public final class KeptBytes implements AutoCloseable {
  private static final int LEAST_PIECE = 256;
  private static final int LARGEST_PIECE = 64 * 1024;

  private final Account account;
  private final ByteBufAllocator allocator;
  private @Nullable List<ByteBuf> full;
  private ByteBuf last = Unpooled.EMPTY_BUFFER;
  private ByteBuf joined = Unpooled.EMPTY_BUFFER;
  private int bytes;
  private int chargedBytes;

  /// Opens an empty store.
  public KeptBytes(Account account, ByteBufAllocator allocator) {
    this.account = account;
    this.allocator = allocator;
  }

  /// What was kept and is somebody else's now, charges included.
  ///
  /// @param bytes readable from the first to the last
  /// @param chargedBytes of the direct purse
  public record Taken(ByteBuf bytes, int chargedBytes) {}

  /// Moves the next `count` bytes of `in` here.
  ///
  /// @return false if the account has no room; what fitted before is kept
  public boolean add(ByteBuf in, int count) {
    int left = count;
    while (left > 0) {
      if (!last.isWritable() && !grow(left)) return false;
      int step = Math.min(left, last.writableBytes());
      last.writeBytes(in, step);
      bytes += step;
      left -= step;
    }
    return true;
  }

  /// Copies `count` bytes of `from` here, from its first.
  ///
  /// @return false if the account has no room; what fitted before is kept
  public boolean add(byte[] from, int count) {
    int at = 0;
    while (at < count) {
      if (!last.isWritable() && !grow(count - at)) return false;
      int step = Math.min(count - at, last.writableBytes());
      last.writeBytes(from, at, step);
      bytes += step;
      at += step;
    }
    return true;
  }

  /// Copies all to `out`.
  public void copyTo(ByteBuf out) {
    var all = joined();
    out.writeBytes(all, all.readerIndex(), all.readableBytes());
  }

  /// How many are kept.
  public int count() {
    return bytes;
  }

  boolean isEmpty() {
    return bytes == 0;
  }

  /// What is kept, in one buffer; nothing is added after it. Valid until [#close].
  ByteBuf joined() {
    if (joined.capacity() == 0 && bytes > 0) joined = join();
    return joined;
  }

  /// What [#joined] gave, or an empty buffer if it was not asked.
  ByteBuf joinedOrNone() {
    return joined;
  }

  private ByteBuf join() {
    var pieces = full;
    if (pieces == null) return last;
    pieces.add(last);
    return new CompositeByteBuf(allocator, true, pieces.size(), pieces);
  }

  /// Gives what is kept to the caller, and is empty again.
  public Taken take() {
    var taken = new Taken(joined(), chargedBytes);
    forget();
    return taken;
  }

  /// Frees what is kept and its charge. May be used again.
  @Override
  public void close() {
    if (chargedBytes == 0) return;
    joined().release();
    account.release(Purse.DIRECT, chargedBytes);
    forget();
  }

  private void forget() {
    full = null;
    last = Unpooled.EMPTY_BUFFER;
    joined = Unpooled.EMPTY_BUFFER;
    bytes = 0;
    chargedBytes = 0;
  }

  private boolean grow(int needed) {
    int size = Math.clamp(Math.max(needed, bytes), LEAST_PIECE, LARGEST_PIECE);
    if (!account.charge(Purse.DIRECT, size)) return false;
    if (last.capacity() > 0) {
      if (full == null) full = new ArrayList<>();
      full.add(last);
    }
    last = allocator.directBuffer(size, size);
    chargedBytes += size;
    return true;
  }
}
