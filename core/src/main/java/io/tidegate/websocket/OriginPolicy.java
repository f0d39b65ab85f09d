package io.tidegate.websocket;

import io.tidegate.http.message.Authority;
import io.tidegate.http.semantics.Origins;
import java.util.Arrays;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Which web pages may open a WebSocket here, RFC 6455 §10.2: browsers send cookies along whatever
/// page asks, and name the page's origin.
///
/// A request without Origin comes from no browser and is let pass by every policy. Immutable.
public sealed interface OriginPolicy {
  /// Pages whose host and port are those the request is sent to, and no others: the default.
  ///
  /// The schemes are not compared, as a proxy may have ended TLS before this server.
  static OriginPolicy sameOrigin() {
    return new Listed(Set.of());
  }

  /// As [#sameOrigin], and pages of these `origins`, each as `https://host` or with a port.
  ///
  /// @throws IllegalArgumentException if one of them is no origin
  static OriginPolicy sameOriginOr(String... origins) {
    return new Listed(Arrays.stream(origins).collect(Collectors.toUnmodifiableSet()));
  }

  /// As [#sameOrigin], and pages of `others`.
  static OriginPolicy sameOriginOr(Origins others) {
    return new Among(others);
  }

  /// Every page, `null` origins included: for what anyone may read without a cookie.
  static OriginPolicy any() {
    return new Any();
  }

  /// Whether a page of `origin` may open a WebSocket to `authority`, both as sent.
  boolean allows(String origin, String authority);

  /// Pages of the same host and port and of the listed origins.
  ///
  /// @param others origins, in their canonical spelling `scheme://host:port` once constructed
  record Listed(Set<String> others) implements OriginPolicy {
    /// @throws IllegalArgumentException if one of `others` is no origin
    public Listed {
      others = others.stream().map(Listed::required).collect(Collectors.toUnmodifiableSet());
    }

    private static String required(String origin) {
      var canonical = canonical(origin);
      if (canonical == null) throw new IllegalArgumentException("not an origin: " + origin);
      return canonical;
    }

    @Override
    public boolean allows(String origin, String authority) {
      var canonical = canonical(origin);
      if (canonical == null) return false;
      var scheme = canonical.substring(0, canonical.indexOf(':'));
      return canonical.equals(canonical(scheme + "://" + authority)) || others.contains(canonical);
    }
  }

  /// Pages of the same host and port and of `others`.
  record Among(Origins others) implements OriginPolicy {
    private static final Listed SAME = new Listed(Set.of());

    @Override
    public boolean allows(String origin, String authority) {
      return others.contains(origin) || SAME.allows(origin, authority);
    }
  }

  /// Every page.
  record Any() implements OriginPolicy {
    @Override
    public boolean allows(String origin, String authority) {
      return true;
    }
  }

  private static @Nullable String canonical(String origin) {
    var separator = origin.indexOf("://");
    if (separator < 1) return null;
    var scheme = origin.substring(0, separator).toLowerCase(Locale.ROOT);
    var authority = Authority.parse(origin.substring(separator + 3));
    if (authority == null) return null;
    return scheme + "://" + authority.host() + ":" + authority.portOr(defaultPort(scheme));
  }

  private static int defaultPort(String scheme) {
    return switch (scheme) {
      case "http" -> 80;
      case "https" -> 443;
      default -> 0;
    };
  }
}
