package io.tidegate.hub.mercure;

import org.jspecify.annotations.Nullable;

/// Topics by a URL pattern of the standard: text, `*`, `:name`, groups `{…}`, and `?`, `+` or `*`
/// behind them, in scheme, host, port, path and query. Not understood: regular expressions in
/// parentheses, users, fragments, ignoring case; such a pattern is none here.
///
/// A topic is compared as a [TopicUrl]. Topics and patterns that begin with a slash belong to the
/// hub's own origin. Where a pattern has no query, any will do.
///
/// @param hub the hub's own URL
/// @param steps what it comes to
record UrlPattern(String hub, Steps steps) implements TopicSelector {
  /// The pattern that `text` writes, at the hub of this URL; null if it is none, or one that is not
  /// understood here.
  static @Nullable UrlPattern parse(String text, String hub) {
    var own = TopicUrl.of("/", hub);
    var steps = own == null ? null : PatternReader.read(text, own);
    return steps == null ? null : new UrlPattern(hub, steps);
  }

  @Override
  public int heldBytes() {
    return 64 + steps.heldBytes();
  }

  @Override
  public int jumps() {
    return steps.jumps();
  }

  @Override
  public boolean matches(String topic) {
    return matches(topic, TopicUrl.text(topic, hub));
  }

  @Override
  public boolean matches(String topic, String url) {
    return !url.isEmpty() && steps.matches(url);
  }
}
