package io.tidegate.ledger;

import java.util.concurrent.atomic.AtomicLong;

/// What a credit line has of one purse and its children do not use: 0 to one chunk of bytes, or
/// shut.
final class Credit {
  static final long SHUT = -1;
  private static final long LARGEST_CHUNK = 64 * 1024;

  private final AtomicLong unused = new AtomicLong();
  private final long chunk;

  Credit(long parentLimit) {
    this.chunk = Math.min(LARGEST_CHUNK, parentLimit / 100);
  }

  long unused() {
    return Math.max(0, unused.get());
  }

  /// What is fetched at a time beyond the need, and kept when there was too much.
  long halfChunk() {
    return chunk / 2;
  }

  /// Takes up to `bytes` out.
  ///
  /// @return how many, or [#SHUT]
  long draw(long bytes) {
    while (true) {
      long now = unused.get();
      if (now <= 0) return now;
      long drawn = Math.min(now, bytes);
      if (unused.compareAndSet(now, now - drawn)) return drawn;
    }
  }

  /// Puts `bytes` in, unless shut.
  ///
  /// @return how many the parent must have back, because more than a chunk would be here
  long deposit(long bytes) {
    while (true) {
      long now = unused.get();
      if (now == SHUT) return 0;
      long sum = now + bytes;
      long kept = sum > chunk ? halfChunk() : sum;
      if (unused.compareAndSet(now, kept)) return sum - kept;
    }
  }

  /// Ends it: what was in is forgotten here, for the line's own counter still has it.
  void shut() {
    unused.set(SHUT);
  }
}
