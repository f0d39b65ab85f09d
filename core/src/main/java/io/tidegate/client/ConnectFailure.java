package io.tidegate.client;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Why a WebSocket could not be opened.
///
/// @param step how far it came
/// @param lasting whether another try will fail the same way until somebody changes something: 401,
///   403, 404, a certificate that is not trusted
/// @param status of the answer that refused it; 0 if there was none
/// @param retryAfter how long the peer asked to wait, as it said it; null if it did not
/// @param reason for people: one line
public record ConnectFailure(
    Step step, boolean lasting, int status, @Nullable Duration retryAfter, String reason) {

  /// The steps of opening a WebSocket, in their order.
  public enum Step {
    /// Finding the host's addresses.
    RESOLVE,
    /// TCP.
    CONNECT,
    /// Asking the proxy to connect.
    PROXY,
    /// The TLS handshake.
    TLS,
    /// The upgrade, RFC 6455 §4.
    HANDSHAKE,
    /// It was given up here.
    ABANDONED,
    /// It was refused here, for want of memory, threads, descriptors or ports, and as one more than
    /// are opened at once: that tells nothing of the server.
    LOCAL
  }
}
