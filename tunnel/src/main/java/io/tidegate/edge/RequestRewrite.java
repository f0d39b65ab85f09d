package io.tidegate.edge;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.RequestHead;

/// What the app is asked, made from what the visitor asked: hop-by-hop and forged fields left out,
/// ours added.
final class RequestRewrite {
  private RequestRewrite() {}

  /// Makes the app's request. `upgrade` keeps the Upgrade field; `trusted` keeps the forwarded
  /// fields of a named proxy.
  static RequestHead of(
      RequestHead asked,
      Visitor visitor,
      ClaimPolicy policy,
      boolean upgrade,
      boolean trusted,
      HeadBuilder builder) {
    var fields = asked.fields();
    builder.fields();
    boolean namesFields = fields.has(FieldName.CONNECTION);
    for (int i = 0; i < fields.size(); i++) {
      if (passes(fields, i, upgrade, trusted) && !(namesFields && isHopByHop(fields, i)))
        copy(fields, i, asked, policy, builder);
    }
    var added = visitor.added();
    for (int i = 0; i < added.size(); i++) {
      if (!trusted || added.is(i, FieldName.VIA) || !fields.has(known(added, i)))
        builder.copy(added, i);
    }
    var rewritten = builder.buildFields();
    if (policy.hostHeader().isEmpty()) return asked.withFields(rewritten);
    builder.request(asked.method(), asked.target(), policy.hostHeader());
    for (int i = 0; i < rewritten.size(); i++) builder.copy(rewritten, i);
    return builder.buildRequest();
  }

  private static FieldName known(Fields fields, int i) {
    return java.util.Objects.requireNonNull(fields.known(i));
  }

  private static boolean passes(Fields fields, int i, boolean upgrade, boolean trusted) {
    var name = fields.known(i);
    if (name == null) return !fields.nameContains(i, '_');
    return switch (name) {
      case CONNECTION,
          KEEP_ALIVE,
          PROXY_AUTHENTICATE,
          PROXY_AUTHENTICATION_INFO,
          PROXY_AUTHORIZATION,
          PROXY_CONNECTION ->
          false;
      case HTTP2_SETTINGS, TRANSFER_ENCODING, CONTENT_LENGTH -> false;
      case UPGRADE -> upgrade;
      case TE -> fields.valueIs(i, "trailers");
      case FORWARDED,
          X_FORWARDED_FOR,
          X_FORWARDED_HOST,
          X_FORWARDED_PORT,
          X_FORWARDED_PROTO,
          X_REAL_IP ->
          trusted;
      default -> true;
    };
  }

  private static boolean isHopByHop(Fields fields, int i) {
    return !fields.is(i, FieldName.UPGRADE)
        && !fields.is(i, FieldName.TE)
        && fields.isNamedByConnection(i);
  }

  /// Origin follows the Host that is put in the visitor's place, where it named the same host.
  private static void copy(
      Fields fields, int i, RequestHead asked, ClaimPolicy policy, HeadBuilder builder) {
    if (!policy.hostHeader().isEmpty()
        && fields.is(i, FieldName.ORIGIN)
        && sameHost(fields.value(i), asked.authority())) {
      builder.field(FieldName.ORIGIN, "http://" + policy.hostHeader());
    } else {
      builder.copy(fields, i);
    }
  }

  private static boolean sameHost(String origin, String authority) {
    int scheme = origin.indexOf("://");
    return scheme > 0 && origin.substring(scheme + 3).equalsIgnoreCase(authority);
  }

  /// Whether this request has been through this edge before, RFC 9110 §7.6.3.
  static boolean hasLooped(RequestHead asked) {
    var fields = asked.fields();
    if (!fields.has(FieldName.VIA)) return false;
    for (int i = fields.first(FieldName.VIA); i >= 0; i = fields.next(FieldName.VIA, i)) {
      for (var hop : fields.value(i).split(",", -1)) {
        var words = hop.trim().split("\\s+", 3);
        if (words.length > 1 && words[1].equals(Visitor.PSEUDONYM)) return true;
      }
    }
    return false;
  }
}
