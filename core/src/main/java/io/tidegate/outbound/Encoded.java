package io.tidegate.outbound;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.net.Payer;

/// One message in the form in which its stream carries it.
///
/// @param head its first bytes, often all
/// @param body what follows: mostly somebody else's bytes that need not be copied
/// @param bodyOwed how many bytes of the body `bodyPayer` has paid and hears of when they have left
///   or are dropped; the outbox pays for the rest
/// @param bodyPayer who paid for them
public record Encoded(ByteBuf head, ByteBuf body, int bodyOwed, Payer bodyPayer) {
  /// A message in one piece.
  public static Encoded whole(ByteBuf bytes) {
    return new Encoded(bytes, Unpooled.EMPTY_BUFFER, 0, Payer.NOBODY);
  }

  /// A message whose body the outbox pays for too.
  public static Encoded of(ByteBuf head, ByteBuf body) {
    return new Encoded(head, body, 0, Payer.NOBODY);
  }

  void release() {
    head.release();
    body.release();
    if (bodyOwed > 0) bodyPayer.released(bodyOwed);
  }
}
