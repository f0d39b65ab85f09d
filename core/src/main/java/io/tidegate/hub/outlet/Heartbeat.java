package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tidegate.http.Exchange;
import io.tidegate.hub.Subscriber;
import io.tidegate.hub.Subscription;
import io.tidegate.net.Deadline;
import java.time.Duration;

/// Says now and then, while nothing else is said, that a stream of server-sent events lives: by a
/// comment, which no page sees. All of it belongs to the loop.
public final class Heartbeat {
  /// Half of the 30 s after which the most impatient proxies take a stream for dead.
  private static final Duration INTERVAL = Duration.ofSeconds(15);

  private static final byte[] COMMENT = ":\n\n".getBytes(US_ASCII);

  private final Subscriber subscriber;
  private final Subscription subscription;
  private final Deadline next;
  private long delivered;

  private Heartbeat(Exchange exchange, Subscriber subscriber, Subscription subscription) {
    this.subscriber = subscriber;
    this.subscription = subscription;
    this.next = exchange.connection().loop().deadline(this::beat);
  }

  /// Beats for `subscription`, the only one of `subscriber`, until either or the exchange is over.
  public static void start(Exchange exchange, Subscriber subscriber, Subscription subscription) {
    var heartbeat = new Heartbeat(exchange, subscriber, subscription);
    exchange.own(heartbeat.next);
    heartbeat.next.in(INTERVAL);
  }

  private void beat() {
    if (!subscriber.isOpen() || !subscription.isOpen()) return;
    next.in(INTERVAL);
    long now = subscription.delivered();
    if (now == delivered && subscription.stalledFor().isZero()) {
      var _ = subscriber.tell(COMMENT);
    }
    delivered = now;
  }
}
