package io.tidegate.net.tls;

import io.netty.handler.ssl.SslContext;
import io.netty.util.IllegalReferenceCountException;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import javax.net.ssl.SSLException;

/// A certificate with those that vouch for it, and its key. Safe for any thread.
///
/// Closing it gives its native memory back once the last connection that was opened with it has
/// gone.
public final class Identity implements AutoCloseable {
  private final List<X509Certificate> chain;
  private final PrivateKey key;
  private final ConcurrentMap<TlsConfig, ServerContext> contexts = new ConcurrentHashMap<>();
  private boolean closed; // guarded by this

  private Identity(List<X509Certificate> chain, PrivateKey key) {
    this.chain = List.copyOf(chain);
    this.key = key;
  }

  /// An identity of `chain`, the server's own certificate first.
  ///
  /// @throws IllegalArgumentException if the chain is empty
  public static Identity of(List<X509Certificate> chain, PrivateKey key) {
    if (chain.isEmpty()) throw new IllegalArgumentException("no certificate");
    return new Identity(chain, key);
  }

  /// The server's own certificate.
  public X509Certificate certificate() {
    return chain.getFirst();
  }

  List<X509Certificate> chain() {
    return chain;
  }

  PrivateKey key() {
    return key;
  }

  /// What engines are made from for `config` now, in nanoseconds of the loops' clock; made at the
  /// first call.
  ///
  /// @throws SSLException if the key is not the certificate's, or of a kind that cannot be used
  /// @throws IllegalReferenceCountException if the identity is closed
  SslContext context(TlsConfig config, long nowNanos) throws SSLException {
    var known = contexts.get(config);
    return (known == null ? make(config, nowNanos) : known).at(nowNanos);
  }

  private synchronized ServerContext make(TlsConfig config, long nowNanos) throws SSLException {
    if (closed) throw new IllegalReferenceCountException("the identity is closed");
    var known = contexts.get(config);
    if (known != null) return known;
    var made = EngineContexts.server(this, config, nowNanos);
    contexts.put(config, made);
    return made;
  }

  @Override
  public synchronized void close() {
    closed = true;
    contexts.values().forEach(ServerContext::close);
    contexts.clear();
  }
}
