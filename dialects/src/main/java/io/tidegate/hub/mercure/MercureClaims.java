package io.tidegate.hub.mercure;

import io.tidegate.hub.jwt.Claims;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a token allows: the claim `mercure`, or `https://mercure.rocks/`; in version 1
/// `authorization_details` (RFC 9396).
///
/// @param publish topics that may be published to; null if nothing may be
/// @param subscribe topics whose private updates may be seen; null if the claim is missing
/// @param payloads what is told of its subscriptions, the first that fits
/// @param expires when it counts no longer; null if always
record MercureClaims(
    @Nullable List<TopicSelector> publish,
    @Nullable List<TopicSelector> subscribe,
    List<Payload> payloads,
    @Nullable Instant expires) {
  /// More is a list that should be a template.
  static final int MOST_SELECTORS = 100;

  /// What is told of subscriptions.
  ///
  /// @param selectors of which, taken for topics
  /// @param json what; null if nothing
  record Payload(List<TopicSelector> selectors, @Nullable String json) {}

  /// Of somebody without a token.
  static final MercureClaims NONE = new MercureClaims(null, null, List.of(), null);

  private static final List<String> NAMES = List.of("https://mercure.rocks/", "mercure");

  private static final String DETAIL = "https://mercure.rocks/authorization-detail";

  /// What `claims` allow by the names of a version; null if the token does not count: in version 1
  /// nothing of a token does of which anything is not understood.
  static @Nullable MercureClaims of(Claims claims, Names names) {
    return switch (names.version()) {
      case MercureVersion.Zero _ -> of(claims);
      case MercureVersion.One one -> isFor(one, claims) ? detailed(claims, names) : null;
    };
  }

  private static boolean isFor(MercureVersion.One hub, Claims claims) {
    var audience = claims.texts("aud");
    var one = claims.text("aud");
    var named = audience == null ? List.of(one == null ? "" : one) : audience;
    return hub.issuer().equals(claims.text("iss"))
        && claims.expires() != null
        && named.contains(hub.resource().toString());
  }

  private static @Nullable MercureClaims detailed(Claims claims, Names names) {
    var publish = new ArrayList<TopicSelector>();
    var subscribe = new ArrayList<TopicSelector>();
    var payloads = new ArrayList<Payload>();
    var details = claims.objects("authorization_details");
    if (details == null && claims.has("authorization_details")) return null;
    for (var detail : details == null ? List.<Claims>of() : details) {
      if (!DETAIL.equals(detail.text("type"))) continue;
      var topics = topics(detail, names);
      var actions = detail.texts("actions");
      if (topics == null || actions == null || actions.isEmpty()) return null;
      if (actions.contains("publish")) publish.addAll(topics);
      if (!actions.contains("subscribe")) continue;
      subscribe.addAll(topics);
      if (detail.has("payload") && detail.object("payload") == null) return null;
      payloads.add(new Payload(topics, detail.json("payload")));
    }
    if (publish.size() + subscribe.size() > MOST_SELECTORS) return null;
    return new MercureClaims(
        publish.isEmpty() ? null : List.copyOf(publish),
        List.copyOf(subscribe),
        List.copyOf(payloads),
        claims.expires());
  }

  private static @Nullable List<TopicSelector> topics(Claims detail, Names names) {
    var matchers = detail.objects("topics");
    if (matchers == null || matchers.isEmpty() || matchers.size() > MOST_SELECTORS) return null;
    var topics = new ArrayList<TopicSelector>();
    for (var matcher : matchers) {
      var text = matcher.text("match");
      var kind = matcher.has("match_type") ? matcher.text("match_type") : "exact";
      var selector = text == null || kind == null ? null : names.selector(kind, text);
      if (selector == null) return null;
      topics.add(selector);
    }
    return topics;
  }

  /// What `claims` allow; a list that is too long, or not one of texts, allows nothing.
  private static MercureClaims of(Claims claims) {
    for (var name : NAMES) {
      var mercure = claims.object(name);
      if (mercure == null) continue;
      var all = List.<TopicSelector>of(new TopicSelector.All());
      return new MercureClaims(
          selectors(mercure, "publish"),
          selectors(mercure, "subscribe"),
          List.of(new Payload(all, mercure.json("payload"))),
          claims.expires());
    }
    return new MercureClaims(null, null, List.of(), claims.expires());
  }

  private static @Nullable List<TopicSelector> selectors(Claims claims, String name) {
    var texts = claims.texts(name);
    if (texts == null || texts.size() > MOST_SELECTORS) return null;
    return texts.stream().map(TopicSelector::of).toList();
  }

  /// What is told of a subscription to `match`; null if nothing is.
  @Nullable String payload(String match) {
    for (var payload : payloads)
      for (var selector : payload.selectors()) if (selector.matches(match)) return payload.json();
    return null;
  }

  /// Topics whose private updates may be seen, which may be none.
  List<TopicSelector> allowed() {
    return subscribe == null ? List.of() : subscribe;
  }
}
