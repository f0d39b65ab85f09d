package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The pieces of a [PieceQueue], in a ring that grows by doubling; the first [#taken] of them have
/// gone to the kernel's side and wait to be dropped. Belongs to its queue.
final class PieceRing {
  /// What one empty queue keeps room for at most.
  private static final int KEPT_ENTRIES = 64;

  private @Nullable Piece[] ring = new Piece[2];
  private int head;
  private int count;
  private int taken;
  private long fileBytes;

  /// One waiting piece: bytes in memory, or a part of a file.
  abstract static sealed class Piece {
    int length;

    /// Bytes of memory charged to the queue's account: what the piece pins beyond what its payer
    /// pays for.
    int excess;

    /// Lets go of what was not given away.
    abstract void release();
  }

  /// Bytes in memory. Its entry is used again.
  static final class Bytes extends Piece {
    private @Nullable ByteBuf buffer;

    /// Whether the buffer is the queue's own, and more may be appended to it.
    private boolean open;

    /// Whether other queues hold the same bytes, which are paid for once.
    boolean isShared;

    ByteBuf buffer() {
      return Objects.requireNonNull(buffer);
    }

    ByteBuf give() {
      var given = buffer();
      buffer = null;
      open = false;
      return given;
    }

    /// Pins no more than its own bytes from here on.
    void copy(ByteBufAllocator buffers) {
      var old = buffer();
      buffer = buffers.directBuffer(length).writeBytes(old);
      old.release();
    }

    ByteBuf front(int bytes) {
      open = false;
      length -= bytes;
      return buffer().readRetainedSlice(bytes);
    }

    @Override
    void release() {
      if (buffer != null) buffer.release();
      buffer = null;
      open = false;
    }
  }

  /// A part of a file, which is held open until this is released.
  static final class FilePart extends Piece {
    final FileSlice slice;

    FilePart(FileSlice slice) {
      this.slice = slice;
      this.length = slice.length();
    }

    @Override
    void release() {
      slice.release();
    }
  }

  int count() {
    return count;
  }

  int taken() {
    return taken;
  }

  long fileBytes() {
    return fileBytes;
  }

  Piece at(int i) {
    return Objects.requireNonNull(ring[(head + i) & (ring.length - 1)]);
  }

  Piece first() {
    return at(0);
  }

  /// The first piece, which is none of a file.
  Bytes firstBytes() {
    if (first() instanceof Bytes bytes) return bytes;
    throw new IllegalStateException("a part of a file leaves by its own socket alone");
  }

  /// The first piece that was not taken.
  @Nullable Piece untaken() {
    return taken == count ? null : at(taken);
  }

  void take() {
    taken++;
  }

  Bytes add(ByteBuf buffer, int length, int excess) {
    int slot = freeSlot();
    var entry = ring[slot] instanceof Bytes used ? used : new Bytes();
    ring[slot] = entry;
    entry.buffer = buffer;
    entry.length = length;
    entry.excess = excess;
    entry.isShared = false;
    return entry;
  }

  /// Adds an empty buffer of the queue's own, which [#extend] fills.
  void addOpen(ByteBuf buffer, int excess) {
    add(buffer, 0, excess).open = true;
  }

  void add(FileSlice slice) {
    int slot = freeSlot(); // in a ring that may be a new one
    ring[slot] = new FilePart(slice);
    fileBytes += slice.length();
  }

  private int freeSlot() {
    if (count == ring.length) ring = grown(ring, head, count);
    return (head + count++) & (ring.length - 1);
  }

  private @Nullable Piece[] grown(@Nullable Piece[] old, int from, int size) {
    @Nullable Piece[] grown = new Piece[size * 2];
    for (int i = 0; i < size; i++) grown[i] = old[(from + i) & (size - 1)];
    head = 0;
    return grown;
  }

  /// Whether the last buffer is ours, not taken, and has room for `length` bytes more.
  boolean hasTail(int length) {
    if (count == taken || !(at(count - 1) instanceof Bytes last) || !last.open) return false;
    return last.buffer().writableBytes() >= length;
  }

  /// Has `writer` put `length` bytes behind those of the last buffer.
  ///
  /// @throws IllegalStateException if it writes another number of them, all of which are dropped
  void extend(int length, Consumer<ByteBuf> writer) {
    var last = (Bytes) at(count - 1);
    var tail = last.buffer();
    int begin = tail.writerIndex();
    int written = 0;
    try {
      writer.accept(tail);
      written = tail.writerIndex() - begin;
      if (written != length) throw new IllegalStateException(written + " bytes, not " + length);
      last.length += length;
    } finally {
      if (written != length) tail.writerIndex(begin);
    }
  }

  /// The last buffer was charged whole when it was made: what a payer now pays of it need not be
  /// charged twice.
  int repay(int owed) {
    var last = at(count - 1);
    int paid = Math.min(owed, last.excess);
    last.excess -= paid;
    return paid;
  }

  /// Drops the first piece, and returns what was charged for what it pinned.
  int drop() {
    var entry = at(0);
    int excess = entry.excess;
    entry.release();
    if (entry instanceof FilePart part) {
      fileBytes -= part.length;
      ring[head] = null;
    }
    head = (head + 1) & (ring.length - 1);
    count--;
    if (taken > 0) taken--;
    if (count == 0 && ring.length > KEPT_ENTRIES) ring = new Piece[2];
    if (count == 0) head = 0;
    return excess;
  }
}
