package io.tidegate.client;

import java.time.Duration;

/// How long each step of opening a WebSocket may take: absolute, however steadily a peer trickles,
/// and late by up to 250 ms.
///
/// @param resolve from the call to the addresses of the host, a wait for a free thread included
/// @param connect to a TCP connection, over all addresses together; each may use an equal share of
///   what is left
/// @param proxy from there to the proxy's word that we are connected
/// @param tls of the TLS handshake
/// @param handshake from our request to the end of the answer's head, interim answers included
public record ClientTimeouts(
    Duration resolve, Duration connect, Duration proxy, Duration tls, Duration handshake) {
  private static final Duration LONGEST = Duration.ofMinutes(10);

  /// For any server: 5 s a step, as for the handshakes that a server waits for.
  public static final ClientTimeouts DEFAULT = ofEach(Duration.ofSeconds(5));

  /// @throws IllegalArgumentException if a time is not in (0, 10 min]
  public ClientTimeouts {
    check("resolve", resolve);
    check("connect", connect);
    check("proxy", proxy);
    check("tls", tls);
    check("handshake", handshake);
  }

  private static void check(String name, Duration time) {
    if (!time.isPositive() || time.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(name + " not in (0, 10 min]: " + time);
    }
  }

  /// The same time for each step.
  public static ClientTimeouts ofEach(Duration time) {
    return new ClientTimeouts(time, time, time, time, time);
  }

  /// These with another time for the lookup of names.
  public ClientTimeouts withResolve(Duration time) {
    return new ClientTimeouts(time, connect, proxy, tls, handshake);
  }

  /// These with another time for TCP.
  public ClientTimeouts withConnect(Duration time) {
    return new ClientTimeouts(resolve, time, proxy, tls, handshake);
  }

  /// These with another time for proxies.
  public ClientTimeouts withProxy(Duration time) {
    return new ClientTimeouts(resolve, connect, time, tls, handshake);
  }

  /// These with another time for TLS.
  public ClientTimeouts withTls(Duration time) {
    return new ClientTimeouts(resolve, connect, proxy, time, handshake);
  }

  /// These with another time for the upgrade.
  public ClientTimeouts withHandshake(Duration time) {
    return new ClientTimeouts(resolve, connect, proxy, tls, time);
  }
}
