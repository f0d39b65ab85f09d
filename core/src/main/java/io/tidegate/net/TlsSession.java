package io.tidegate.net;

import java.security.cert.X509Certificate;
import java.util.List;

/// What a finished TLS handshake has agreed on.
///
/// @param protocol `TLSv1.3` or `TLSv1.2`
/// @param cipherSuite by its name in the standard
/// @param serverName the name that the client asked for (SNI), in lower case; empty if it named
///   none
/// @param applicationProtocol what was negotiated by ALPN, such as `h2`; empty if nothing was
/// @param peerCertificates the peer's own certificate and those that it sent to vouch for it; empty
///   if it sent none
public record TlsSession(
    String protocol,
    String cipherSuite,
    String serverName,
    String applicationProtocol,
    List<X509Certificate> peerCertificates) {
  /// Copies the list.
  public TlsSession {
    peerCertificates = List.copyOf(peerCertificates);
  }
}
