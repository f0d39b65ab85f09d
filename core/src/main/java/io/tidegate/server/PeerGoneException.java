package io.tidegate.server;

import io.tidegate.net.CutReason;
import java.io.IOException;

/// The peer of a call went, or was cut, while its handler read or wrote. Nothing can be answered
/// any more; it is counted by its reason and not logged.
public final class PeerGoneException extends IOException {
  private static final long serialVersionUID = 1;

  private final CutReason reason;

  PeerGoneException(CutReason reason) {
    super(reason.text());
    this.reason = reason;
  }

  /// Why.
  public CutReason reason() {
    return reason;
  }
}
