package io.tidegate.edge;

import java.time.Duration;
import java.util.Set;

/// What an agent asked for when it claimed a name.
///
/// @param hostHeader what the app gets as Host, or empty to pass the visitor's on
/// @param upgrades protocols besides `websocket` that may be upgraded to, in lower case
/// @param answer the longest the app may take for the head of an answer, if the edge allows as much
public record ClaimPolicy(String hostHeader, Set<String> upgrades, Duration answer) {
  /// Host unchanged, WebSockets only.
  public static final ClaimPolicy DEFAULT = new ClaimPolicy("", Set.of(), Duration.ofHours(1));

  /// At most 8 upgrades.
  ///
  /// @throws IllegalArgumentException if there are more
  public ClaimPolicy {
    upgrades = Set.copyOf(upgrades);
    if (upgrades.size() > 8) throw new IllegalArgumentException("more than 8 upgrades");
  }
}
