package io.tidegate.hub.centrifugo;

import io.tidegate.hub.jwt.JwtVerifier;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a hub speaks Centrifugo's client protocol.
///
/// @param tokens who makes tokens; null if nobody does, and all are anonymous
/// @param anonymous whether those without a token are let in
/// @param access who may do what
/// @param sockets how the WebSockets behave; a message is a client's commands
/// @param ping how often a client is pinged, and told that it will be
/// @param pongWait how long its answer may take
public record CentrifugoConfig(
    @Nullable JwtVerifier tokens,
    boolean anonymous,
    Access access,
    WebSocketConfig sockets,
    Duration ping,
    Duration pongWait) {
  /// As the protocol's own server takes.
  private static final int MESSAGE_BYTES = 64 * 1024;

  private static final Duration LONGEST = Duration.ofHours(1);

  /// For pages of the same origin, all of them anonymous and allowed everything: 64 KiB a message,
  /// a ping every 25 s with 8 s for its answer.
  public static final CentrifugoConfig DEFAULT =
      new CentrifugoConfig(
          null,
          true,
          Access.ALL,
          WebSocketConfig.DEFAULT
              .withProtocols("centrifuge-json")
              .withLimits(
                  WebSocketLimits.DEFAULT
                      .withMaxFrameBytes(MESSAGE_BYTES)
                      .withMaxMessageBytes(MESSAGE_BYTES)),
          Duration.ofSeconds(25),
          Duration.ofSeconds(8));

  /// @throws IllegalArgumentException if a time is not in 1 s to 1 h, or nobody is let in
  public CentrifugoConfig {
    require("ping", ping);
    require("pongWait", pongWait);
    if (tokens == null && !anonymous)
      throw new IllegalArgumentException("neither tokens nor anonymous clients");
  }

  private static void require(String name, Duration time) {
    if (time.compareTo(Duration.ofSeconds(1)) < 0 || time.compareTo(LONGEST) > 0)
      throw new IllegalArgumentException(name + " not in 1 s..1 h: " + time);
  }

  /// Returns this with an issuer of tokens, which every client must bring.
  public CentrifugoConfig withTokens(JwtVerifier issuer) {
    return new CentrifugoConfig(issuer, false, access, sockets, ping, pongWait);
  }

  /// Returns this with clients let in that bring no token.
  public CentrifugoConfig withAnonymous() {
    return new CentrifugoConfig(tokens, true, access, sockets, ping, pongWait);
  }

  /// Returns this with somebody who decides who may do what.
  public CentrifugoConfig withAccess(Access other) {
    return new CentrifugoConfig(tokens, anonymous, other, sockets, ping, pongWait);
  }

  /// Returns this with other WebSockets.
  public CentrifugoConfig withSockets(WebSocketConfig config) {
    return new CentrifugoConfig(tokens, anonymous, access, config, ping, pongWait);
  }

  /// Returns this with other times for pings.
  public CentrifugoConfig withPing(Duration every, Duration answerWithin) {
    return new CentrifugoConfig(tokens, anonymous, access, sockets, every, answerWithin);
  }
}
