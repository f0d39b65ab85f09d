package io.tidegate.client.pool;

import io.tidegate.outbound.Sent;

/// One connection of a pool, or the attempt at one, as its supervisor and senders see it. Safe for
/// any thread; nothing here waits but a send whose policy says so.
interface Line {
  /// Whether it is open and neither side has closed.
  boolean isOpen();

  /// Bytes that wait to be sent.
  long waitingBytes();

  /// How long the peer took to answer the last ping, 0 if it has answered none.
  long roundTripNanos();

  /// Sends `parcel`.
  Sent send(Parcel parcel);

  /// Begins the closing handshake.
  void close(int code, String reason);

  /// Ends it at once, or gives the attempt up.
  void cut();

  /// Interrupts the user's code that runs for it, if any does.
  void interrupt();
}
