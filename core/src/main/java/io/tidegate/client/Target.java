package io.tidegate.client;

import io.tidegate.http.message.Authority;
import java.net.URI;
import java.util.Locale;

/// What a WebSocket's URI says, RFC 6455 §3.
///
/// @param secure whether it is `wss`
/// @param host in its one spelling, IPv6 in brackets
/// @param port the scheme's where none was named
/// @param path with the query, as it is asked for
record Target(boolean secure, String host, int port, String path) {
  private static final int PLAIN_PORT = 80;
  private static final int SECURE_PORT = 443;

  /// Reads `uri`.
  ///
  /// @throws IllegalArgumentException if it is none of `ws` or `wss`, names a user, or has a
  ///   fragment
  static Target of(URI uri) {
    var ascii = URI.create(uri.toASCIIString());
    var scheme = ascii.getScheme() == null ? "" : ascii.getScheme().toLowerCase(Locale.ROOT);
    boolean secure = scheme.equals("wss");
    if (!secure && !scheme.equals("ws")) throw new IllegalArgumentException("not ws or wss");
    if (ascii.getRawFragment() != null) throw new IllegalArgumentException("a fragment");
    var named = ascii.getRawAuthority();
    var authority = named == null ? null : Authority.parse(named);
    if (authority == null) throw new IllegalArgumentException("no host and port alone");
    return new Target(
        secure, authority.host(), authority.portOr(defaultPort(secure)), pathOf(ascii));
  }

  private static int defaultPort(boolean secure) {
    return secure ? SECURE_PORT : PLAIN_PORT;
  }

  private static String pathOf(URI uri) {
    var path = uri.getRawPath();
    var query = uri.getRawQuery();
    return (path == null || path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
  }

  /// The value of Host: without the port if it is the scheme's.
  String authority() {
    return port == defaultPort(secure) ? host : hostAndPort();
  }

  /// Host and port, always both.
  String hostAndPort() {
    return host + ":" + port;
  }

  /// The host as it is looked up and put in certificates: IPv6 without brackets.
  String name() {
    return bare(host);
  }

  /// `host` without the brackets of an IPv6 address.
  static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }
}
