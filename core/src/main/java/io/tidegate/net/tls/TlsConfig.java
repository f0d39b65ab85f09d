package io.tidegate.net.tls;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;

/// How a listener speaks TLS.
///
/// @param applicationProtocols offered by ALPN, the best first, such as `h2` and `http/1.1`; empty
///   to offer none
/// @param authentication whether clients show a certificate
/// @param authorities who may vouch for clients; empty unless they are asked
/// @param handshakeTimeout from the connection to a finished handshake, absolute
/// @param maxHandshakes under way at once over all loops; beyond it the oldest is cut
/// @param maxHelloBytes longest ClientHello, its record headers included, 512 to 65,536
/// @param engine who does the cryptography
public record TlsConfig(
    List<String> applicationProtocols,
    ClientAuthentication authentication,
    List<X509Certificate> authorities,
    Duration handshakeTimeout,
    int maxHandshakes,
    int maxHelloBytes,
    TlsEngine engine) {
  /// For a listener that speaks HTTP/1.1 to everybody: 5 s for a handshake, since it takes two
  /// round trips; 256 at once, at 32 KiB each; 16 KiB for a hello, ten times the longest of a
  /// browser.
  public static final TlsConfig DEFAULT =
      new TlsConfig(
          List.of("http/1.1"),
          ClientAuthentication.NONE,
          List.of(),
          Duration.ofSeconds(5),
          256,
          16 * 1024,
          TlsEngine.best());

  private static final int LEAST_HELLO = 512;
  private static final int MOST_HELLO = 64 * 1024;

  /// @throws IllegalArgumentException if a bound is out of its range, or clients are to be asked
  ///   and nobody may vouch for them
  public TlsConfig {
    applicationProtocols = List.copyOf(applicationProtocols);
    authorities = List.copyOf(authorities);
    if (!handshakeTimeout.isPositive())
      throw new IllegalArgumentException("handshakeTimeout not positive: " + handshakeTimeout);
    if (maxHandshakes < 1)
      throw new IllegalArgumentException("maxHandshakes not positive: " + maxHandshakes);
    if (maxHelloBytes < LEAST_HELLO || maxHelloBytes > MOST_HELLO)
      throw new IllegalArgumentException(
          "maxHelloBytes not in " + LEAST_HELLO + ".." + MOST_HELLO + ": " + maxHelloBytes);
    if (authentication != ClientAuthentication.NONE && authorities.isEmpty())
      throw new IllegalArgumentException("clients are asked for certificates of no authority");
  }

  /// This configuration with other protocols to choose from.
  public TlsConfig withApplicationProtocols(String... protocols) {
    return new TlsConfig(
        List.of(protocols),
        authentication,
        authorities,
        handshakeTimeout,
        maxHandshakes,
        maxHelloBytes,
        engine);
  }

  /// This configuration for clients that `authorities` vouch for.
  public TlsConfig withClients(
      ClientAuthentication authentication, List<X509Certificate> authorities) {
    return new TlsConfig(
        applicationProtocols,
        authentication,
        authorities,
        handshakeTimeout,
        maxHandshakes,
        maxHelloBytes,
        engine);
  }

  /// This configuration with another number of handshakes at once.
  public TlsConfig withMaxHandshakes(int maxHandshakes) {
    return new TlsConfig(
        applicationProtocols,
        authentication,
        authorities,
        handshakeTimeout,
        maxHandshakes,
        maxHelloBytes,
        engine);
  }

  /// This configuration with another time for a handshake.
  public TlsConfig withHandshakeTimeout(Duration handshakeTimeout) {
    return new TlsConfig(
        applicationProtocols,
        authentication,
        authorities,
        handshakeTimeout,
        maxHandshakes,
        maxHelloBytes,
        engine);
  }

  /// This configuration with another engine.
  public TlsConfig withEngine(TlsEngine engine) {
    return new TlsConfig(
        applicationProtocols,
        authentication,
        authorities,
        handshakeTimeout,
        maxHandshakes,
        maxHelloBytes,
        engine);
  }
}
