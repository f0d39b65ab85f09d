package io.tidegate.net.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// What both sides of TLS are set to: versions 1.3 and 1.2, authenticated ciphers only, no
/// compression, no renegotiation.
final class EngineContexts {
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  /// All of RFC 8446, and those of TLS 1.2 that authenticate what they encrypt and forget their
  /// keys (RFC 9325 §4.2).
  private static final List<String> CIPHERS =
      List.of(
          "TLS_AES_128_GCM_SHA256",
          "TLS_AES_256_GCM_SHA384",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  /// Sessions that the JDK's engine may keep on the heap, about 1 KB each; BoringSSL keeps none.
  private static final int KEPT_SESSIONS = 1024;

  private EngineContexts() {}

  /// Sessions are resumed by tickets alone, whose state is the client's to keep; a client that
  /// shows a certificate shows it each time.
  static ServerContext server(Identity identity, TlsConfig config, long nowNanos)
      throws SSLException {
    var builder =
        common(SslContextBuilder.forServer(identity.key(), identity.chain()), config.engine())
            .applicationProtocolConfig(negotiation(config.applicationProtocols()))
            .sessionCacheSize(KEPT_SESSIONS)
            .sessionTimeout(ServerContext.SESSION_SECONDS)
            .clientAuth(config.authentication().asNetty());
    boolean asks = config.authentication() != ClientAuthentication.NONE;
    if (asks) builder.trustManager(config.authorities());
    var context = builder.build();
    if (context instanceof ReferenceCountedOpenSslContext open)
      open.sessionContext().setSessionCacheEnabled(false);
    return new ServerContext(context, !asks, nowNanos);
  }

  /// @param authorities who may vouch for servers; empty for those that the JVM trusts
  /// @param own what servers that ask are shown; null for nothing
  static SslContext client(
      TlsEngine engine,
      Collection<X509Certificate> authorities,
      @Nullable Identity own,
      List<String> protocols)
      throws SSLException {
    var builder =
        common(SslContextBuilder.forClient(), engine)
            .applicationProtocolConfig(negotiation(protocols))
            .endpointIdentificationAlgorithm("HTTPS");
    if (!authorities.isEmpty()) builder.trustManager(authorities);
    if (own != null) builder.keyManager(own.key(), own.chain());
    return builder.build();
  }

  private static SslContextBuilder common(SslContextBuilder builder, TlsEngine engine) {
    return builder
        .sslProvider(engine.provider())
        .protocols(PROTOCOLS)
        .ciphers(CIPHERS, SupportedCipherSuiteFilter.INSTANCE);
  }

  private static ApplicationProtocolConfig negotiation(List<String> protocols) {
    if (protocols.isEmpty()) return ApplicationProtocolConfig.DISABLED;
    return new ApplicationProtocolConfig(
        Protocol.ALPN,
        SelectorFailureBehavior.NO_ADVERTISE,
        SelectedListenerFailureBehavior.ACCEPT,
        protocols);
  }
}
