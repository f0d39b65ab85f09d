package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.tidegate.ledger.Purse;
import org.jspecify.annotations.Nullable;

/// Notices on NIO that a peer has gone while its connection is not read.
///
/// NIO tells of a FIN only to who reads up to it. So reading goes on up to [#MOST_BYTES] ahead:
/// they are charged, held here, and delivered before anything else once reading goes on. A FIN
/// behind more than that stays unseen until then. Belongs to its connection's loop.
final class ReadAhead extends ChannelDuplexHandler {
  /// As much is read of a peer that is paused, and charged from its first byte on.
  static final int MOST_BYTES = 16 * 1024;

  private final Connection connection;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ByteBuf held;

  /// The peer's FIN has been read and not been passed on.
  private boolean ended;

  private boolean delivering;

  ReadAhead(Connection connection) {
    this.connection = connection;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    context = added;
  }

  /// How much more may be read ahead.
  int leftBytes() {
    if (ended) return 0;
    return held == null ? MOST_BYTES : held.writableBytes();
  }

  /// Whether something was read that has not been delivered: what is read now comes behind it.
  boolean isHolding() {
    return held != null || ended;
  }

  /// The channel is not read from now on.
  void paused() {
    if (context != null && leftBytes() > 0) context.read();
  }

  /// Whether the kernel has been told: a pause that does not outlast a tick is none here.
  private static boolean isPaused(ChannelHandlerContext here) {
    return !here.channel().config().isAutoRead();
  }

  @Override
  public void channelRead(ChannelHandlerContext here, Object message) {
    if (!isPaused(here) && held == null) {
      here.fireChannelRead(message);
      return;
    }
    var piece = (ByteBuf) message;
    try {
      keep(piece);
    } finally {
      piece.release();
    }
  }

  private void keep(ByteBuf piece) {
    var kept = held;
    if (kept == null) {
      if (!connection.account().charge(Purse.DIRECT, MOST_BYTES)) {
        connection.reset(CutReason.MEMORY_REFUSED);
        return;
      }
      kept = connection.loop().buffers().directBuffer(MOST_BYTES, MOST_BYTES);
      held = kept;
    }
    kept.writeBytes(piece);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext here) {
    here.fireChannelReadComplete();
    if (isPaused(here)) paused();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext here, Object event) {
    if (event instanceof ChannelInputShutdownEvent && (isPaused(here) || held != null)) {
      ended = true;
      connection.inputEnding();
    } else {
      here.fireUserEventTriggered(event);
    }
  }

  /// Reading goes on: behind what is held, and in a turn of its own, for this is called from within
  /// readers.
  @Override
  public void read(ChannelHandlerContext here) {
    if (!isHolding()) here.read();
    else if (!delivering) delivering = connection.loop().later(() -> deliver(here));
  }

  private void deliver(ChannelHandlerContext here) {
    delivering = false;
    if (isPaused(here)) return;
    var piece = take();
    if (piece != null) here.fireChannelRead(piece);
    if (isPaused(here)) return;
    if (ended) {
      ended = false;
      here.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    } else {
      here.read();
    }
  }

  private @Nullable ByteBuf take() {
    var piece = held;
    held = null;
    if (piece != null) connection.account().release(Purse.DIRECT, MOST_BYTES);
    return piece;
  }

  @Override
  public void channelInactive(ChannelHandlerContext here) {
    var piece = take();
    if (piece != null) piece.release();
    here.fireChannelInactive();
  }
}
