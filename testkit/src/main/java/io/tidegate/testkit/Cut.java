package io.tidegate.testkit;

import java.time.Duration;

/// How the other side ended a connection, and when.
///
/// @param end what arrived
/// @param after time from the question to the end, or to its deadline if the end is [End#OPEN]
/// @param bytesBefore bytes that still arrived, and were thrown away, before the end
public record Cut(End end, Duration after, long bytesBefore) {
  /// What a peer sees of a connection's end.
  public enum End {
    /// An orderly end of the stream.
    FIN,
    /// A reset: the peer closed with bytes unread, with linger 0, or its process died.
    RESET,
    /// No end within the deadline.
    OPEN
  }
}
