package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/// How large the next read's buffer is: what the reader knows to come, else as much as reads have
/// lately filled.
///
/// From 2 KiB (a request head) to just under 64 KiB, which was measured a third cheaper than 16 in
/// bulk; 256 KiB is three times dearer.
final class ReadSizes extends DefaultMaxMessagesRecvByteBufAllocator {
  private static final int LEAST = 2 * 1024;

  /// With the headers that a link puts around it, what one read brings from an app arrives in one
  /// read of 64 KiB at the link's other end, and lies alone in its buffer.
  private static final int MOST = 64 * 1024 - 64;

  /// What one connection reads in one tick, if the kernel has it: what is written for it is then
  /// written once.
  private static final int TURN_BYTES = 256 * 1024;

  private static final int TURN_READS = 16;

  private final Connection connection;
  private int size = LEAST;
  private int shortReads;

  ReadSizes(Connection connection) {
    super(TURN_READS);
    this.connection = connection;
  }

  /// Thrown out of Netty's read loop where reading is paused: at the peer's FIN it would go on
  /// reading whatever `autoRead` says, megabytes if the kernel has them.
  static final class Paused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Paused() {
      super("reading is paused", null, false, false);
    }
  }

  @Override
  public ExtendedHandle newHandle() {
    return new Adaptive();
  }

  private final class Adaptive extends MaxMessageHandle {
    @Override
    public ByteBuf allocate(ByteBufAllocator buffers) {
      if (!connection.mayRead()) throw new Paused();
      return super.allocate(buffers);
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return !connection.isReadingPaused()
          && totalBytesRead() < TURN_BYTES
          && super.continueReading(maybeMoreData);
    }

    /// Never far beyond the window.
    @Override
    public int guess() {
      int ahead = connection.aheadBytes();
      if (ahead > 0) return ahead;
      int wanted = connection.wantedBytes();
      return Math.min(wanted > 0 ? wanted : size, Math.max(LEAST, connection.windowBytes()));
    }

    @Override
    public void lastBytesRead(int bytes) {
      if (bytes > 0 && attemptedBytesRead() <= MOST) adapt(bytes);
      super.lastBytesRead(bytes);
    }

    private void adapt(int bytes) {
      if (bytes >= size) {
        size = Math.min(MOST, size * 4);
        shortReads = 0;
      } else if (bytes < size / 4 && ++shortReads > 8) {
        size = Math.max(LEAST, size / 2);
        shortReads = 0;
      }
    }
  }
}
