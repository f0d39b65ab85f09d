package io.tidegate.cli;

import io.tidegate.agent.AgentConfig;
import java.net.URI;
import java.net.URISyntaxException;

/// Reads what is exposed: `3000`, `HOST:3000`, or `http://HOST:3000`.
final class Target {
  private Target() {}

  /// @throws IllegalArgumentException with an example when `text` is none of them
  static AgentConfig.App parse(String text) {
    if (text.matches("[0-9]+")) return app(null, text, text);
    var rest = text.contains("://") ? authority(text) : text;
    int colon = rest.lastIndexOf(':');
    if (colon < 1) throw wrong(text);
    var host = rest.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) host = host.substring(1, host.length() - 1);
    else if (host.contains(":")) throw wrong(text);
    return app(host, rest.substring(colon + 1), text);
  }

  /// What a visitor who stands beside the app would send as Host.
  static String authority(AgentConfig.App app) {
    var host = app.host();
    return host != null && host.contains(":") ? "[" + host + "]:" + app.port() : app.toString();
  }

  private static String authority(String text) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException _) {
      throw wrong(text);
    }
    var path = uri.getRawPath();
    boolean bare = path == null || path.isEmpty() || path.equals("/");
    if (!"http".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null || !bare)
      throw wrong(text);
    return uri.getHost() + ":" + (uri.getPort() < 0 ? 80 : uri.getPort());
  }

  private static AgentConfig.App app(
      @org.jspecify.annotations.Nullable String host, String port, String text) {
    try {
      return new AgentConfig.App(host, Integer.parseInt(port));
    } catch (IllegalArgumentException _) {
      throw wrong(text);
    }
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "not an app: '"
            + text
            + "'; write it like 3000, 192.168.1.5:3000 or http://localhost:3000");
  }
}
