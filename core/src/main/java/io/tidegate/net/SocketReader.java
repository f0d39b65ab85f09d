package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.UncheckedBooleanSupplier;

/// The reading side of one connection, as Netty sees it: the handler at the end of the pipeline,
/// which forwards and decides nothing, and the one who says how large the next read's buffer is:
/// what the connection's reader knows to come, else as much as reads have lately filled.
///
/// From 2 KiB (a request head) to just under 64 KiB, which was measured a third cheaper than 16 in
/// bulk; 256 KiB is three times dearer. On the connection's loop.
final class SocketReader extends ChannelInboundHandlerAdapter
    implements RecvByteBufAllocator, RecvByteBufAllocator.ExtendedHandle {
  private static final int LEAST = 2 * 1024;

  /// With the headers that a link puts around it, what one read brings from an app arrives in one
  /// read of 64 KiB at the link's other end, and lies alone in its buffer.
  private static final int MOST = 64 * 1024 - 64;

  /// What one connection reads in one tick, if the kernel has it: what is written for it is then
  /// written once.
  private static final int TURN_BYTES = 256 * 1024;

  /// What a read takes of the turn at least, for its system call: a turn has 16.
  private static final int LEAST_OF_TURN = TURN_BYTES / 16;

  /// What one connection may keep its loop busy with in one tick: a turn of bulk takes 0.1 ms.
  private static final long TURN_NANOS = 500_000;

  /// Longer is the work of bytes that were made to be much work, as a thousand frames of nothing:
  /// the next buffer is smaller.
  private static final long SLOW_NANOS = 250_000;

  /// So many reads in a row that filled less than a quarter make the next buffer smaller.
  private static final int SHORT_READS = 8;

  private final Connection connection;
  private int size = LEAST;
  private byte shortReads;

  /// What is known of the turn in which one connection of a loop reads: it begins with [#reset],
  /// and no other reads within it. The loop has one for all its connections.
  static final class Turn {
    private int attemptedBytes;
    private int lastBytes;
    private int leftBytes;
    private long leftNanos;
    private long readNanos;
  }

  SocketReader(Connection connection) {
    this.connection = connection;
  }

  /// Thrown out of Netty's read loop where reading is paused: at the peer's FIN it would go on
  /// reading whatever `autoRead` says, megabytes if the kernel has them.
  private static final class Paused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Paused() {
      super("reading is paused", null, false, false);
    }
  }

  // ---- what comes

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    connection.arrived((ByteBuf) message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) connection.inputShutDown();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    connection.finished();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable fault) {
    if (fault instanceof Paused) connection.eventWhilePaused();
    else if (fault instanceof java.io.IOException) connection.reset(CutReason.PEER_GONE);
    else connection.fail(fault);
  }

  // ---- how much is read

  @Override
  public ExtendedHandle newHandle() {
    return this;
  }

  private Turn turn() {
    return connection.loop().readTurn();
  }

  @Override
  public void reset(ChannelConfig config) {
    var turn = turn();
    turn.leftBytes = TURN_BYTES;
    turn.leftNanos = TURN_NANOS;
  }

  @Override
  public ByteBuf allocate(ByteBufAllocator buffers) {
    if (!connection.mayRead()) throw new Paused();
    return buffers.ioBuffer(guess());
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
  public void attemptedBytesRead(int bytes) {
    turn().attemptedBytes = bytes;
  }

  @Override
  public int attemptedBytesRead() {
    return turn().attemptedBytes;
  }

  @Override
  public void lastBytesRead(int bytes) {
    var turn = turn();
    turn.lastBytes = bytes;
    turn.leftBytes -= Math.max(LEAST_OF_TURN, bytes);
    turn.readNanos = System.nanoTime();
  }

  @Override
  public int lastBytesRead() {
    return turn().lastBytes;
  }

  /// What the last read brought has been dealt with.
  private void adapt(Turn turn) {
    long took = System.nanoTime() - turn.readNanos;
    turn.leftNanos -= took;
    int bytes = turn.lastBytes;
    if (took > SLOW_NANOS) {
      size = Math.max(LEAST, size / 4);
    } else if (bytes >= size) {
      if (turn.attemptedBytes <= MOST && took * 4 <= SLOW_NANOS) size = Math.min(MOST, size * 4);
      shortReads = 0;
    } else if (bytes < size / 4 && ++shortReads > SHORT_READS) {
      size = Math.max(LEAST, size / 2);
      shortReads = 0;
    }
  }

  @Override
  public void incMessagesRead(int count) {}

  @Override
  public boolean continueReading() {
    var turn = turn();
    return continueReading(() -> turn.attemptedBytes == turn.lastBytes);
  }

  @Override
  public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
    var turn = turn();
    if (turn.lastBytes > 0) adapt(turn);
    boolean isOver = turn.leftBytes <= 0 || turn.leftNanos <= 0;
    return !isOver && connection.isReadingOn() && maybeMore.get();
  }

  @Override
  public void readComplete() {}
}
