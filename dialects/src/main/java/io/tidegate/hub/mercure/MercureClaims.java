package io.tidegate.hub.mercure;

import io.tidegate.hub.jwt.Claims;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a token allows: the claim `mercure`, or `https://mercure.rocks/`.
///
/// @param publish topics that may be published to; null if nothing may be
/// @param subscribe topics whose private updates may be seen; null if the claim is missing
/// @param expires when it counts no longer; null if always
record MercureClaims(
    @Nullable List<TopicSelector> publish,
    @Nullable List<TopicSelector> subscribe,
    @Nullable Instant expires) {
  /// More is a list that should be a template.
  static final int MOST_SELECTORS = 100;

  /// Of somebody without a token.
  static final MercureClaims NONE = new MercureClaims(null, null, null);

  private static final List<String> NAMES = List.of("https://mercure.rocks/", "mercure");

  /// What `claims` allow; a list that is too long, or not one of texts, allows nothing.
  static MercureClaims of(Claims claims) {
    for (var name : NAMES) {
      var mercure = claims.object(name);
      if (mercure == null) continue;
      return new MercureClaims(
          selectors(mercure, "publish"), selectors(mercure, "subscribe"), claims.expires());
    }
    return new MercureClaims(null, null, claims.expires());
  }

  private static @Nullable List<TopicSelector> selectors(Claims claims, String name) {
    var texts = claims.texts(name);
    if (texts == null || texts.size() > MOST_SELECTORS) return null;
    return texts.stream().map(TopicSelector::of).toList();
  }

  /// Topics whose private updates may be seen, which may be none.
  List<TopicSelector> allowed() {
    return subscribe == null ? List.of() : subscribe;
  }
}
