package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tidegate.http.Exchange;
import io.tidegate.hub.Hub;
import io.tidegate.hub.Subscribed;
import io.tidegate.net.CutReason;
import io.tidegate.server.Answer;
import io.tidegate.server.Content;
import java.util.List;

/// One subscriber's server-sent events.
record EventsAnswer(Hub hub, Wish wish) implements Content.Live {
  static Answer of(Hub hub, Wish wish) {
    return new Answer(
        200,
        List.of(
            new Answer.Field("Content-Type", "text/event-stream"),
            new Answer.Field("Cache-Control", "no-store"),
            new Answer.Field("X-Accel-Buffering", "no")),
        new EventsAnswer(hub, wish));
  }

  /// A browser tells its page that the stream is open at its first bytes; and it can name where it
  /// stood even if no message comes.
  @Override
  public void begin(Exchange exchange) {
    if (exchange.hasConnection()) exchange.connection().holdLittle();
    var joined = hub.join(Outlets.of(exchange), EventFormat.EVENTS);
    if (joined == null) {
      exchange.cut(CutReason.MEMORY_REFUSED);
      return;
    }
    switch (wish.fulfil(joined)) {
      case Subscribed.Refused(var why) -> exchange.cut(HubRoutes.cutReason(why));
      case Subscribed.Open(var open) -> {
        Heartbeat.start(exchange, joined, open);
        var _ = joined.tell(("id: " + wish.begin(open) + "\n\n").getBytes(US_ASCII));
      }
    }
  }
}
