package io.tidegate.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Waits for a condition by asking it again, never by sleeping and hoping.
///
/// The gaps between two questions grow from 1 to 20 ms. Safe for any thread.
public final class Eventually {
  private static final long FIRST_GAP_NANOS = 1_000_000;
  private static final long LAST_GAP_NANOS = 20_000_000;

  private Eventually() {}

  /// Returns whether `condition` became true before `patience` ran out; it is asked at least twice.
  public static boolean within(Duration patience, BooleanSupplier condition) {
    var deadline = Deadline.in(patience);
    var gap = FIRST_GAP_NANOS;
    while (!condition.getAsBoolean()) {
      if (deadline.passed() || Thread.currentThread().isInterrupted()) {
        return condition.getAsBoolean();
      }
      LockSupport.parkNanos(gap);
      gap = Math.min(gap * 2, LAST_GAP_NANOS);
    }
    return true;
  }

  /// Waits until `condition` is true.
  ///
  /// @param what what is awaited, asked when it did not come; it becomes the failure's message
  /// @throws AssertionError if `patience` ran out first
  public static void await(Duration patience, Supplier<String> what, BooleanSupplier condition) {
    if (!within(patience, condition)) {
      throw new AssertionError("not within " + patience.toMillis() + " ms: " + what.get());
    }
  }
}
