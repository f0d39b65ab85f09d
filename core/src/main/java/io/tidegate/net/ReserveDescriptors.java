package io.tidegate.net;

import java.io.IOException;
import java.nio.channels.DatagramChannel;
import java.util.ArrayDeque;

/// Descriptors that the listeners of some loops keep for the moment when there is no other: unbound
/// datagram sockets, which every system has.
///
/// One reserve for all of them, since whatever one listener gives up, another may be the first to
/// accept with. Nobody but operators is admitted while something of it is missing; what operators'
/// listeners keep, no other gives up. Safe for any thread.
final class ReserveDescriptors {
  /// One, to tell one peer after the other why it is refused.
  static final int ORDINARY = 1;

  /// As many operators get in when there is no other descriptor.
  static final int OPERATORS = 4;

  private final ArrayDeque<DatagramChannel> held = new ArrayDeque<>();
  private int ordinary;
  private int operators;

  /// Keeps what one more listener needs.
  synchronized void join(boolean reserved) {
    if (reserved) operators += OPERATORS;
    else ordinary += ORDINARY;
    var _ = fill();
  }

  /// One listener less.
  synchronized void leave(boolean reserved) {
    if (reserved) operators -= OPERATORS;
    else ordinary -= ORDINARY;
    while (held.size() > ordinary + operators) {
      var _ = closeOne();
    }
  }

  /// Takes what is missing; false where there is none, and a later call may find some.
  synchronized boolean fill() {
    while (held.size() < ordinary + operators) {
      try {
        held.add(DatagramChannel.open());
      } catch (IOException none) {
        return false;
      }
    }
    return true;
  }

  /// Gives one descriptor up; false if there is none for such a listener.
  synchronized boolean release(boolean reserved) {
    return held.size() > (reserved ? 0 : operators) && closeOne();
  }

  private boolean closeOne() {
    try {
      held.remove().close();
      return true;
    } catch (IOException ignored) {
      return false;
    }
  }

  @Override
  public synchronized String toString() {
    return held.size() + " descriptors in reserve";
  }
}
