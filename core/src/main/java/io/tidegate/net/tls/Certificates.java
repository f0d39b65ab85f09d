package io.tidegate.net.tls;

import org.jspecify.annotations.Nullable;

/// Who we are to a client that asks for a name; asked for every handshake, so that what it answers
/// may change while the server runs. Called on event loops: it must not block.
@FunctionalInterface
public interface Certificates {
  /// The identity for `serverName`, which is in lower case and empty where the client named none.
  /// Null refuses the handshake (`unrecognized_name`).
  @Nullable Identity find(String serverName);
}
