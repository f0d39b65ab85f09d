package io.tidegate.server;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.Body;
import io.tidegate.http.Exchange;
import io.tidegate.http.message.Fields;
import io.tidegate.net.CutReason;

/// A body that no handler wanted. What has arrived of it is dropped; if that is all, the connection
/// can be used again.
record SkippedBody(Exchange exchange) implements Body {
  /// Drops what has arrived of the body of `exchange`, which nobody took, before its answer begins.
  /// On the loop.
  static void of(Exchange exchange) {
    if (!exchange.bodyFraming().isEmpty() && !exchange.expectsContinue())
      exchange.read(new SkippedBody(exchange));
  }

  @Override
  public void bytes(ByteBuf piece) {
    int bytes = piece.readableBytes();
    piece.release();
    exchange.released(bytes);
  }

  @Override
  public void end(Fields trailers) {}

  @Override
  public void failed(CutReason reason) {}
}
