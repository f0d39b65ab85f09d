package io.tidegate.hub;

import io.tidegate.ledger.Rate;
import java.time.Duration;

/// What topics of certain names are. Of several rules for a name the first holds.
///
/// @param pattern segments between slashes: text, `*` for any one, or at the end `**` for all that
///   follow, at least one
/// @param kind what they keep
/// @param publishRate how often each of them takes a message; one more is refused
public record TopicRule(String pattern, TopicKind kind, Rate publishRate) {
  /// More than one subject has to say: 10,000 messages a second.
  public static final Rate DEFAULT_RATE = new Rate(10_000, Duration.ofSeconds(1));

  /// @throws IllegalArgumentException if `pattern` is none
  public TopicRule {
    if (pattern.isEmpty()) throw new IllegalArgumentException("a pattern is empty");
    var segments = pattern.split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      boolean isWild = segments[i].equals("*") || segments[i].equals("**");
      if (!isWild && segments[i].indexOf('*') >= 0)
        throw new IllegalArgumentException("* stands for whole segments: " + pattern);
      if (segments[i].equals("**") && i < segments.length - 1)
        throw new IllegalArgumentException("nothing may follow **: " + pattern);
    }
  }

  /// Topics like `pattern` of this kind, with [#DEFAULT_RATE].
  public static TopicRule of(String pattern, TopicKind kind) {
    return new TopicRule(pattern, kind, DEFAULT_RATE);
  }

  /// Returns this with another rate.
  public TopicRule withPublishRate(Rate rate) {
    return new TopicRule(pattern, kind, rate);
  }

  /// Whether this is for topics of this name.
  public boolean matches(String name) {
    int from = 0;
    int at = 0;
    while (true) {
      int end = endOf(pattern, at);
      var wanted = pattern.substring(at, end);
      if (wanted.equals("**")) return from < name.length();
      int to = endOf(name, from);
      boolean fits =
          wanted.equals("*") ? to > from : name.regionMatches(from, wanted, 0, to - from);
      if (!fits || (!wanted.equals("*") && wanted.length() != to - from)) return false;
      boolean last = end == pattern.length();
      if (last || to == name.length()) return last && to == name.length();
      at = end + 1;
      from = to + 1;
    }
  }

  private static int endOf(String text, int from) {
    int slash = text.indexOf('/', from);
    return slash < 0 ? text.length() : slash;
  }
}
