package io.tidegate.websocket;

import io.tidegate.websocket.frame.WebSocketLimits;

/// When to ping a silent peer and when to give it up, and how long answers take. Pure: the caller's
/// sweep asks and brings the limits and the time.
///
/// Any byte of the peer is a sign of life. On the connection's loop.
sealed class Keepalive permits Session {
  /// What is to be done now.
  enum Due {
    /// Nothing yet.
    NOTHING,
    /// Send one ping; none other waits for its answer.
    PING,
    /// Cut the peer: it owes a sign of life for `pongTimeout`.
    CUT
  }

  /// Since when the peer is silent; once it is pinged, since then.
  private long sinceNanos;

  private boolean isPinged;
  private long askedNanos;
  private int number;
  private boolean isAsked;
  private volatile long roundTripNanos;

  /// Begins at `nowNanos`, as if the peer had just been heard.
  Keepalive(long nowNanos) {
    sinceNanos = nowNanos;
  }

  /// Notes that bytes of the peer came.
  final void heard(long nowNanos) {
    sinceNanos = nowNanos;
    isPinged = false;
  }

  /// Notes that a ping leaves, whoever wants it; returns its number. While one waits for its answer
  /// the same is sent again.
  final int asks(long nowNanos) {
    if (isAsked) return number;
    isAsked = true;
    askedNanos = nowNanos;
    return ++number;
  }

  /// Whether a ping waits for its answer.
  final boolean isAsked() {
    return isAsked;
  }

  /// Notes that the answer to ping `of` came.
  final void answered(int of, long nowNanos) {
    if (!isAsked || of != number) return;
    isAsked = false;
    roundTripNanos = Math.max(1, nowNanos - askedNanos);
  }

  /// From the last ping that was answered to its answer, 0 if none was. Any thread.
  final long roundTripNanos() {
    return roundTripNanos;
  }

  /// Says what is due at `nowNanos`. [Due#PING] is said once for each silence.
  final Due due(WebSocketLimits limits, long nowNanos) {
    if (nanosLeft(limits, nowNanos) > 0) return Due.NOTHING;
    if (isPinged) return Due.CUT;
    isPinged = true;
    sinceNanos = nowNanos;
    return Due.PING;
  }

  /// How long after `nowNanos` something is due, unless the peer is heard meanwhile.
  final long nanosLeft(WebSocketLimits limits, long nowNanos) {
    var longest = isPinged ? limits.pongTimeout() : limits.pingInterval();
    return Math.max(0, sinceNanos + longest.toNanos() - nowNanos);
  }
}
