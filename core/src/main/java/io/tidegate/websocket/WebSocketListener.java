package io.tidegate.websocket;

import io.tidegate.websocket.frame.CloseFrame;

/// Takes what happens on WebSockets, one call after the other for each of them, on a virtual thread
/// that lasts as long as there is something to tell: an idle connection has none.
///
/// A call may block; meanwhile its peer's messages wait, and then are not read. What it throws
/// closes its connection with 1011.
@FunctionalInterface
public interface WebSocketListener {
  /// The handshake is done.
  default void opened(WebSocket socket) throws Exception {}

  /// A message came. It is valid until this returns.
  void message(WebSocket socket, Message message) throws Exception;

  /// The connection is closed, or its peer has asked for it; the last call. `how` is what the peer
  /// said or was told, 1006 if the connection ended without a word.
  ///
  /// Where more ends wait to be told than there is memory for (a twentieth of the files that may be
  /// open, 1 KiB each), it is not called: what must be undone for each is tied by [WebSocket#own].
  default void closed(WebSocket socket, CloseFrame how) throws Exception {}
}
