package io.tidegate.websocket;

/// The closing handshake, RFC 6455 §7.1. Pure; the connection's loop keeps the current state.
sealed interface CloseHandshake {
  /// Neither side has sent a close frame.
  record Open() implements CloseHandshake {}

  /// Ours is to leave behind what waits: no message follows it.
  record Closing(int code, String text) implements CloseHandshake {}

  /// We have sent one, the peer has not: it may still send messages, we may not.
  record LocalClosed(int code) implements CloseHandshake {}

  /// The peer has sent one and gets ours next, behind what waits: with `code`.
  record RemoteClosed(int code) implements CloseHandshake {}

  /// Both have; the server closes the socket first (§7.1.1). `code` is the one that was sent first.
  record Closed(int code) implements CloseHandshake {}

  /// Who sent a close frame.
  enum Side {
    /// This process.
    LOCAL,
    /// The peer.
    REMOTE
  }

  /// Returns the state after `by` sent a close frame with `code`. A repeat changes nothing.
  default CloseHandshake after(Side by, int code) {
    return switch (this) {
      case Open() when by == Side.LOCAL -> new LocalClosed(code);
      case Open() -> new RemoteClosed(code);
      case Closing(var ours, _) when by == Side.LOCAL -> new LocalClosed(ours);
      case Closing(var ours, _) -> new RemoteClosed(ours);
      case LocalClosed(var sent) when by == Side.REMOTE -> new Closed(sent);
      case RemoteClosed(var received) when by == Side.LOCAL -> new Closed(received);
      case LocalClosed _, RemoteClosed _, Closed _ -> this;
    };
  }

  /// Whether our own close frame has been sent.
  default boolean hasSaid() {
    return this instanceof LocalClosed || this instanceof Closed;
  }

  /// Whether we may still send messages, pings and pongs: until our own close frame is due.
  default boolean maySend() {
    return this instanceof Open || this instanceof RemoteClosed;
  }
}
