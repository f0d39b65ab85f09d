package io.tidegate.websocket;

import io.tidegate.net.CutReason;
import io.tidegate.websocket.frame.CloseFrame;
import org.jspecify.annotations.Nullable;

/// How one WebSocket ends, once that has begun. On its stream's loop.
final class Ending {
  /// What the peer said, or is told; null while neither is known.
  @Nullable CloseFrame how;

  /// The rule that the peer broke: it is told once all that came before has been served.
  @Nullable CutReason fault;

  /// The peer's direction has ended; what came before may still wait to be read.
  boolean hasPeerEnded;

  /// What a kernel or a window has for one peer takes two minutes at most, in steps of 2 s.
  private static final int MOST_LINGERS = 60;

  private int lingers;
  private boolean isTimed;
  private long dueNanos;

  /// The step that has begun is to be over at `atNanos`.
  void dueAt(long atNanos) {
    isTimed = true;
    dueNanos = atNanos;
  }

  /// Its step is not timed any more.
  void isDone() {
    isTimed = false;
  }

  /// Whether what is still leaving may have another step.
  boolean mayLinger() {
    return ++lingers <= MOST_LINGERS;
  }

  /// How long its step may still take; without end if none is timed.
  long nanosLeft(long nowNanos) {
    return isTimed ? dueNanos - nowNanos : Long.MAX_VALUE;
  }
}
