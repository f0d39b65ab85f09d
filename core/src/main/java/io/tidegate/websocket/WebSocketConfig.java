package io.tidegate.websocket;

import io.tidegate.ledger.Rate;
import io.tidegate.outbound.Slow;
import io.tidegate.websocket.frame.Deflate;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How the WebSockets of one path, or of one client, behave.
///
/// @param handshake who may open one, and which subprotocols are spoken; a client leaves it
/// @param limits what a peer may make this process hold, and how long it may take
/// @param outboundBytes most bytes that wait for a peer, or one message that is longer
/// @param slow what becomes of a message when as many wait, unless its sender says something else
/// @param pings most pings of a peer; one more closes with 1008
/// @param deflate how messages are compressed; null to refuse compression
public record WebSocketConfig(
    ServerHandshake handshake,
    WebSocketLimits limits,
    int outboundBytes,
    Slow slow,
    Rate pings,
    @Nullable Deflate deflate) {
  /// For any peer: same origin, [WebSocketLimits#DEFAULT], 512 KiB outbound with senders that wait
  /// for up to 20 s, 100 pings a second, no compression.
  public static final WebSocketConfig DEFAULT =
      new WebSocketConfig(
          ServerHandshake.DEFAULT,
          WebSocketLimits.DEFAULT,
          512 * 1024,
          Slow.waitUpTo(Duration.ofSeconds(20)),
          new Rate(100, Duration.ofSeconds(1)),
          null);

  /// @throws IllegalArgumentException if `outboundBytes` is not positive
  public WebSocketConfig {
    if (outboundBytes < 1) {
      throw new IllegalArgumentException("outboundBytes not positive: " + outboundBytes);
    }
  }

  /// Returns this with other origins.
  public WebSocketConfig withOrigins(OriginPolicy origins) {
    return withHandshake(handshake.withOrigins(origins));
  }

  /// Returns this with other subprotocols.
  public WebSocketConfig withProtocols(String... protocols) {
    return withHandshake(handshake.withProtocols(protocols));
  }

  /// Returns this with another handshake.
  public WebSocketConfig withHandshake(ServerHandshake other) {
    return new WebSocketConfig(other, limits, outboundBytes, slow, pings, deflate);
  }

  /// Returns this with other limits.
  public WebSocketConfig withLimits(WebSocketLimits other) {
    return new WebSocketConfig(handshake, other, outboundBytes, slow, pings, deflate);
  }

  /// Returns this with another outbound bound.
  public WebSocketConfig withOutboundBytes(int bytes) {
    return new WebSocketConfig(handshake, limits, bytes, slow, pings, deflate);
  }

  /// Returns this with another policy for slow peers.
  public WebSocketConfig withSlow(Slow policy) {
    return new WebSocketConfig(handshake, limits, outboundBytes, policy, pings, deflate);
  }

  /// Returns this with another rate of pings.
  public WebSocketConfig withPings(Rate rate) {
    return new WebSocketConfig(handshake, limits, outboundBytes, slow, rate, deflate);
  }

  /// Returns this with permessage-deflate where the peer speaks it.
  public WebSocketConfig withDeflate(Deflate how) {
    return new WebSocketConfig(handshake, limits, outboundBytes, slow, pings, how);
  }
}
