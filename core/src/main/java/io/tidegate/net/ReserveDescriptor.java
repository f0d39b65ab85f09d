package io.tidegate.net;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import org.jspecify.annotations.Nullable;

/// One descriptor kept for the moment when there is no other: an unbound datagram socket, which
/// every system has.
final class ReserveDescriptor implements AutoCloseable {
  private @Nullable DatagramChannel held;
  private boolean closed;

  ReserveDescriptor() {
    take();
  }

  /// Takes a descriptor if none is held; if there is none, a later call may find one.
  synchronized void take() {
    if (held != null || closed) return;
    try {
      held = DatagramChannel.open();
    } catch (IOException none) {
      held = null;
    }
  }

  /// Gives the descriptor up; false if there was none.
  synchronized boolean release() {
    var descriptor = held;
    held = null;
    if (descriptor == null) return false;
    try {
      descriptor.close();
    } catch (IOException ignored) {
      return false;
    }
    return true;
  }

  @Override
  public synchronized void close() {
    closed = true;
    var _ = release();
  }

  @Override
  public String toString() {
    return held == null ? "no reserve" : "a descriptor in reserve";
  }
}
