package io.tidegate.edge;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.ResponseHead;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/// What the visitor is answered, made from what the app answered.
final class AnswerRewrite {
  /// Cookies that were made host-only, since the start.
  static final LongAdder NARROWED_COOKIES = new LongAdder();

  private AnswerRewrite() {}

  /// The visitor's head; the app's own where nothing must change. `upgrade` keeps the Upgrade
  /// field.
  static ResponseHead of(
      ResponseHead answer,
      Visitor visitor,
      ClaimPolicy policy,
      boolean upgrade,
      HeadBuilder builder) {
    if (passesWhole(answer.fields(), policy)) return answer;
    var fields = answer.fields();
    builder.response(answer.status());
    for (int i = 0; i < fields.size(); i++) {
      if (passes(fields, i, upgrade)) copy(fields, i, visitor, policy, builder);
    }
    return builder.buildResponse();
  }

  private static boolean passesWhole(Fields fields, ClaimPolicy policy) {
    return !fields.has(FieldName.SET_COOKIE)
        && !fields.has(FieldName.UPGRADE)
        && !fields.has(FieldName.PROXY_AUTHENTICATE)
        && !fields.has(FieldName.PROXY_AUTHENTICATION_INFO)
        && !namesFields(fields)
        && (policy.hostHeader().isEmpty() || !fields.has(FieldName.LOCATION));
  }

  /// Whether Connection says more than `close` or `keep-alive`.
  private static boolean namesFields(Fields fields) {
    for (int i = fields.first(FieldName.CONNECTION);
        i >= 0;
        i = fields.next(FieldName.CONNECTION, i)) {
      if (!fields.valueIs(i, "keep-alive") && !fields.valueIs(i, "close")) return true;
    }
    return false;
  }

  private static boolean passes(Fields fields, int i, boolean upgrade) {
    var name = fields.known(i);
    if (name == null) return !fields.isNamedByConnection(i);
    return switch (name) {
      case CONNECTION,
          KEEP_ALIVE,
          PROXY_AUTHENTICATE,
          PROXY_AUTHENTICATION_INFO,
          PROXY_CONNECTION ->
          false;
      case UPGRADE -> upgrade;
      case CONTENT_LENGTH, TRANSFER_ENCODING, SET_COOKIE, DATE -> true;
      default -> !fields.isNamedByConnection(i);
    };
  }

  private static void copy(
      Fields fields, int i, Visitor visitor, ClaimPolicy policy, HeadBuilder builder) {
    if (fields.is(i, FieldName.SET_COOKIE)) {
      builder.field(FieldName.SET_COOKIE, hostOnly(fields.value(i), visitor, policy));
    } else if (fields.is(i, FieldName.LOCATION) && !policy.hostHeader().isEmpty()) {
      builder.field(FieldName.LOCATION, location(fields.value(i), visitor, policy));
    } else {
      builder.copy(fields, i);
    }
  }

  /// Takes the Domain attribute out of a cookie where it is wider than the visitor's host, so that
  /// no tunnel sets cookies for its siblings; where the app named its own rewritten host, that
  /// means the visitor's.
  static String hostOnly(String cookie, Visitor visitor, ClaimPolicy policy) {
    var parts = cookie.split(";", -1);
    var kept = new StringBuilder(parts[0]);
    for (int i = 1; i < parts.length; i++) {
      if (isWider(parts[i], visitor)) NARROWED_COOKIES.increment();
      else kept.append(';').append(parts[i]);
    }
    return kept.toString();
  }

  private static boolean isWider(String attribute, Visitor visitor) {
    int equals = attribute.indexOf('=');
    var name = (equals < 0 ? attribute : attribute.substring(0, equals)).trim();
    if (!name.equalsIgnoreCase("domain")) return false;
    var domain = equals < 0 ? "" : attribute.substring(equals + 1).trim().toLowerCase(Locale.ROOT);
    return !domain.equals(visitor.host());
  }

  private static String location(String value, Visitor visitor, ClaimPolicy policy) {
    for (var scheme : new String[] {"http://", "https://"}) {
      var own = scheme + policy.hostHeader();
      boolean names = value.regionMatches(true, 0, own, 0, own.length());
      if (names
          && (value.length() == own.length() || "/?#".indexOf(value.charAt(own.length())) >= 0)) {
        return "http://" + visitor.authority() + value.substring(own.length());
      }
    }
    return value;
  }
}
