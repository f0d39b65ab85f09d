package io.tidegate.client;

import io.tidegate.net.tls.Identity;
import io.tidegate.net.tls.PemCertificates;
import io.tidegate.net.tls.PemException;
import io.tidegate.net.tls.PemFile;
import io.tidegate.net.tls.PemPair;
import io.tidegate.net.tls.TlsClient;
import io.tidegate.net.tls.TlsEngine;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Whom a client believes who a server is, and who it says that it is itself.
///
/// @param authorities who may vouch for servers; empty for those that this JVM trusts
/// @param own what is shown to servers that ask for a certificate; null for none
/// @param engine who does the cryptography
public record ClientTls(
    List<X509Certificate> authorities, @Nullable PemPair own, TlsEngine engine) {
  /// For public servers: the JVM's authorities, no certificate of our own, the best engine that
  /// this machine has.
  public static final ClientTls DEFAULT = new ClientTls(List.of(), null, TlsEngine.best());

  /// Copies the list.
  public ClientTls {
    authorities = List.copyOf(authorities);
  }

  /// This with the authorities in `file` (PEM), and no others.
  ///
  /// @throws PemException if the file cannot be read or holds no certificate
  public ClientTls withAuthorities(Path file) throws PemException {
    return new ClientTls(PemFile.certificates(file), own, engine);
  }

  /// This with a certificate of our own, which is read when the client starts.
  public ClientTls withOwn(PemPair pair) {
    return new ClientTls(authorities, pair, engine);
  }

  /// This on another engine.
  public ClientTls withEngine(TlsEngine other) {
    return new ClientTls(authorities, own, other);
  }

  TlsClient open() throws PemException, SSLException {
    return TlsClient.open(engine, authorities, own == null ? null : identity(own));
  }

  private static Identity identity(PemPair pair) throws PemException {
    return PemCertificates.open(List.of(pair)).find("");
  }
}
