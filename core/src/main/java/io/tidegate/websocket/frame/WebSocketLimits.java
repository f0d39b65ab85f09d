package io.tidegate.websocket.frame;

import java.time.Duration;

/// What one WebSocket peer may make this process hold, and how long it may take. No value means
/// "unlimited".
///
/// @param maxFrameBytes longest payload of one frame; a longer one is refused with 1009 on its
///   header
/// @param maxMessageBytes longest message, all its fragments together; a longer one is refused with
///   1009 on the header that passes it
/// @param maxFragments most frames of one message, empty ones included; one more is refused with
///   1009
/// @param messageTimeout longest time from a message's first byte to its last, however steadily it
///   trickles; then the peer is cut
/// @param pingInterval silence after which the peer is pinged, unless bytes wait for it to take
///   them
/// @param pongTimeout longest wait for a sign of life after that ping; then the peer is cut
/// @param closeTimeout longest wait for the peer's close frame after ours; then the socket is
///   closed
public record WebSocketLimits(
    int maxFrameBytes,
    int maxMessageBytes,
    int maxFragments,
    Duration messageTimeout,
    Duration pingInterval,
    Duration pongTimeout,
    Duration closeTimeout) {

  /// For any server or client that does not know its peers: 1 MiB a frame and a message, 1,024
  /// fragments, 30 s a message, a ping after 25 s, 20 s for its pong, 5 s to close.
  public static final WebSocketLimits DEFAULT =
      new WebSocketLimits(
          1 << 20,
          1 << 20,
          1_024,
          Duration.ofSeconds(30),
          Duration.ofSeconds(25),
          Duration.ofSeconds(20),
          Duration.ofSeconds(5));

  /// @throws IllegalArgumentException if a bound is not positive, frames outgrow messages, or a
  ///   time is longer than a day
  public WebSocketLimits {
    if (maxFrameBytes < 1 || maxFrameBytes > maxMessageBytes) {
      throw new IllegalArgumentException(
          "maxFrameBytes not in 1.." + maxMessageBytes + ": " + maxFrameBytes);
    }
    if (maxFragments < 1) {
      throw new IllegalArgumentException("maxFragments not positive: " + maxFragments);
    }
    checkTime("messageTimeout", messageTimeout);
    checkTime("pingInterval", pingInterval);
    checkTime("pongTimeout", pongTimeout);
    checkTime("closeTimeout", closeTimeout);
  }

  private static void checkTime(String name, Duration time) {
    if (!time.isPositive() || time.compareTo(Duration.ofDays(1)) > 0) {
      throw new IllegalArgumentException(name + " not in (0, 24 h]: " + time);
    }
  }

  /// Returns these limits with messages of at most `bytes`; frames are shortened to it where
  /// needed.
  public WebSocketLimits withMaxMessageBytes(int bytes) {
    return new WebSocketLimits(
        Math.min(maxFrameBytes, bytes),
        bytes,
        maxFragments,
        messageTimeout,
        pingInterval,
        pongTimeout,
        closeTimeout);
  }

  /// Returns these limits with frames of at most `bytes`.
  public WebSocketLimits withMaxFrameBytes(int bytes) {
    return new WebSocketLimits(
        bytes,
        maxMessageBytes,
        maxFragments,
        messageTimeout,
        pingInterval,
        pongTimeout,
        closeTimeout);
  }

  /// Returns these limits with at most `fragments` frames a message.
  public WebSocketLimits withMaxFragments(int fragments) {
    return new WebSocketLimits(
        maxFrameBytes,
        maxMessageBytes,
        fragments,
        messageTimeout,
        pingInterval,
        pongTimeout,
        closeTimeout);
  }

  /// Returns these limits with `time` for a whole message.
  public WebSocketLimits withMessageTimeout(Duration time) {
    return new WebSocketLimits(
        maxFrameBytes,
        maxMessageBytes,
        maxFragments,
        time,
        pingInterval,
        pongTimeout,
        closeTimeout);
  }

  /// Returns these limits with a ping after `time` of silence.
  public WebSocketLimits withPingInterval(Duration time) {
    return new WebSocketLimits(
        maxFrameBytes,
        maxMessageBytes,
        maxFragments,
        messageTimeout,
        time,
        pongTimeout,
        closeTimeout);
  }

  /// Returns these limits with `time` for the answer to a ping.
  public WebSocketLimits withPongTimeout(Duration time) {
    return new WebSocketLimits(
        maxFrameBytes,
        maxMessageBytes,
        maxFragments,
        messageTimeout,
        pingInterval,
        time,
        closeTimeout);
  }

  /// Returns these limits with `time` for the peer's close frame.
  public WebSocketLimits withCloseTimeout(Duration time) {
    return new WebSocketLimits(
        maxFrameBytes,
        maxMessageBytes,
        maxFragments,
        messageTimeout,
        pingInterval,
        pongTimeout,
        time);
  }
}
