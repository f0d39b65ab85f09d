package io.tidegate.hub.survey;

/// How fast two counters of a topic rise, between looks that are about a second apart or more: who
/// looks sooner is told what the last one was. One thread at a time.
public final class Pace {
  /// Two who look once a second each see what the other does.
  private static final long LEAST_NANOS = 900_000_000;

  private long atNanos;
  private long published;
  private long delivered;
  private double publishedPerSecond;
  private double deliveredPerSecond;

  /// Begins at zero, now.
  public Pace(long nowNanos) {
    this.atNanos = nowNanos;
  }

  /// The counters are these now.
  public void look(long nowNanos, long publishedNow, long deliveredNow) {
    long passed = nowNanos - atNanos;
    if (passed < LEAST_NANOS) return;
    publishedPerSecond = (publishedNow - published) * 1e9 / passed;
    deliveredPerSecond = (deliveredNow - delivered) * 1e9 / passed;
    atNanos = nowNanos;
    published = publishedNow;
    delivered = deliveredNow;
  }

  /// Messages a second that were published between the last two looks.
  public double publishedPerSecond() {
    return publishedPerSecond;
  }

  /// Messages a second that were delivered between the last two looks.
  public double deliveredPerSecond() {
    return deliveredPerSecond;
  }
}
