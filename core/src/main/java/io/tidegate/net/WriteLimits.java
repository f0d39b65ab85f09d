package io.tidegate.net;

import java.time.Duration;

/// How slowly a peer may take what waits for it. The clocks run only while bytes wait.
///
/// @param stall longest time in which bytes wait and none is taken
/// @param leastBytesPerSecond least rate over any `rateWindow` in which bytes wait throughout
/// @param rateWindow over what the rate is taken
public record WriteLimits(Duration stall, int leastBytesPerSecond, Duration rateWindow) {
  /// For visitors: 20 s stall, 240 B/s over 30 s (the slowest modem in use takes 3,000).
  public static final WriteLimits DEFAULT =
      new WriteLimits(Duration.ofSeconds(20), 240, Duration.ofSeconds(30));

  /// @throws IllegalArgumentException if a bound is not positive
  public WriteLimits {
    if (!stall.isPositive()) throw new IllegalArgumentException("stall not positive: " + stall);
    if (leastBytesPerSecond < 1)
      throw new IllegalArgumentException(
          "leastBytesPerSecond not positive: " + leastBytesPerSecond);
    if (!rateWindow.isPositive())
      throw new IllegalArgumentException("rateWindow not positive: " + rateWindow);
  }

  /// These limits with another stall deadline.
  public WriteLimits withStall(Duration stall) {
    return new WriteLimits(stall, leastBytesPerSecond, rateWindow);
  }
}
