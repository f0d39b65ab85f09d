package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tidegate.http.Exchange;
import io.tidegate.hub.Hub;
import io.tidegate.hub.Subscribed;
import io.tidegate.hub.Subscriber;
import io.tidegate.hub.Subscription;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.server.Answer;
import io.tidegate.server.Content;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One subscriber's server-sent events. All of it belongs to the loop.
final class EventsAnswer implements Content.Live {
  /// Half of the 30 s after which the most impatient proxies take a stream for dead.
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);

  private static final byte[] COMMENT = ":\n\n".getBytes(US_ASCII);

  private final Hub hub;
  private final Wish wish;
  private @Nullable Subscriber subscriber;
  private @Nullable Subscription subscription;
  private @Nullable Deadline heartbeat;
  private long deliveredAtBeat;

  private EventsAnswer(Hub hub, Wish wish) {
    this.hub = hub;
    this.wish = wish;
  }

  static Answer of(Hub hub, Wish wish) {
    return new Answer(
        200,
        List.of(
            new Answer.Field("Content-Type", "text/event-stream"),
            new Answer.Field("Cache-Control", "no-store"),
            new Answer.Field("X-Accel-Buffering", "no")),
        new EventsAnswer(hub, wish));
  }

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
      case Subscribed.Open(var open) -> begin(exchange, joined, open);
    }
  }

  /// A browser tells its page that the stream is open at its first bytes; and it can name where it
  /// stood even if no message comes.
  private void begin(Exchange exchange, Subscriber joined, Subscription open) {
    subscriber = joined;
    subscription = open;
    var beats = exchange.connection().loop().deadline(this::beat);
    heartbeat = beats;
    exchange.own(beats);
    beats.in(HEARTBEAT);
    var _ = joined.tell(("id: " + wish.begin(open) + "\n\n").getBytes(US_ASCII));
  }

  private void beat() {
    var to = subscriber;
    var open = subscription;
    var beats = heartbeat;
    if (to == null || open == null || beats == null || !to.isOpen()) return;
    beats.in(HEARTBEAT);
    long delivered = open.delivered();
    if (delivered == deliveredAtBeat && open.stalledFor().isZero()) {
      var _ = to.tell(COMMENT);
    }
    deliveredAtBeat = delivered;
  }
}
