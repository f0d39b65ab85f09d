package io.tidegate.ledger;

import java.time.Duration;

/// How often something may happen: `count` times in `per`.
///
/// It has no default: the right rate depends on what is counted.
///
/// @param count most takes in one window, at least 1
/// @param per length of a window, more than zero and at most a day
public record Rate(int count, Duration per) {
  private static final Duration LONGEST = Duration.ofDays(1);

  /// @throws IllegalArgumentException if `count` is not positive, or `per` not in its range
  public Rate {
    if (count < 1) throw new IllegalArgumentException("count not positive: " + count);
    if (!per.isPositive() || per.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("per not above zero and at most a day: " + per);
    }
  }

  /// This rate with another count.
  public Rate withCount(int times) {
    return new Rate(times, per);
  }

  /// This rate with another window.
  public Rate withPer(Duration window) {
    return new Rate(count, window);
  }

  /// Starts to count one peer's takes, with nothing taken yet.
  public Window window() {
    return new Window(this);
  }

  /// Counts takes in windows, each of which begins with its first take. So no span of `per`,
  /// wherever it begins, sees more than twice `count`.
  ///
  /// Not safe for threads: one event loop owns it. 32 bytes; no call allocates.
  public static final class Window {
    private final Rate rate;
    private long beganNanos;
    private int taken;

    private Window(Rate rate) {
      this.rate = rate;
    }

    /// Takes one, or returns false when this window has had its count.
    ///
    /// @param nowNanos the reading of a [Ticker], never before the last one
    public boolean tryTake(long nowNanos) {
      if (taken == 0 || nowNanos - beganNanos >= rate.per.toNanos()) {
        beganNanos = nowNanos;
        taken = 0;
      }
      if (taken == rate.count) return false;
      taken++;
      return true;
    }
  }
}
