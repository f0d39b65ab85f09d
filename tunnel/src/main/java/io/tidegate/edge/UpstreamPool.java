package io.tidegate.edge;

import io.tidegate.http.message.HeadLimits;
import io.tidegate.net.CutReason;
import io.tidegate.net.Ladder;
import io.tidegate.net.Loop;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Streams of one session and loop that wait for their next request.
///
/// As many as the recent peak of concurrent requests: 32 at 256 connections were measured to cost
/// 0.59x the throughput and three times the CPU. At most 512, and within the loop's share of 15 %
/// of the purse. Belongs to its loop.
final class UpstreamPool {
  private static final int MOST = 512;
  private static final long SECOND_NANOS = 1_000_000_000;

  /// Below the 5 s for which Node and others keep an idle connection.
  private static final long REST_NANOS = 4 * SECOND_NANOS;

  /// How long a peak counts.
  private static final long PEAK_NANOS = 10 * SECOND_NANOS;

  private final Loop loop;
  private final HeadLimits limits;
  private final IdleShare share;
  private final ArrayDeque<Upstream> idle = new ArrayDeque<>();
  private int busy;
  private int peak;
  private int lastPeak;
  private long peakNanos;

  UpstreamPool(Loop loop, HeadLimits limits, IdleShare share) {
    this.loop = loop;
    this.limits = limits;
    this.share = share;
  }

  /// The stream that came back last and is still good, or null.
  @Nullable Upstream takeIdle() {
    for (var candidate = idle.pollLast(); candidate != null; candidate = idle.pollLast()) {
      share.left();
      if (candidate.requester().isReusable()) return counted(candidate);
      candidate.end(CutReason.IDLE);
    }
    return null;
  }

  /// A stream of its own for one request.
  Upstream fresh(AppStream stream) {
    return counted(new Upstream(loop, stream, limits));
  }

  private Upstream counted(Upstream taken) {
    busy++;
    long now = loop.coarseNanos();
    if (now - peakNanos > PEAK_NANOS) {
      lastPeak = peak;
      peak = busy;
      peakNanos = now;
    } else if (busy > peak) {
      peak = busy;
    }
    return taken;
  }

  /// Takes `upstream` back after its request; one that cannot carry another, or has no place, ends.
  void give(Upstream upstream) {
    busy--;
    if (!upstream.requester().isReusable() || !mayRest()) {
      upstream.end(CutReason.IDLE);
      return;
    }
    share.entered();
    upstream.idle(restNanos(upstream));
    idle.addLast(upstream);
  }

  /// A stream that was taken and will not come back.
  void lost() {
    busy--;
  }

  private boolean mayRest() {
    Ladder ladder = loop.loops().ladder();
    if (!ladder.allowsGrowth()) {
      reset();
      return false;
    }
    return idle.size() < Math.min(MOST, Math.max(peak, lastPeak)) && share.hasRoom();
  }

  private static long restNanos(Upstream upstream) {
    int told = upstream.requester().keepAliveSeconds();
    return told < 0 ? REST_NANOS : Math.min(REST_NANOS, Math.max(0, told - 1) * SECOND_NANOS);
  }

  /// Ends every idle stream.
  void reset() {
    for (var rested = idle.pollFirst(); rested != null; rested = idle.pollFirst()) {
      share.left();
      rested.end(CutReason.IDLE);
    }
  }

  int idleCount() {
    return idle.size();
  }

  /// Idle streams of all sessions on one loop, against the loop's share of the purse.
  static final class IdleShare {
    private final int most;
    private int count;

    IdleShare(int most) {
      this.most = most;
    }

    boolean hasRoom() {
      return count < most;
    }

    void entered() {
      count++;
    }

    void left() {
      count--;
    }
  }
}
