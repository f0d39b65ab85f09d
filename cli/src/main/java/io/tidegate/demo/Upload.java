package io.tidegate.demo;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.Body;
import io.tidegate.http.Exchange;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.net.CutReason;

/// Counts what is sent and keeps none of it. On the loop.
final class Upload implements Body {
  private final Exchange exchange;
  private final long beganNanos;
  private long bytes;

  private Upload(Exchange exchange) {
    this.exchange = exchange;
    this.beganNanos = exchange.connection().loop().nanos();
  }

  static void take(Exchange exchange) {
    if (exchange.expectsContinue()) {
      exchange.interim(new HeadBuilder().response(100).buildResponse());
    }
    exchange.read(new Upload(exchange));
  }

  @Override
  public void bytes(ByteBuf piece) {
    int length = piece.readableBytes();
    bytes += length;
    piece.release();
    exchange.released(length);
  }

  @Override
  public void end(Fields trailers) {
    long millis = (exchange.connection().loop().nanos() - beganNanos) / 1_000_000;
    Reply.json(exchange, Reply.utf8("{\"bytes\":%d,\"millis\":%d}\n".formatted(bytes, millis)));
  }

  @Override
  public void failed(CutReason reason) {
    // nothing is kept
  }
}
