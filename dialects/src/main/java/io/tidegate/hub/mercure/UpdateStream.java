package io.tidegate.hub.mercure;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.Fields;
import io.tidegate.hub.Hub;
import io.tidegate.hub.Start;
import io.tidegate.hub.Subscribed;
import io.tidegate.hub.Subscriber;
import io.tidegate.hub.Subscription;
import io.tidegate.hub.jwt.JwtVerifier;
import io.tidegate.hub.outlet.Heartbeat;
import io.tidegate.hub.outlet.Outlets;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.server.Answer;
import io.tidegate.server.Content;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One subscriber's stream of updates, until it goes, is cut, or its token expires. On its loop
/// from [#begin] on.
final class UpdateStream implements Content.Live {
  /// This, its heartbeat and its deadline; what it asks for comes on top.
  static final int HELD_BYTES = 512;

  /// A token that counts for longer is looked at again then.
  private static final Duration MOST_REST = Duration.ofHours(1);

  private final Hub hub;
  private final MercureConfig config;
  private final MercureFormat format;
  private final Interest interest;
  private final Start start;
  private final @Nullable Instant expires;
  private final Subscriptions subscriptions;
  private final List<ActiveSubscription> told;

  UpdateStream(
      Hub hub,
      MercureConfig config,
      MercureFormat format,
      Interest interest,
      Start start,
      @Nullable Instant expires,
      Subscriptions subscriptions,
      List<ActiveSubscription> told) {
    this.hub = hub;
    this.config = config;
    this.format = format;
    this.interest = interest;
    this.start = start;
    this.expires = expires;
    this.subscriptions = subscriptions;
    this.told = told;
  }

  /// The answer that opens this; `lastEventId` is what its field `cursor` says.
  Answer answer(String cursor, @Nullable String lastEventId) {
    var fields =
        new ArrayList<>(
            List.of(
                new Answer.Field("Content-Type", "text/event-stream"),
                new Answer.Field("Cache-Control", "private, no-store"),
                new Answer.Field("X-Accel-Buffering", "no")));
    // one that no field can carry is none that an update has
    if (lastEventId != null && lastEventId.chars().allMatch(c -> c >= ' ' && c < 0x7f))
      fields.add(new Answer.Field(cursor, lastEventId));
    return new Answer(200, fields, this);
  }

  @Override
  public void begin(Exchange exchange) {
    if (exchange.hasConnection()) exchange.connection().holdLittle();
    var account = exchange.connection().account();
    int heldBytes = heldBytes();
    if (!account.charge(Purse.HEAP, heldBytes)) {
      exchange.cut(CutReason.MEMORY_REFUSED);
      return;
    }
    exchange.own(() -> account.release(Purse.HEAP, heldBytes));
    var subscriber = hub.join(Outlets.of(exchange), format);
    if (subscriber == null) {
      exchange.cut(CutReason.MEMORY_REFUSED);
      return;
    }
    subscribe(exchange, subscriber);
  }

  private int heldBytes() {
    int bytes = HELD_BYTES + interest.heldBytes();
    for (var one : told) bytes += one.heldBytes();
    return bytes;
  }

  private void subscribe(Exchange exchange, Subscriber subscriber) {
    switch (subscriber.subscribe(config.topic(), config.delivery(), start, interest)) {
      case Subscribed.Open open -> {
        // browsers tell their page that the stream is open at its first bytes, and can name where
        // it stood even if no update comes
        var id = "id: " + EventIds.of(open.subscription().position()) + "\n\n";
        if (subscriber.tell(id.getBytes(StandardCharsets.US_ASCII)))
          goOn(exchange, subscriber, open.subscription());
      }
      case Subscribed.Refused refused ->
          exchange.cut(
              refused.why() == Subscribed.Refusal.CLOSED
                  ? CutReason.CLOSING
                  : CutReason.MEMORY_REFUSED);
    }
  }

  private void goOn(Exchange exchange, Subscriber subscriber, Subscription subscription) {
    Heartbeat.start(exchange, subscriber, subscription);
    if (!told.isEmpty()) exchange.own(subscriptions.begin(told)::run);
    if (expires != null) new Expiry(exchange, subscriber, end(expires)).look();
  }

  /// When a token ends that has this long: one that was taken though it had, by a clock that is
  /// behind, as long as it would be.
  private static Instant end(Instant expires) {
    return Instant.now().isBefore(expires) ? expires : expires.plus(JwtVerifier.SKEW);
  }

  /// Ends the stream when its token counts no longer.
  private static final class Expiry {
    private final Exchange exchange;
    private final Subscriber subscriber;
    private final Instant at;
    private final Deadline next;

    Expiry(Exchange exchange, Subscriber subscriber, Instant at) {
      this.exchange = exchange;
      this.subscriber = subscriber;
      this.at = at;
      this.next = exchange.connection().loop().deadline(this::look);
      exchange.own(next);
    }

    void look() {
      var left = Duration.between(Instant.now(), at);
      if (left.isPositive()) {
        next.in(left.compareTo(MOST_REST) < 0 ? left : MOST_REST);
        return;
      }
      subscriber.close();
      exchange.finish(Fields.EMPTY);
    }
  }
}
