package io.tidegate.net.tls;

import io.netty.handler.ssl.ClientAuth;

/// Whether clients show a certificate.
public enum ClientAuthentication {
  /// None is asked for.
  NONE,
  /// One is asked for; who shows none comes in all the same, who shows a wrong one does not.
  OPTIONAL,
  /// Who shows none does not come in.
  REQUIRED;

  ClientAuth asNetty() {
    return switch (this) {
      case NONE -> ClientAuth.NONE;
      case OPTIONAL -> ClientAuth.OPTIONAL;
      case REQUIRED -> ClientAuth.REQUIRE;
    };
  }
}
