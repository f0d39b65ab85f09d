package io.tidegate.hub.outlet;

import io.tidegate.server.Call;

/// Who may do what with a topic. Asked on the handler's thread: it may block.
@FunctionalInterface
public interface Authorizer {
  /// Anybody may do anything.
  Authorizer ALL = (_, _, _) -> true;

  /// What somebody wants to do.
  enum Right {
    /// Publish a message.
    PUBLISH,
    /// See what is published from now on.
    SUBSCRIBE,
    /// See what was published before: asked in addition, of those who name a position or ask for
    /// what is kept.
    REPLAY
  }

  /// Whether the peer that calls may do this.
  boolean allows(Call call, Right right, String topic);
}
