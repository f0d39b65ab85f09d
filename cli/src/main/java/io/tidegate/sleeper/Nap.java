package io.tidegate.sleeper;

import org.jspecify.annotations.Nullable;

/// How one connection fared.
///
/// @param number from 1, in the order of asking
/// @param cut null if the server has not ended it
/// @param serverKernel what the server's kernel held for it; null where the server is not on this
///   machine, or this is not Linux
/// @param ownKernelBytes most that this kernel held of it unread
/// @param wakeUp null if it was not read again
public record Nap(
    int number,
    @Nullable Cut cut,
    @Nullable Held serverKernel,
    long ownKernelBytes,
    @Nullable WakeUp wakeUp) {
  /// Bytes in a queue.
  ///
  /// @param atMost the most at any look
  /// @param atEnd at the last look of the nap
  public record Held(long atMost, long atEnd) {}
}
