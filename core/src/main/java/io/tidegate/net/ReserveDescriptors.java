package io.tidegate.net;

import java.io.Closeable;
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

  private final Opener opener;
  private final ArrayDeque<Closeable> held = new ArrayDeque<>();
  private int ordinary;
  private int operators;

  ReserveDescriptors() {
    this(DatagramChannel::open);
  }

  ReserveDescriptors(Opener opener) {
    this.opener = opener;
  }

  /// Takes a descriptor.
  @FunctionalInterface
  interface Opener {
    /// Returns what keeps a descriptor until it is closed.
    ///
    /// @throws IOException if there is none
    Closeable open() throws IOException;
  }

  /// Keeps what one more listener needs, and returns how many these are: fewer only where the
  /// system has none to give from the beginning, so that nobody is kept out for want of them later.
  synchronized int join(boolean reserved) {
    int wanted = reserved ? OPERATORS : ORDINARY;
    int before = ordinary + operators;
    add(reserved, wanted);
    if (fill()) return wanted;
    int kept = Math.max(0, held.size() - before);
    add(reserved, kept - wanted);
    return kept;
  }

  /// One listener less, for which `kept` were.
  synchronized void leave(boolean reserved, int kept) {
    add(reserved, -kept);
    while (held.size() > ordinary + operators) {
      var _ = closeOne();
    }
  }

  private void add(boolean reserved, int count) {
    if (reserved) operators += count;
    else ordinary += count;
  }

  /// Takes what is missing; false where there is none, and a later call may find some.
  synchronized boolean fill() {
    while (held.size() < ordinary + operators) {
      try {
        held.add(opener.open());
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
