package io.tidegate.outbound;

import io.tidegate.net.CutReason;

/// What became of a message that was to be sent. To ignore it does not compile where Error Prone
/// looks.
public sealed interface Sent {
  /// It is on its way: nothing waits before it.
  record Now() implements Sent {}

  /// It waits behind others, and may yet be dropped by a later one.
  ///
  /// @param bytes what waits, itself included
  record Queued(long bytes) implements Sent {}

  /// It was not taken, and the peer will not see it.
  record Dropped(Cause cause) implements Sent {}

  /// It was not taken, for nothing is sent to this peer any more.
  record Closed(CutReason reason) implements Sent {}

  /// Why a message was dropped.
  enum Cause {
    /// As much waits as may.
    FULL,
    /// No room came up in the time that the sender was ready to wait.
    WAITED,
    /// The peer's account, or one above it, has no room.
    MEMORY,
    /// No member of the pool is open to take it.
    NONE_READY
  }

  /// Whether the message was taken.
  default boolean isTaken() {
    return this instanceof Now || this instanceof Queued;
  }
}
