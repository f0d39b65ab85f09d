package io.tidegate.net;

/// Unwinds to the top of a connection, which is then cut for [#reason]. Never a fault of ours, so
/// it has no stack trace.
public final class PeerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final CutReason reason;

  /// Cuts for `reason`; `detail` says what was wrong, for DEBUG logs only.
  public PeerException(CutReason reason, String detail) {
    super(detail, null, false, false);
    this.reason = reason;
  }

  /// Why the peer is cut.
  public CutReason reason() {
    return reason;
  }
}
