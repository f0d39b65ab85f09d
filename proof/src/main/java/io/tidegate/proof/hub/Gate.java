package io.tidegate.proof.hub;

import java.util.function.IntSupplier;

/// When a publisher publishes: once all subscribers have come, and until the last has gone. A
/// server that delivers all that it can has little time for handshakes. One thread.
final class Gate {
  /// For a publisher that does not know of its subscribers.
  static final Gate OPEN = new Gate(0, () -> 1);

  private final int least;
  private final IntSupplier subscribers;
  private boolean hasOpened;

  /// Opens once there are `least` subscribers.
  Gate(int least, IntSupplier subscribers) {
    this.least = least;
    this.subscribers = subscribers;
  }

  boolean isOpen() {
    int count = subscribers.getAsInt();
    hasOpened = count >= least || (hasOpened && count > 0);
    return hasOpened;
  }
}
