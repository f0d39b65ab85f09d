package io.tidegate.http.semantics;

import io.tidegate.http.message.Authority;
import java.util.HashSet;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Origins of web pages (RFC 6454), by name: each as `https://host` or with a port, or
/// `https://*.host` for all that lie below a host; or every one.
///
/// `null`, the origin of pages that hide theirs, is none that can be named, for anybody can make
/// such a page. Schemes, hosts and ports are compared in one spelling. Immutable; a look takes a
/// time that 100 origins bound.
public final class Origins {
  /// More is a pattern that should be said as one.
  private static final int MOST = 100;

  /// A scheme, a host of 253 characters and a port.
  private static final int MOST_CHARS = 300;

  private static final String BELOW = "*.";

  private static final Origins ANY = new Origins(true, Set.of(), Set.of());
  private static final Origins NONE = new Origins(false, Set.of(), Set.of());

  private final boolean any;
  private final Set<String> exact;
  private final Set<Origin> parents;

  /// One in its one spelling.
  private record Origin(String scheme, String host, int port) {
    @Override
    public String toString() {
      return scheme + "://" + host + ":" + port;
    }

    boolean isBelow(Origin parent) {
      return scheme.equals(parent.scheme)
          && port == parent.port
          && host.endsWith("." + parent.host);
    }
  }

  private Origins(boolean any, Set<String> exact, Set<Origin> parents) {
    this.any = any;
    this.exact = exact;
    this.parents = parents;
  }

  /// Every origin.
  public static Origins any() {
    return ANY;
  }

  /// No origin.
  public static Origins none() {
    return NONE;
  }

  /// The origins of these names, at most 100; `*` among them stands for every one.
  ///
  /// @throws IllegalArgumentException if one of them is none, or there are more
  public static Origins of(String... names) {
    if (names.length > MOST) throw new IllegalArgumentException("more than " + MOST + " origins");
    var exact = new HashSet<String>();
    var parents = new HashSet<Origin>();
    boolean any = false;
    for (var name : names) {
      int host = name.indexOf("://") + "://".length();
      if (name.equals("*")) any = true;
      else if (host > 2 && name.startsWith(BELOW, host))
        parents.add(parent(name, name.substring(0, host) + name.substring(host + BELOW.length())));
      else exact.add(required(name, name).toString());
    }
    return any ? ANY : new Origins(false, Set.copyOf(exact), Set.copyOf(parents));
  }

  /// Below an address there is nothing.
  private static Origin parent(String name, String text) {
    var parent = required(name, text);
    var authority = Authority.parse(parent.host());
    if (authority == null || authority.isLiteral())
      throw new IllegalArgumentException("not an origin: " + name);
    return parent;
  }

  private static Origin required(String name, String text) {
    var origin = parse(text);
    if (origin == null) throw new IllegalArgumentException("not an origin: " + name);
    return origin;
  }

  /// Whether this is every origin.
  public boolean isAny() {
    return any;
  }

  /// Whether this is no origin.
  public boolean isEmpty() {
    return !any && exact.isEmpty() && parents.isEmpty();
  }

  /// Whether `origin`, as a browser sent it, is one of these. Of every one also what is none.
  public boolean contains(String origin) {
    if (any) return true;
    if (exact.isEmpty() && parents.isEmpty()) return false;
    var parsed = parse(origin);
    if (parsed == null) return false;
    return exact.contains(parsed.toString()) || parents.stream().anyMatch(parsed::isBelow);
  }

  private static @Nullable Origin parse(String text) {
    int separator = text.indexOf("://");
    if (separator < 1 || text.length() > MOST_CHARS) return null;
    var scheme = text.substring(0, separator).toLowerCase(Locale.ROOT);
    var authority = Authority.parse(text.substring(separator + "://".length()));
    if (authority == null || !isScheme(scheme)) return null;
    return new Origin(scheme, authority.host(), authority.portOr(defaultPort(scheme)));
  }

  private static boolean isScheme(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean letter = c >= 'a' && c <= 'z';
      if (!letter && (i == 0 || !((c >= '0' && c <= '9') || "+-.".indexOf(c) >= 0))) return false;
    }
    return true;
  }

  private static int defaultPort(String scheme) {
    return switch (scheme) {
      case "http" -> 80;
      case "https" -> 443;
      default -> 0;
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Origins them
        && any == them.any
        && exact.equals(them.exact)
        && parents.equals(them.parents);
  }

  @Override
  public int hashCode() {
    return Objects.hash(any, exact, parents);
  }

  @Override
  public String toString() {
    if (any) return "*";
    var below = parents.stream().map(at -> at.scheme + "://*." + at.host + ":" + at.port);
    return Stream.concat(exact.stream(), below).sorted().collect(Collectors.joining(" "));
  }

  /// The origin of a page at `url`, as browsers write it; null if it has none.
  public static @Nullable String ofPage(String url) {
    int host = url.indexOf("://") + "://".length();
    if (host < "://".length() + 1) return null;
    int end = host;
    while (end < url.length() && "/?#".indexOf(url.charAt(end)) < 0) end++;
    var origin = url.substring(0, end);
    return parse(origin) == null ? null : origin;
  }
}
