package io.tidegate.hub;

import java.time.Duration;

/// What became of a publication. It is never an exception: a publisher that is told to slow down
/// has made no mistake.
public sealed interface Published {
  /// It is in the topic's ring, and on its way to whoever subscribes.
  ///
  /// @param at where it stands
  record Accepted(Position at) implements Published {}

  /// There is no memory for it: the hub's account has no room, though the topic let its oldest
  /// messages go. Over HTTP 507.
  record Full() implements Published {}

  /// The topic's rate is used up. Over HTTP 429.
  ///
  /// @param retryAfter when the next one may be taken, at the latest
  record RateLimited(Duration retryAfter) implements Published {}

  /// It is longer than its topic takes. Over HTTP 413.
  ///
  /// @param mostBytes what the topic takes
  record TooLarge(int mostBytes) implements Published {}

  /// Nobody takes messages under this name: no rule of the hub is for it, or it is longer than a
  /// name may be. Over HTTP 404.
  record NoSuchTopic() implements Published {}

  /// As many topics as the hub keeps are in use. Over HTTP 507.
  record TooManyTopics() implements Published {}

  /// A keyed topic takes nothing without a key, nor a key longer than a topic's name may be; others
  /// take no removals. Over HTTP 400.
  ///
  /// @param why for people
  record Unfit(String why) implements Published {}

  /// The hub is closed. Over HTTP 503.
  record Closed() implements Published {}

  /// Whether it was taken.
  default boolean isAccepted() {
    return this instanceof Accepted;
  }
}
