package io.tidegate.websocket.frame;

/// Which end of a WebSocket this process is. A client masks what it sends, a server never does (RFC
/// 6455 §5.1).
public enum Role {
  /// Dialled the connection; its frames are masked.
  CLIENT,
  /// Accepted the connection; its frames are not masked.
  SERVER
}
