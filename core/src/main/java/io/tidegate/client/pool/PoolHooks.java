package io.tidegate.client.pool;

import io.tidegate.client.ConnectFailure;
import io.tidegate.http.message.Fields;
import io.tidegate.websocket.WebSocket;
import java.net.URI;
import org.jspecify.annotations.Nullable;

/// What a pool's user does when connections come and go. All of it may block, on a virtual thread,
/// until the pool's [PoolConfig.Times#hooks] is over: then its thread is interrupted, and the
/// connection that it was called for closed.
///
/// For a new connection [#onOpen] is called, then [#resubscribe], then [#beforeRotate] if it is to
/// take another's place; messages of the peer wait meanwhile. What they throw closes the new
/// connection, and no other.
public interface PoolHooks {
  /// Does nothing.
  PoolHooks NONE = new PoolHooks() {};

  /// A connection is open, and not ready before this has returned: the place to say who one is.
  ///
  /// @param attempt how many times this member was tried, this time included
  default void onOpen(Member member, WebSocket socket, int attempt) throws Exception {}

  /// The place to ask for what a member is to receive, again after each loss.
  default void resubscribe(Member member, WebSocket socket) throws Exception {}

  /// `fresh` is about to take the place of `old`, which receives for the pool's `drain` from then
  /// on and is sent nothing by the pool.
  default void beforeRotate(Member member, WebSocket old, WebSocket fresh) throws Exception {}

  /// `endpoint` has answered 401 or 403: the place to fetch a new token. Called again, as long as
  /// the endpoint lets nobody in, once in half of the longest pause at most.
  ///
  /// @return the fields that requests carry from now on, in place of those before; null if there is
  ///   no token to be had
  default @Nullable Fields refreshToken(URI endpoint, ConnectFailure why) throws Exception {
    return null;
  }
}
