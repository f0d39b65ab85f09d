package io.tidegate.edge;

import io.tidegate.net.tls.PemPair;
import java.net.InetSocketAddress;
import java.util.List;

/// How an edge speaks TLS.
///
/// @param certificates read again when the files change; the first is for clients that name nobody
/// @param redirects where plain HTTP is told to come back by `https`
public record EdgeTls(List<PemPair> certificates, List<InetSocketAddress> redirects) {
  /// @throws IllegalArgumentException if there is no certificate
  public EdgeTls {
    certificates = List.copyOf(certificates);
    redirects = List.copyOf(redirects);
    if (certificates.isEmpty()) throw new IllegalArgumentException("TLS without a certificate");
  }
}
