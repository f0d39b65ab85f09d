package io.tidegate.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait before another try: full jitter under a ceiling that doubles, so that clients
/// cut together do not come back together.
///
/// @param first ceiling of the first pause, 50 ms to `longest`
/// @param longest ceiling of all pauses, at most an hour
/// @param stable how long what was opened must last for the failures before it to be forgotten, at
///   most a day
public record Backoff(Duration first, Duration longest, Duration stable) {
  /// No failure is followed by another try sooner, so that what fails at once does not spin.
  private static final Duration LEAST = Duration.ofMillis(50);

  private static final Duration LONGEST = Duration.ofHours(1);
  private static final Duration LONGEST_STABLE = Duration.ofDays(1);

  /// A ceiling that doubled as often has passed an hour long ago.
  private static final int MOST_DOUBLINGS = 17;

  /// For anything on a network: 0.5 s first, 60 s at most, forgotten after 10 s.
  public static final Backoff DEFAULT =
      new Backoff(Duration.ofMillis(500), Duration.ofSeconds(60), Duration.ofSeconds(10));

  /// @throws IllegalArgumentException if a time is out of its bounds
  public Backoff {
    if (first.compareTo(LEAST) < 0 || first.compareTo(longest) > 0) {
      throw new IllegalArgumentException("first not in 50 ms.." + longest + ": " + first);
    }
    if (longest.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("longest above 1 h: " + longest);
    }
    if (!stable.isPositive() || stable.compareTo(LONGEST_STABLE) > 0) {
      throw new IllegalArgumentException("stable not in (0, 24 h]: " + stable);
    }
  }

  /// Returns this with another ceiling of the first pause.
  public Backoff withFirst(Duration ceiling) {
    return new Backoff(ceiling, longest, stable);
  }

  /// Returns this with another ceiling of all pauses.
  public Backoff withLongest(Duration ceiling) {
    return new Backoff(first, ceiling, stable);
  }

  /// Returns this with another time after which failures are forgotten.
  public Backoff withStable(Duration uptime) {
    return new Backoff(first, longest, uptime);
  }

  /// Starts to count the tries for one thing that is to be kept open.
  public Tries tries(RandomGenerator random) {
    return new Tries(this, random);
  }

  /// The tries for one thing that is to be kept open. Not safe for threads; 24 bytes.
  public static final class Tries {
    private final Backoff backoff;
    private final RandomGenerator random;
    private int failures;

    private Tries(Backoff backoff, RandomGenerator random) {
      this.backoff = backoff;
      this.random = random;
    }

    /// Failures since the last stable time.
    public int failures() {
      return failures;
    }

    /// A try failed: returns the pause before the next, 50 ms to the ceiling, which doubles.
    public Duration failed() {
      var ceiling = backoff.first.toNanos() << Math.min(failures, MOST_DOUBLINGS);
      if (failures < Integer.MAX_VALUE) failures++;
      return atMost(Math.min(ceiling, backoff.longest.toNanos()));
    }

    /// What was opened has ended after `uptime`: returns the pause before it is opened again, at
    /// most the first one if it was stable.
    public Duration ended(Duration uptime) {
      if (uptime.compareTo(backoff.stable) < 0) return failed();
      failures = 0;
      return Duration.ofNanos(random.nextLong(backoff.first.toNanos() + 1));
    }

    /// The pause after what will fail again until somebody changes something: half of the longest
    /// to the longest.
    public Duration atCap() {
      if (failures < Integer.MAX_VALUE) failures++;
      var longest = backoff.longest.toNanos();
      return Duration.ofNanos(longest - random.nextLong(longest / 2 + 1));
    }

    private Duration atMost(long nanos) {
      return Duration.ofNanos(Math.max(LEAST.toNanos(), random.nextLong(nanos + 1)));
    }
  }
}
