package io.tidegate.hub.centrifugo;

import io.tidegate.hub.outlet.Authorizer;

/// Who may do what with a channel. Asked on the connection's own virtual thread: it may block.
@FunctionalInterface
public interface Access {
  /// Everybody who was let in may do anything.
  Access ALL = (_, _, _) -> true;

  /// Whether `user` may do this. A subscription that names a position is asked for twice:
  /// [Authorizer.Right#SUBSCRIBE], then [Authorizer.Right#REPLAY].
  ///
  /// @param user the token's subject, empty for somebody without a token
  boolean allows(String user, Authorizer.Right right, String channel);
}
