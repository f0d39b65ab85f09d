package io.tidegate.hub.outlet;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.hub.Delivery;
import io.tidegate.hub.Position;
import io.tidegate.hub.Start;
import io.tidegate.hub.Subscribed;
import io.tidegate.hub.Subscriber;
import io.tidegate.hub.Subscription;
import io.tidegate.hub.TopicKind;
import io.tidegate.server.Call;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What a request for a subscription asks for, in its path, its query and `Last-Event-ID`.
///
/// @param topic its name
/// @param delivery as `delivery` and `interval` say
/// @param start as `Last-Event-ID`, `resume` or `from` say
/// @param hasIds as `ids` says
record Wish(String topic, Delivery delivery, Start start, boolean hasIds) {
  private static final int MOST_INTERVAL_MILLIS = 3_600_000;

  /// Reads it, and asks whether the peer may.
  ///
  /// @throws HttpError 400, 403 or 404
  static Wish of(HubRoutes routes, Call call, String topic) {
    var rule = routes.hub().rule(topic);
    if (rule == null || !HubRoutes.isTopic(routes.hub(), topic))
      throw new HttpError(404, "no such topic");
    if (!routes.authorizer().allows(call, Authorizer.Right.SUBSCRIBE, topic))
      throw new HttpError(403);
    var delivery = delivery(call, rule.kind());
    if (!delivery.suits(rule.kind())) throw refused(Subscribed.Refusal.UNFIT_DELIVERY);
    var start = start(call, rule.kind());
    if (!(start instanceof Start.Live)
        && !routes.authorizer().allows(call, Authorizer.Right.REPLAY, topic)) {
      if (asksForPast(call)) throw new HttpError(403);
      start = Start.live();
    }
    return new Wish(topic, delivery, start, "true".equals(call.query("ids")));
  }

  private static HttpError refused(Subscribed.Refusal why) {
    return new HttpError(why.status(), why.text());
  }

  private static @Nullable String lastSeen(Call call) {
    var id = call.fields().value(FieldName.LAST_EVENT_ID);
    return id == null || id.isEmpty() ? call.query("resume") : id;
  }

  private static boolean asksForPast(Call call) {
    return lastSeen(call) != null || call.query("from") != null;
  }

  private static Start start(Call call, TopicKind kind) {
    var last = lastSeen(call);
    if (last != null) {
      var position = Position.parse(last);
      return Start.after(position == null ? Position.UNKNOWN : position);
    }
    return switch (call.query("from")) {
      case null -> Start.of(kind);
      case "kept" -> Start.kept();
      case "live" -> Start.live();
      default -> throw new HttpError(400, "from is kept or live");
    };
  }

  private static Delivery delivery(Call call, TopicKind kind) {
    var interval = interval(call);
    boolean isKeyed = kind instanceof TopicKind.Keyed;
    return switch (call.query("delivery")) {
      case null -> {
        if (interval.isZero()) yield Delivery.of(kind);
        yield isKeyed ? new Delivery.Conflate(interval) : Delivery.sampled(interval);
      }
      case "lossless" -> Delivery.lossless();
      case "live" -> Delivery.dropToLive();
      case "conflate" -> new Delivery.Conflate(interval);
      case "latest" -> Delivery.latestOnly();
      case "sampled" -> {
        if (interval.isZero()) throw new HttpError(400, "sampled needs an interval");
        yield Delivery.sampled(interval);
      }
      default ->
          throw new HttpError(400, "delivery is lossless, live, conflate, latest or sampled");
    };
  }

  /// `interval` in milliseconds, or what `fps` leaves between two pictures; zero without either.
  private static Duration interval(Call call) {
    var millis = call.query("interval");
    if (millis != null) return Duration.ofMillis(number(millis, MOST_INTERVAL_MILLIS));
    var fps = call.query("fps");
    return fps == null ? Duration.ZERO : Duration.ofNanos(1_000_000_000L / number(fps, 1_000));
  }

  private static int number(String text, int most) {
    try {
      int number = Integer.parseInt(text);
      if (number >= 1 && number <= most) return number;
    } catch (NumberFormatException malformed) {
      throw outOfRange(text, most);
    }
    throw outOfRange(text, most);
  }

  private static HttpError outOfRange(String text, int most) {
    var shown = text.length() > 32 ? text.substring(0, 32) + "…" : text;
    return new HttpError(400, "not a number from 1 to " + most + ": " + shown);
  }

  /// Where `open` begins, as its peer is to know it: what it named itself, so that it names that
  /// again if it goes before it has heard of a gap.
  Position begin(Subscription open) {
    return start instanceof Start.After(var last) ? last : open.position();
  }

  /// Subscribes as it says. On the subscriber's loop.
  Subscribed fulfil(Subscriber subscriber) {
    return subscriber.subscribe(topic, delivery, start);
  }
}
