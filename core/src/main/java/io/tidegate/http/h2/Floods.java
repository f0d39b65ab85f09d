package io.tidegate.http.h2;

import io.tidegate.ledger.Rate;
import io.tidegate.net.Loop;

/// How much of what is allowed but leads nowhere one peer has sent.
final class Floods {
  /// What an empty frame counts for where bytes belong: a hundred of them are a flood.
  private static final int EMPTY = 10;

  private final Loop loop;
  private final Rate.Window resets;
  private final Rate.Window glitches;
  private final Rate.Window smallFrames;

  Floods(Loop loop, Http2Limits limits) {
    this.loop = loop;
    this.resets = limits.resets().window();
    this.glitches = limits.glitches().window();
    this.smallFrames = limits.smallFrames().window();
  }

  /// A stream is reset, by the peer or for its fault; false if that is one too many.
  boolean reset() {
    return resets.tryTake(loop.coarseNanos());
  }

  /// A frame that carries nothing forward; false if it is one too many.
  boolean glitch() {
    return glitches.tryTake(loop.coarseNanos());
  }

  /// An empty frame where bytes belong; false if it is one too many.
  boolean empty() {
    for (int i = 0; i < EMPTY; i++) if (!glitch()) return false;
    return true;
  }

  /// A frame of a few bytes, or credit for so few; false if it is one too many.
  boolean small() {
    return smallFrames.tryTake(loop.coarseNanos());
  }
}
