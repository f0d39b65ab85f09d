package io.tidegate.client;

import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketListener;
import java.net.URI;

/// Opens WebSockets, one a call: the seam between what keeps connections and what makes them.
public interface Opener {
  /// Begins to open one; returns at once. `outcome` hears exactly once, on a loop's thread, and
  /// what follows on the open connection is told to `listener`. Any thread.
  Attempt open(URI target, WebSocketListener listener, Outcome outcome);

  /// What becomes of an attempt. Its calls do not block.
  interface Outcome {
    /// The handshake is done.
    void opened(WebSocket socket);

    /// There is none, and nothing is held for it any more.
    void failed(ConnectFailure why);
  }

  /// One that has begun.
  interface Attempt {
    /// Gives it up, if it has not ended. Idempotent; any thread.
    void abandon();
  }
}
