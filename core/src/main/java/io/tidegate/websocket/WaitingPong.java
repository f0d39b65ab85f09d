package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.websocket.frame.FrameWriter;

/// The one pong that waits until the peer reads: a newer ping's answer replaces an older one's, as
/// RFC 6455 §5.5.3 allows.
///
/// Bound: 125 bytes on the heap, however many pings come. On the connection's loop.
final class WaitingPong {
  private static final int MOST_BYTES = 125;

  private ByteBuf payload = Unpooled.EMPTY_BUFFER;
  private boolean isWaiting;

  /// Keeps a copy of what is readable in `ping`, at most 125 bytes, and forgets the one before.
  void answer(ByteBuf ping) {
    if (payload.capacity() == 0) payload = Unpooled.wrappedBuffer(new byte[MOST_BYTES]);
    payload.clear().writeBytes(ping, ping.readerIndex(), ping.readableBytes());
    isWaiting = true;
  }

  boolean isWaiting() {
    return isWaiting;
  }

  /// Writes the pong that waits, if any. At most 131 bytes.
  void writeTo(ByteBuf out, FrameWriter writer) {
    if (!isWaiting) return;
    isWaiting = false;
    writer.pong(out, payload);
  }
}
