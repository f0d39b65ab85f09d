package io.tidegate.agent;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// Pauses between tries: full jitter under a ceiling that doubles, so that agents cut together do
/// not come back together.
final class Backoff {
  private static final long FIRST_MILLIS = 500;
  private static final long LONGEST_MILLIS = 60_000;

  private final RandomGenerator random;
  private int failures;

  Backoff(RandomGenerator random) {
    this.random = random;
  }

  /// The next pause: 0 to 0.5 s first, 0 to 60 s at most; never under 50 ms.
  Duration next() {
    long ceiling = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(failures, 16));
    failures++;
    return Duration.ofMillis(Math.max(50, random.nextLong(ceiling + 1)));
  }

  /// It worked.
  void reset() {
    failures = 0;
  }
}
