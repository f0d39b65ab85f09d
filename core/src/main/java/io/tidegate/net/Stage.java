package io.tidegate.net;

import java.net.InetAddress;

/// One layer that a listener puts between the socket and the protocol: PROXY protocol, TLS, and
/// last the protocol itself.
///
/// A stage starts on the connection's loop. It gives the reader that sees the connection's bytes
/// first, and calls `next` when what follows may start.
public interface Stage {
  /// What this stage adds to the heap price of a connection while it lives, in bytes.
  int heapPriceBytes();

  /// What this stage adds to the price of a connection for buffers while it lives, in bytes: native
  /// memory that it holds outside of the ledger's buffers.
  default int directPriceBytes() {
    return 0;
  }

  /// Starts on `connection`.
  ByteStream.Reader start(Connection connection, Next next);

  /// Whether connections from `address` are made for others, so that it has no share of its own.
  default boolean speaksForOthers(InetAddress address) {
    return false;
  }

  /// What a newcomer is told before it is closed; at most 512 bytes, empty to say nothing. Of a
  /// listener's stages the first that has words is asked.
  default byte[] refusal(CutReason reason) {
    return new byte[0];
  }

  /// The rest of the listener's stages.
  @FunctionalInterface
  interface Next {
    /// Starts the next stage on `connection` and gives its reader.
    ByteStream.Reader start(Connection connection);
  }
}
