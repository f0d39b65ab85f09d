package io.tidegate.edge;

import io.tidegate.http.HttpLimits;
import io.tidegate.net.ListenerConfig;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What an edge serves, to whom, and within which times.
///
/// @param listen where visitors and agents arrive, one listener each
/// @param domain tunnels are `NAME.domain`; `domain` itself is the edge's own host
/// @param tokens the token file, or null: then only loopback is served, with a key made at start
/// @param trustedProxies whose forwarded fields count
/// @param proxyProtocol whether trusted proxies begin each connection with a PROXY header
/// @param answerTimeout from the request's head to the head of the app's answer, at most an hour
/// @param linkLifetime after which an agent is asked to open a new link; null for never
/// @param limits of visitors' HTTP
/// @param visitors limits of a listener, its address left out
/// @param tls how visitors and agents are served by TLS; null for plain HTTP
public record EdgeConfig(
    List<InetSocketAddress> listen,
    String domain,
    @Nullable Path tokens,
    List<Cidr> trustedProxies,
    boolean proxyProtocol,
    Duration answerTimeout,
    @Nullable Duration linkLifetime,
    HttpLimits limits,
    ListenerConfig visitors,
    @Nullable EdgeTls tls) {
  private static final Duration LONGEST_ANSWER = Duration.ofHours(1);

  /// Room is left for a name of 63 and its dot within the 253 of a host.
  private static final int LONGEST_DOMAIN = 189;

  private static final Pattern DOMAIN =
      Pattern.compile(
          "(?i)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

  /// @throws IllegalArgumentException if there is nowhere to listen, the domain is none, a time is
  ///   out of its bounds, an address that is not loopback is served without tokens, or PROXY
  ///   headers are wanted of nobody
  public EdgeConfig {
    listen = List.copyOf(listen);
    trustedProxies = List.copyOf(trustedProxies);
    if (listen.isEmpty()) throw new IllegalArgumentException("nowhere to listen");
    if (domain.length() > LONGEST_DOMAIN || !DOMAIN.matcher(domain).matches())
      throw new IllegalArgumentException(
          "not a domain: '" + domain + "'; write it like tunnels.example.com");
    if (proxyProtocol && trustedProxies.isEmpty())
      throw new IllegalArgumentException(
          "--proxy-protocol needs --trusted-proxy: from others no PROXY header is taken");
    if (!answerTimeout.isPositive() || answerTimeout.compareTo(LONGEST_ANSWER) > 0) {
      throw new IllegalArgumentException("answerTimeout not in 1 ns..1 h: " + answerTimeout);
    }
    for (var address : listen) {
      if (tokens == null && !address.getAddress().isLoopbackAddress()) {
        throw new IllegalArgumentException(
            "listening on "
                + address.getAddress().getHostAddress()
                + " needs --token-file: without keys anyone could open a tunnel");
      }
    }
  }

  /// An edge for this machine alone: no tokens, 120 s for an answer.
  public static EdgeConfig onLoopback(String domain, InetSocketAddress... listen) {
    return new EdgeConfig(
        List.of(listen),
        domain,
        null,
        List.of(),
        false,
        Duration.ofMinutes(2),
        null,
        HttpLimits.DEFAULT,
        ListenerConfig.forVisitors(listen[0]),
        null);
  }

  /// This configuration with keys from `tokens`.
  public EdgeConfig withTokens(@Nullable Path tokens) {
    return new EdgeConfig(
        listen,
        domain,
        tokens,
        trustedProxies,
        proxyProtocol,
        answerTimeout,
        linkLifetime,
        limits,
        visitors,
        tls);
  }

  /// This configuration behind `proxies`, which begin with a PROXY header if `proxyProtocol`.
  public EdgeConfig withProxies(List<Cidr> proxies, boolean proxyProtocol) {
    return new EdgeConfig(
        listen,
        domain,
        tokens,
        proxies,
        proxyProtocol,
        answerTimeout,
        linkLifetime,
        limits,
        visitors,
        tls);
  }

  /// Whether `address` is a trusted proxy's.
  boolean trusts(InetAddress address) {
    return trustedProxies.stream().anyMatch(block -> block.contains(address));
  }

  /// This configuration with another lifetime of links; null for none.
  public EdgeConfig withLinkLifetime(@Nullable Duration linkLifetime) {
    return new EdgeConfig(
        listen,
        domain,
        tokens,
        trustedProxies,
        proxyProtocol,
        answerTimeout,
        linkLifetime,
        limits,
        visitors,
        tls);
  }

  /// This configuration with another time for answers.
  public EdgeConfig withAnswerTimeout(Duration answerTimeout) {
    return new EdgeConfig(
        listen,
        domain,
        tokens,
        trustedProxies,
        proxyProtocol,
        answerTimeout,
        linkLifetime,
        limits,
        visitors,
        tls);
  }

  /// This configuration with other limits of HTTP.
  public EdgeConfig withLimits(HttpLimits limits) {
    return new EdgeConfig(
        listen,
        domain,
        tokens,
        trustedProxies,
        proxyProtocol,
        answerTimeout,
        linkLifetime,
        limits,
        visitors,
        tls);
  }

  /// This configuration with other limits of listeners.
  public EdgeConfig withVisitors(ListenerConfig visitors) {
    return new EdgeConfig(
        listen,
        domain,
        tokens,
        trustedProxies,
        proxyProtocol,
        answerTimeout,
        linkLifetime,
        limits,
        visitors,
        tls);
  }

  /// This configuration over TLS; null for plain HTTP.
  public EdgeConfig withTls(@Nullable EdgeTls tls) {
    return new EdgeConfig(
        listen,
        domain,
        tokens,
        trustedProxies,
        proxyProtocol,
        answerTimeout,
        linkLifetime,
        limits,
        visitors,
        tls);
  }

  /// `https` or `http`.
  String scheme() {
    return tls == null ? "http" : "https";
  }
}
