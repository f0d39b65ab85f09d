package io.tidegate.sleeper;

import org.jspecify.annotations.Nullable;

/// What came when a connection was read again.
///
/// @param bytes all that was read; of an answer over TLS without TLS's own
/// @param staleBytes of them, those that had waited: all if the server had ended it, otherwise what
///   the kernels held, or what came in the first half of the time beyond what came in the second,
///   if that is more
/// @param close the server's close frame, null if none came or it is no WebSocket
public record WakeUp(long bytes, long staleBytes, End end, @Nullable CloseSeen close) {
  /// How the connection stood when reading stopped.
  public enum End {
    /// It goes on.
    OPEN,
    /// The server ended it in order.
    FIN,
    /// It was reset.
    RESET
  }
}
