package io.tidegate.hub.outlet;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.Fields;
import io.tidegate.hub.Hub;
import io.tidegate.net.Payer;
import io.tidegate.server.Answer;
import io.tidegate.server.Content;
import java.util.List;

/// The newest message of a topic, sent where it lies: nothing is copied, and the hub pays for it
/// until it has left.
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
    var newest = hub.newest(topic);
    if (newest != null) {
      var payload = newest.entry().payload();
      int bytes = payload.readableBytes();
      if (bytes == 0) newest.close();
      else {
        var _ = exchange.offer(payload.retainedDuplicate(), bytes, new Whole(newest, bytes));
      }
    }
    exchange.finish(Fields.EMPTY);
  }

  /// Lets go of a message when all its bytes have left.
  private static final class Whole implements Payer {
    private final Hub.Held message;
    private int left;

    Whole(Hub.Held message, int bytes) {
      this.message = message;
      this.left = bytes;
    }

    @Override
    public void released(int bytes) {
      left -= bytes;
      if (left == 0) message.close();
    }
  }
}
