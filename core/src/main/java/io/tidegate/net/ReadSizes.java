package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/// How large the next read's buffer is: what the reader knows to come, else as much as reads have
/// lately filled.
///
/// From 2 KiB (a request head) to 16 KiB; 256 KiB everywhere was measured three times dearer than
/// 16 to 64.
final class ReadSizes extends DefaultMaxMessagesRecvByteBufAllocator {
  private static final int LEAST = 2 * 1024;
  private static final int MOST = 16 * 1024;

  private final Connection connection;
  private int size = LEAST;
  private int shortReads;

  ReadSizes(Connection connection) {
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
      if (connection.isReadingPaused() && connection.aheadBytes() == 0) throw new Paused();
      return super.allocate(buffers);
    }

    /// Never far beyond the window.
    @Override
    public int guess() {
      if (connection.isReadingPaused()) return connection.aheadBytes();
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
