package io.tidegate.outbound;

import io.netty.buffer.ByteBufAllocator;

/// Makes the bytes of one message, once they are paid for. On the sender's thread.
@FunctionalInterface
public interface Encoder {
  /// Returns the message in buffers that hold no more than was asked for, and that are the outbox's
  /// from here on.
  Encoded encode(ByteBufAllocator buffers);
}
