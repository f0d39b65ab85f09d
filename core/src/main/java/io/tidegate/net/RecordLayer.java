package io.tidegate.net;

import io.netty.buffer.ByteBuf;

/// What stands between a connection and its socket: it seals what leaves and opens what arrives
/// (TLS, RFC 8446 §5).
///
/// It keeps no plaintext, and of what arrives at most one record that is not whole, charged.
/// Belongs to its connection's loop; a fault that it throws ends the connection.
public interface RecordLayer extends AutoCloseable {
  /// What the whole records in `sealed` and in what was kept before say, in one buffer; it may be
  /// empty. Owns `sealed`.
  ///
  /// @throws PeerException if a record cannot be opened
  ByteBuf open(ByteBuf sealed);

  /// Adds `piece` to what the next [#seal] seals, and owns it.
  void add(ByteBuf piece);

  /// All that was added, in as few records as hold it, in one buffer.
  ///
  /// @throws PeerException if the peer has ended in a way that ends our direction too
  ByteBuf seal();

  /// The record that says that we have ended in order; empty if none can be said any more.
  ByteBuf farewell();

  /// Whether the peer has ended its direction in order.
  boolean hasEnded();

  /// What is known of the peer.
  TlsSession session();

  /// Releases what is kept.
  @Override
  void close();
}
