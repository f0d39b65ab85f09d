package io.tidegate.websocket;

/// Serves one WebSocket from its opening to its end, as straight code on a virtual thread of its
/// own.
///
/// The thread is charged 16 KiB for as long as the connection lasts. Half of the places of
/// [io.tidegate.http.HandlerThreads] are for threads that last; one connection more is refused with
/// [io.tidegate.net.CutReason#HANDLER_LIMIT]: for many idle connections use a [WebSocketListener].
@FunctionalInterface
public interface WebSocketHandler {
  /// Handles `socket`. When this returns the connection is closed with 1000, when it throws with
  /// 1011.
  void handle(WebSocket socket) throws Exception;
}
