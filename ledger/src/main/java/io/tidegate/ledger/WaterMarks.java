package io.tidegate.ledger;

/// When to pause a producer, and when to let it go on: the gap between keeps it from flapping.
///
/// It has no default: the right marks depend on what is waiting.
///
/// @param lowBytes at or below this the producer may resume, at least 0
/// @param highBytes at or above this the producer must pause, more than `lowBytes`
public record WaterMarks(int lowBytes, int highBytes) {
  /// @throws IllegalArgumentException unless 0 <= `lowBytes` < `highBytes`
  public WaterMarks {
    if (lowBytes < 0) throw new IllegalArgumentException("lowBytes negative: " + lowBytes);
    if (highBytes <= lowBytes) {
      throw new IllegalArgumentException("highBytes not above " + lowBytes + ": " + highBytes);
    }
  }

  /// Whether a producer must pause with `waitingBytes` in its queue.
  public boolean isHigh(long waitingBytes) {
    return waitingBytes >= highBytes;
  }

  /// Whether a paused producer may resume with `waitingBytes` in its queue.
  public boolean isLow(long waitingBytes) {
    return waitingBytes <= lowBytes;
  }

  /// These marks with another low one.
  public WaterMarks withLowBytes(int bytes) {
    return new WaterMarks(bytes, highBytes);
  }

  /// These marks with another high one.
  public WaterMarks withHighBytes(int bytes) {
    return new WaterMarks(lowBytes, bytes);
  }
}
