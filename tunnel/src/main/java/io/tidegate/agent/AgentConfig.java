package io.tidegate.agent;

import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an agent exposes, through which edge, under which name.
///
/// @param edge `http://HOST:PORT` or `https://HOST:PORT` of the edge
/// @param token what opens links; empty to look for the key that an edge on this machine leaves for
///   its user
/// @param name the label wanted before the edge's domain; empty for a random one
/// @param app where the local app listens
/// @param hostHeader what the app gets as Host; empty to pass the visitor's on
/// @param upgrades protocols besides `websocket` that may be upgraded to
/// @param insecure whether a token may go to plain `http://` off loopback
/// @param wire how links are carried
/// @param connectTimeout for the app's socket
/// @param authorities who may vouch for an `https` edge; empty for those that this JVM trusts
public record AgentConfig(
    URI edge,
    String token,
    String name,
    App app,
    String hostHeader,
    List<String> upgrades,
    boolean insecure,
    Wire wire,
    Duration connectTimeout,
    List<X509Certificate> authorities) {
  /// How links are carried.
  public enum Wire {
    /// Raw first; inside a WebSocket where something on the way does not pass that.
    AUTO,
    /// Raw only.
    RAW,
    /// Inside a WebSocket only.
    WEBSOCKET
  }

  /// A local app.
  ///
  /// @param host an address or name; null means this machine, 127.0.0.1 first and `::1` if that
  ///   refuses
  /// @param port 1 to 65535
  public record App(@Nullable String host, int port) {
    /// @throws IllegalArgumentException if the port is out of range
    public App {
      if (port < 1 || port > 65_535)
        throw new IllegalArgumentException("port not in 1..65535: " + port);
    }

    @Override
    public String toString() {
      return (host == null ? "127.0.0.1" : host) + ":" + port;
    }
  }

  /// @throws IllegalArgumentException if the edge is no `http` or `https` address
  public AgentConfig {
    upgrades = List.copyOf(upgrades);
    authorities = List.copyOf(authorities);
    boolean known = "http".equals(edge.getScheme()) || "https".equals(edge.getScheme());
    if (!known || edge.getHost() == null) {
      throw new IllegalArgumentException(
          "the edge must be https://HOST[:PORT] or http://HOST[:PORT]: " + edge);
    }
    if (!connectTimeout.isPositive())
      throw new IllegalArgumentException("connectTimeout not positive: " + connectTimeout);
  }

  /// An agent for an app on this machine, through an edge on this machine.
  public static AgentConfig of(URI edge, int port) {
    return new AgentConfig(
        edge,
        "",
        "",
        new App(null, port),
        "",
        List.of(),
        false,
        Wire.AUTO,
        Duration.ofSeconds(5),
        List.of());
  }

  /// This configuration with a name.
  public AgentConfig withName(String name) {
    return new AgentConfig(
        edge, token, name, app, hostHeader, upgrades, insecure, wire, connectTimeout, authorities);
  }

  /// This configuration with a token.
  public AgentConfig withToken(String token) {
    return new AgentConfig(
        edge, token, name, app, hostHeader, upgrades, insecure, wire, connectTimeout, authorities);
  }

  /// This configuration with another way to carry links.
  public AgentConfig withWire(Wire wire) {
    return new AgentConfig(
        edge, token, name, app, hostHeader, upgrades, insecure, wire, connectTimeout, authorities);
  }

  /// This configuration with another Host for the app.
  public AgentConfig withHostHeader(String hostHeader) {
    return new AgentConfig(
        edge, token, name, app, hostHeader, upgrades, insecure, wire, connectTimeout, authorities);
  }

  /// This configuration with other protocols that may be upgraded to.
  public AgentConfig withUpgrades(List<String> upgrades) {
    return new AgentConfig(
        edge, token, name, app, hostHeader, upgrades, insecure, wire, connectTimeout, authorities);
  }

  /// This configuration for an edge that `authorities` vouch for.
  public AgentConfig withAuthorities(List<X509Certificate> authorities) {
    return new AgentConfig(
        edge, token, name, app, hostHeader, upgrades, insecure, wire, connectTimeout, authorities);
  }

  /// Whether the edge is called by TLS.
  public boolean isSecure() {
    return "https".equals(edge.getScheme());
  }

  int edgePort() {
    if (edge.getPort() >= 0) return edge.getPort();
    return isSecure() ? 443 : 80;
  }
}
