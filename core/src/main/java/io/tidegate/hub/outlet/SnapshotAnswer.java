package io.tidegate.hub.outlet;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.Exchange;
import io.tidegate.http.message.Fields;
import io.tidegate.hub.Hub;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.server.Answer;
import io.tidegate.server.Content;
import java.util.List;

/// The newest message of a topic, as it is now: a copy that the peer's connection pays for. One
/// that takes its time keeps nothing of the hub's, where no subscriber answers for it.
record SnapshotAnswer(Hub hub, String topic) implements Content.Live {
  static Answer of(Hub hub, String topic) {
    return new Answer(
        200,
        List.of(
            new Answer.Field("Content-Type", "image/jpeg"),
            new Answer.Field("Cache-Control", "no-store")),
        new SnapshotAnswer(hub, topic));
  }

  @Override
  public void begin(Exchange exchange) {
    try (var newest = hub.newest(topic)) {
      if (newest != null && !offer(exchange, newest.entry().payload())) return;
    }
    exchange.finish(Fields.EMPTY);
  }

  private static boolean offer(Exchange exchange, ByteBuf picture) {
    int bytes = picture.readableBytes();
    var connection = exchange.connection();
    var account = connection.account();
    if (!account.charge(Purse.DIRECT, bytes)) {
      exchange.cut(CutReason.MEMORY_REFUSED);
      return false;
    }
    var copy = connection.loop().buffers().directBuffer(bytes);
    copy.writeBytes(picture, picture.readerIndex(), bytes);
    return exchange.offer(copy, bytes, paid -> account.release(Purse.DIRECT, paid));
  }
}
