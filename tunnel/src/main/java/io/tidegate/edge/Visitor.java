package io.tidegate.edge;

import io.tidegate.http.message.Authority;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.net.Described;
import java.net.Inet6Address;
import java.net.InetAddress;
import org.jspecify.annotations.Nullable;

/// What the edge knows of one connection's visitor for one spelling of the host: computed once,
/// used for route, limits, log and fields alike.
///
/// @param authority the Host as it came, by which this is found again
/// @param host its one canonical spelling
/// @param name the label before the domain; null if the host is the edge's own, or none of ours
/// @param isOwn whether the host is the edge's own: the domain, `localhost`, a loopback literal
/// @param added the forwarded fields that every request of this visitor gets
record Visitor(String authority, String host, @Nullable String name, boolean isOwn, Fields added)
    implements Described {
  /// How this edge calls itself in Via.
  static final String PSEUDONYM = "tidegate";

  private static final int LONGEST_NAME = 63;

  static Visitor of(
      String text,
      @Nullable InetAddress from,
      String domain,
      boolean loopback,
      String scheme,
      String version,
      HeadBuilder builder) {
    var authority = Authority.parse(text);
    var host = authority == null ? "" : authority.host();
    boolean own = host.equals(domain) || (loopback && isLocal(authority, host));
    var name = own ? null : label(host, domain, loopback);
    return new Visitor(text, host, name, own, forwarded(text, from, scheme, version, builder));
  }

  @Override
  public String what() {
    return "visitor";
  }

  private static boolean isLocal(@Nullable Authority authority, String host) {
    return host.equals("localhost") || (authority != null && authority.isLoopback());
  }

  /// Exactly one label before the domain; `*.localhost` only where the listener is on loopback.
  private static @Nullable String label(String host, String domain, boolean loopback) {
    var label = before(host, domain);
    return label == null && loopback ? before(host, "localhost") : label;
  }

  private static @Nullable String before(String host, String domain) {
    int length = host.length() - domain.length() - 1;
    if (length < 1 || length > LONGEST_NAME || host.charAt(length) != '.' || !host.endsWith(domain))
      return null;
    var label = host.substring(0, length);
    return label.indexOf('.') < 0 ? label : null;
  }

  private static Fields forwarded(
      String host, @Nullable InetAddress from, String scheme, String version, HeadBuilder builder) {
    var address = from == null ? "unknown" : from.getHostAddress();
    var node = from instanceof Inet6Address ? "\"[" + address + "]\"" : address;
    return builder
        .fields()
        .field(FieldName.FORWARDED, "for=" + node + ";host=\"" + host + "\";proto=" + scheme)
        .field(FieldName.X_FORWARDED_FOR, address)
        .field(FieldName.X_FORWARDED_HOST, host)
        .field(FieldName.X_FORWARDED_PROTO, scheme)
        .field(FieldName.VIA, version + " " + PSEUDONYM)
        .buildFields();
  }
}
