package io.tidegate.sleeper;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/// Where sleepers go.
///
/// @param uri of scheme `http`, `https`, `ws` or `wss`, with a host and without a user
public record Target(URI uri) {
  private static final int PLAIN_PORT = 80;
  private static final int SECURE_PORT = 443;

  /// @throws IllegalArgumentException if `uri` is of another scheme, has no host or has a user
  public Target {
    switch (scheme(uri)) {
      case "http", "https", "ws", "wss" -> {}
      default -> throw wrong(uri.toString());
    }
    if (uri.getHost() == null) throw wrong(uri.toString());
    if (uri.getRawUserInfo() != null) {
      throw new IllegalArgumentException(
          "a URL with a user is not understood; use --header 'Authorization: ...'");
    }
  }

  /// Reads a URL.
  ///
  /// @throws IllegalArgumentException with an example when `text` is not one to sleep at
  public static Target parse(String text) {
    try {
      return new Target(new URI(text));
    } catch (URISyntaxException _) {
      throw wrong(text);
    }
  }

  private static String scheme(URI uri) {
    return uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "not a URL to sleep at: '"
            + text
            + "'; write it like ws://localhost:8080/live or https://example.com/events");
  }

  /// Whether it is reached by TLS.
  public boolean isSecure() {
    return scheme(uri).equals("https") || scheme(uri).equals("wss");
  }

  /// Whether it is a WebSocket.
  public boolean isWebSocket() {
    return scheme(uri).startsWith("ws");
  }

  /// The host, an IPv6 literal without its brackets.
  String host() {
    var host = uri.getHost();
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  int port() {
    if (uri.getPort() >= 0) return uri.getPort();
    return isSecure() ? SECURE_PORT : PLAIN_PORT;
  }

  /// What the Host field says.
  String authority() {
    return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
  }

  /// Path and query, as the request line has them.
  String path() {
    var path = uri.getRawPath();
    var query = uri.getRawQuery();
    return (path == null || path.isEmpty() ? "/" : path) + (query == null ? "" : "?" + query);
  }

  @Override
  public String toString() {
    return uri.toString();
  }
}
