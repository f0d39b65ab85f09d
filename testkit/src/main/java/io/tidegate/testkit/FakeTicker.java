package io.tidegate.testkit;

import io.tidegate.ledger.Ticker;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// A clock that stands still until a test moves it.
///
/// It starts near the largest `long`, so code that compares two readings by size instead of by
/// difference fails within the first second. Safe for any thread.
public final class FakeTicker implements Ticker {
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1_000_000_000L);

  /// A clock of its own.
  public FakeTicker() {}

  @Override
  public long nanos() {
    return nanos.get();
  }

  /// Moves the clock forward by `step`.
  ///
  /// @throws IllegalArgumentException if `step` is negative: a monotonic clock never falls
  public void advance(Duration step) {
    if (step.isNegative()) {
      throw new IllegalArgumentException("step is negative: " + step);
    }
    var _ = nanos.addAndGet(step.toNanos());
  }
}
