package io.tidegate.net;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayDeque;

/// Descriptors kept for the moment when there is no other: unbound datagram sockets, which every
/// system has.
final class ReserveDescriptor implements AutoCloseable {
  /// As many are kept at most.
  static final int MOST = 4;

  private final ArrayDeque<DatagramChannel> held = new ArrayDeque<>(MOST);
  private final int wanted;
  private boolean closed;

  ReserveDescriptor(int wanted) {
    this.wanted = wanted;
    take();
  }

  /// Takes what is missing; where there is none, a later call may find one.
  synchronized void take() {
    while (held.size() < wanted && !closed) {
      try {
        held.add(DatagramChannel.open());
      } catch (IOException none) {
        return;
      }
    }
  }

  /// Gives one descriptor up; false if there was none.
  synchronized boolean release() {
    var descriptor = held.poll();
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
    while (!held.isEmpty()) {
      var _ = release();
    }
  }

  @Override
  public synchronized String toString() {
    return held.size() + " descriptors in reserve";
  }
}
