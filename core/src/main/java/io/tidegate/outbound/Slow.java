package io.tidegate.outbound;

import java.time.Duration;

/// What becomes of a message when its peer reads too slowly to take it: named by whoever sends, for
/// no choice is right for all.
///
/// A peer reads too slowly when as many bytes wait for it as its outbox keeps.
public sealed interface Slow {
  /// The sender waits for room, on its own thread, and then gives the message up. A caller on an
  /// event loop does not wait. Where others need the threads that wait, the peer that one has
  /// waited for longest is cut, with [io.tidegate.net.CutReason#HANDLER_LIMIT].
  ///
  /// @param atMost longest wait, up to an hour
  record WaitUpTo(Duration atMost) implements Slow {
    /// @throws IllegalArgumentException if the time is not in (0, 1 h]
    public WaitUpTo {
      if (!atMost.isPositive() || atMost.compareTo(Duration.ofHours(1)) > 0) {
        throw new IllegalArgumentException("atMost not in (0, 1 h]: " + atMost);
      }
    }
  }

  /// The message is dropped; those that wait stay.
  record DropNewest() implements Slow {}

  /// Those that wait longest are dropped until it fits.
  record DropOldest() implements Slow {}

  /// It takes the place of the one that waits under the same key, whether there is room or not; and
  /// of the oldest ones where there is none.
  ///
  /// @param key what the message is the newest state of
  record KeepLatest(Object key) implements Slow {}

  /// The peer is cut, with [io.tidegate.net.CutReason#OUTBOUND_FULL].
  record Close() implements Slow {}

  /// See [WaitUpTo].
  static Slow waitUpTo(Duration atMost) {
    return new WaitUpTo(atMost);
  }

  /// See [DropNewest].
  static Slow dropNewest() {
    return new DropNewest();
  }

  /// See [DropOldest].
  static Slow dropOldest() {
    return new DropOldest();
  }

  /// See [KeepLatest]; one message for all.
  static Slow keepLatest() {
    return new KeepLatest("");
  }

  /// See [KeepLatest]; one message a key.
  static Slow keepLatest(Object key) {
    return new KeepLatest(key);
  }

  /// See [Close].
  static Slow close() {
    return new Close();
  }
}
