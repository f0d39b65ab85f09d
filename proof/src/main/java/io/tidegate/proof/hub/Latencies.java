package io.tidegate.proof.hub;

/// How long deliveries took: counts in 32 steps for each doubling, so that a quantile is at most 3
/// % too high, in 15 KiB. One thread.
public final class Latencies {
  private static final int STEP_BITS = 5;
  private static final int STEPS = 1 << STEP_BITS;

  private final long[] counts = new long[(Long.SIZE - STEP_BITS) * STEPS];
  private long count;
  private long most;

  /// Nothing was heard yet.
  public Latencies() {}

  /// One took `nanos`; less than nothing counts as nothing.
  public void add(long nanos) {
    long value = Math.max(0, nanos);
    counts[slot(value)]++;
    count++;
    most = Math.max(most, value);
  }

  /// How many there were.
  public long count() {
    return count;
  }

  /// The least time within which `share` of them were done, in milliseconds; NaN without any.
  public double millis(double share) {
    long wanted = (long) Math.ceil(share * count);
    long seen = 0;
    for (int slot = 0; slot < counts.length && count > 0; slot++) {
      seen += counts[slot];
      if (seen >= wanted && seen > 0) return Math.min(most, highest(slot)) / 1e6;
    }
    return Double.NaN;
  }

  /// Small values have a slot each; of a larger one its leading bits are told apart.
  private static int slot(long value) {
    if (value < STEPS) return (int) value;
    int shift = Long.SIZE - 1 - Long.numberOfLeadingZeros(value) - STEP_BITS;
    return (shift + 1) * STEPS + (int) (value >>> shift) - STEPS;
  }

  private static long highest(int slot) {
    if (slot < STEPS) return slot;
    int shift = slot / STEPS - 1;
    return ((long) (slot % STEPS + STEPS + 1) << shift) - 1;
  }
}
