package io.tidegate.http.h2;

import io.tidegate.net.CutReason;
import io.tidegate.net.WriteLimits;
import org.jspecify.annotations.Nullable;

/// Looks once a second at what one stream waits for, and says when that has lasted too long.
///
/// Progress is bytes, never control frames: DATA that left, or body that came.
final class StreamClock {
  private final Http2Stream stream;
  private final WriteLimits flow;
  private long sentAtLook;
  private long progressNanos;
  private long sentAtWindow;
  private long windowNanos;
  private boolean waiting;
  private long bodyWaitNanos;
  private long halfNanos;
  private long movedAtHalf = -1;

  StreamClock(Http2Stream stream, WriteLimits flow) {
    this.stream = stream;
    this.flow = flow;
  }

  /// Why the peer's credit came too slowly, or null.
  @Nullable CutReason lookAtCredit(long now) {
    long sent = stream.sentBytes();
    if (stream.queuedBytes() == 0) {
      waiting = false;
      return null;
    }
    if (!waiting) {
      waiting = true;
      progressNanos = now;
      windowNanos = now;
      sentAtLook = sent;
      sentAtWindow = sent;
      return null;
    }
    if (sent != sentAtLook || !stream.waitsForCredit()) {
      sentAtLook = sent;
      progressNanos = now;
    }
    if (now - progressNanos >= flow.stall().toNanos()) return CutReason.WRITE_STALLED;
    if (now - windowNanos < flow.rateWindow().toNanos()) return null;
    double seconds = (now - windowNanos) / 1e9;
    boolean slow = sent - sentAtWindow < flow.leastBytesPerSecond() * seconds;
    windowNanos = now;
    sentAtWindow = sent;
    return slow && stream.waitsForCredit() ? CutReason.WRITE_TOO_SLOW : null;
  }

  /// Whether the body of a request that is not answered comes at less than `least` bytes a second,
  /// `grace` aside. The clock runs while we wait for the peer.
  boolean isBodyTooSlow(long lookNanos, long graceNanos, int least) {
    if (!stream.waitsForBody()) return false;
    bodyWaitNanos += lookNanos;
    long rated = bodyWaitNanos - graceNanos;
    return rated > 0 && stream.receivedBytes() < least * (rated / lookNanos);
  }

  /// Whether one half of a stream of bytes has ended and nothing has moved in the other for the
  /// stall deadline.
  boolean isHalfForgotten(long now) {
    if (stream.isInputEnded() == stream.isOutputEnded()) return false;
    long moved = stream.receivedBytes() + stream.sentBytes();
    if (moved != movedAtHalf) {
      movedAtHalf = moved;
      halfNanos = now;
    }
    return now - halfNanos >= flow.stall().toNanos();
  }
}
