package io.tidegate.client.pool;

import io.tidegate.client.Backoff;
import java.time.Duration;

/// Whether an endpoint is called: not for a while after some failures in a row, then by one alone,
/// whose success lets in the others.
///
/// Belongs to its pool's home.
final class Circuit {
  private final int threshold;
  private final Backoff.Tries tries;
  private int failuresInRow;
  private boolean open;
  private boolean probing;
  private long untilNanos;
  private long closedNanos;

  /// Closed at `nowNanos`; opens after `threshold` failures in a row, for pauses as `tries` says.
  Circuit(int threshold, Backoff.Tries tries, long nowNanos) {
    this.threshold = threshold;
    this.tries = tries;
    this.closedNanos = nowNanos;
  }

  /// Whether the endpoint may be called now.
  boolean lets(long nowNanos) {
    return !open || (!probing && nowNanos - untilNanos >= 0);
  }

  /// Whether it is held back, the one that probes apart.
  boolean isOpen() {
    return open;
  }

  /// A call begins.
  void begins() {
    if (open) probing = true;
  }

  /// A call was answered. Returns whether others are let in again by that.
  boolean succeeded(long nowNanos) {
    failuresInRow = 0;
    if (!open) return false;
    open = false;
    probing = false;
    closedNanos = nowNanos;
    return true;
  }

  /// A call failed, or what it opened ended at once. Returns whether the circuit has opened by
  /// that. A failure that comes late, of a call begun before, changes nothing.
  boolean failed(long nowNanos) {
    failuresInRow++;
    if (open && !probing) return false;
    if (!open && failuresInRow < threshold) return false;
    var wasClosed = !open;
    hold(nowNanos, wasClosed ? tries.ended(since(closedNanos, nowNanos)) : tries.failed());
    return wasClosed;
  }

  private static Duration since(long thenNanos, long nowNanos) {
    return Duration.ofNanos(Math.max(0, nowNanos - thenNanos));
  }

  /// A call failed in a way that lasts: nobody calls for about the longest pause.
  void failedForLong(long nowNanos) {
    hold(nowNanos, tries.atCap());
  }

  /// Nobody calls for `span` from now, nor before what was said earlier.
  void hold(long nowNanos, Duration span) {
    var until = nowNanos + span.toNanos();
    if (!open || until - untilNanos > 0) untilNanos = until;
    open = true;
    probing = false;
  }

  /// A call ended before the endpoint was heard, and tells nothing of it: another may probe.
  void unheard() {
    probing = false;
  }

  /// What held it back may be over: one may call at once.
  void probe(long nowNanos) {
    if (open) untilNanos = nowNanos;
  }
}
