package io.tidegate.client;

import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;

/// What becomes of a connection's way through a proxy; one of the three, on its loop.
interface Passage {
  /// The other end is the server; what it says goes to the returned reader.
  ByteStream.Reader passed();

  /// The proxy will not, and says why.
  void refused(ConnectFailure why);

  /// The connection ended before that.
  void lost(CutReason reason);
}
