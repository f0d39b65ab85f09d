package io.tidegate.server;

import io.tidegate.net.CutReason;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// The peer of a call went, or was cut, while its handler read or wrote. Nothing can be answered
/// any more; it is counted by its reason and not logged.
public final class PeerGoneException extends IOException {
  /// Deeper than any library wraps it.
  private static final int MOST_CAUSES = 16;

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

  /// The one that is behind `fault`, as a library may have wrapped it, or `fault` itself; null if
  /// there is none.
  static @Nullable PeerGoneException behind(Throwable fault) {
    Throwable at = fault;
    for (int i = 0; i < MOST_CAUSES && at != null; i++) {
      if (at instanceof PeerGoneException gone) return gone;
      at = at.getCause();
    }
    return null;
  }
}
