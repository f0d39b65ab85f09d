package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;

/// Bytes that outlive the read that brought them: charged, then copied, at the size of the buffer
/// that holds them.
///
/// The buffer doubles with what has arrived, never with what was announced; while it grows, old and
/// new are both charged. On the connection's loop.
final class KeptBytes implements AutoCloseable {
  private static final int LEAST_CAPACITY = 256;

  private final Account account;
  private final ByteBufAllocator allocator;
  private final int most;
  private ByteBuf buffer = Unpooled.EMPTY_BUFFER;

  /// Opens an empty store of at most `most` bytes.
  KeptBytes(Account account, ByteBufAllocator allocator, int most) {
    this.account = account;
    this.allocator = allocator;
    this.most = most;
  }

  /// Moves the next `bytes` of `in` here; the caller sees to it that no more than `most` come.
  ///
  /// @return false if the account has no room; nothing has changed then
  boolean add(ByteBuf in, int bytes) {
    if (bytes > buffer.writableBytes() && !grow(buffer.readableBytes() + bytes)) return false;
    buffer.writeBytes(in, bytes);
    return true;
  }

  /// What is kept; valid until the next [#add] or [#close].
  ByteBuf bytes() {
    return buffer;
  }

  boolean isEmpty() {
    return !buffer.isReadable();
  }

  /// Frees the buffer and its charge. May be used again.
  @Override
  public void close() {
    replace(Unpooled.EMPTY_BUFFER);
  }

  private boolean grow(int needed) {
    var doubled = Math.max(LEAST_CAPACITY, 2L * buffer.capacity());
    var capacity = (int) Math.max(needed, Math.min(most, doubled));
    if (!account.charge(Purse.DIRECT, capacity)) return false;
    replace(allocator.directBuffer(capacity, capacity).writeBytes(buffer));
    return true;
  }

  private void replace(ByteBuf next) {
    var before = buffer;
    buffer = next;
    if (before.capacity() == 0) return;
    var charged = before.capacity();
    before.release();
    account.release(Purse.DIRECT, charged);
  }
}
