package io.tidegate.hub.mercure;

import java.util.List;

/// What one parameter of a subscriber's query asks for.
///
/// @param kind of selector, as version 1 names it
/// @param text as it was written
/// @param selector what it means
record Wanted(String kind, String text, TopicSelector selector) {
  static List<TopicSelector> selectors(List<Wanted> wanted) {
    return wanted.stream().map(Wanted::selector).toList();
  }
}
