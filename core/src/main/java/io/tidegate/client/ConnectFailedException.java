package io.tidegate.client;

import java.io.IOException;
import java.net.URI;

/// A WebSocket that could not be opened; nothing is held for it.
public final class ConnectFailedException extends IOException {
  private static final long serialVersionUID = 1;

  private final transient ConnectFailure failure;

  ConnectFailedException(URI target, ConnectFailure failure) {
    super(failure.step() + " of " + target.getRawAuthority() + ": " + failure.reason());
    this.failure = failure;
  }

  /// What failed.
  public ConnectFailure failure() {
    return failure;
  }
}
