package io.tidegate.websocket;

import java.time.Duration;

/// When to ping a silent peer and when to give it up, and how long answers take. Pure: the caller's
/// sweep asks and brings the time.
///
/// Any byte of the peer is a sign of life. On the connection's loop.
final class Keepalive {
  /// What is to be done now.
  enum Due {
    /// Nothing yet.
    NOTHING,
    /// Send one ping; none other waits for its answer.
    PING,
    /// Cut the peer: it owes a sign of life for `pongTimeout`.
    CUT
  }

  private final Duration pingInterval;
  private final Duration pongTimeout;
  private long heardNanos;
  private long pingedNanos;
  private boolean isPinged;
  private long askedNanos;
  private int number;
  private boolean isAsked;
  private volatile long roundTripNanos;

  /// Begins at `nowNanos`, as if the peer had just been heard.
  Keepalive(Duration pingInterval, Duration pongTimeout, long nowNanos) {
    this.pingInterval = pingInterval;
    this.pongTimeout = pongTimeout;
    heardNanos = nowNanos;
  }

  /// Notes that bytes of the peer came.
  void heard(long nowNanos) {
    heardNanos = nowNanos;
    isPinged = false;
  }

  /// Notes that a ping leaves, whoever wants it; returns its number. While one waits for its answer
  /// the same is sent again.
  int asks(long nowNanos) {
    if (isAsked) return number;
    isAsked = true;
    askedNanos = nowNanos;
    return ++number;
  }

  /// Notes that the answer to ping `of` came.
  void answered(int of, long nowNanos) {
    if (!isAsked || of != number) return;
    isAsked = false;
    roundTripNanos = Math.max(1, nowNanos - askedNanos);
  }

  /// From the last ping that was answered to its answer, 0 if none was. Any thread.
  long roundTripNanos() {
    return roundTripNanos;
  }

  /// Says what is due at `nowNanos`. [Due#PING] is said once for each silence.
  Due due(long nowNanos) {
    if (isPinged) return nowNanos - pingedNanos >= pongTimeout.toNanos() ? Due.CUT : Due.NOTHING;
    if (nowNanos - heardNanos < pingInterval.toNanos()) return Due.NOTHING;
    isPinged = true;
    pingedNanos = nowNanos;
    return Due.PING;
  }

  /// How long after `nowNanos` something is due, unless the peer is heard meanwhile.
  long nanosLeft(long nowNanos) {
    var dueNanos =
        isPinged ? pingedNanos + pongTimeout.toNanos() : heardNanos + pingInterval.toNanos();
    return Math.max(0, dueNanos - nowNanos);
  }
}
