package io.tidegate.hub.outlet;

import io.tidegate.http.Exchange;
import io.tidegate.hub.Hub;
import io.tidegate.hub.Subscribed;
import io.tidegate.net.CutReason;
import io.tidegate.server.Answer;
import io.tidegate.server.Content;
import io.tidegate.stream.MotionJpegParts;
import java.util.List;

/// One viewer's pictures, each whole, and the newest whenever the last has left.
record PicturesAnswer(Hub hub, Wish wish) implements Content.Live {
  static Answer of(Hub hub, Wish wish) {
    return new Answer(
        200,
        List.of(
            new Answer.Field("Content-Type", MotionJpegParts.CONTENT_TYPE),
            new Answer.Field("Cache-Control", "no-store")),
        new PicturesAnswer(hub, wish));
  }

  @Override
  public void begin(Exchange exchange) {
    if (exchange.hasConnection()) exchange.connection().holdLittle();
    var viewer = hub.join(Outlets.of(exchange), PictureFormat.PICTURES);
    if (viewer == null || !viewer.tell(MotionJpegParts.next())) {
      exchange.cut(CutReason.MEMORY_REFUSED);
      return;
    }
    if (wish.fulfil(viewer) instanceof Subscribed.Refused(var why))
      exchange.cut(HubRoutes.cutReason(why));
  }
}
