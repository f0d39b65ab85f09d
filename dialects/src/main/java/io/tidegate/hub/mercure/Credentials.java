package io.tidegate.hub.mercure;

import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.Origins;
import io.tidegate.hub.jwt.JwtVerifier;
import io.tidegate.hub.jwt.Verified;
import io.tidegate.server.Call;
import org.jspecify.annotations.Nullable;

/// Finds a request's token, in this order: `Authorization: Bearer`, the cookie, the query, where a
/// version has one for it.
final class Credentials {
  private static final String BEARER = "Bearer ";

  /// What is said to those who bring none and need one.
  static final String MISSING = "no token";

  private Credentials() {}

  /// What the subscriber that calls may see; [MercureClaims#NONE] if it brings no token.
  ///
  /// @throws HttpError 401 if it brings one that does not count
  static MercureClaims ofSubscriber(Call call, JwtVerifier tokens, Names names) {
    var token = bearer(call);
    if (token == null) token = call.cookie(names.cookie());
    if (token == null) token = query(call, names);
    return token == null ? MercureClaims.NONE : claims(token, tokens, names);
  }

  private static @Nullable String query(Call call, Names names) {
    var name = names.tokenQuery();
    return name == null ? null : call.query(name);
  }

  /// What the publisher that calls may do. A cookie counts only for pages of `origins`: browsers
  /// send it along whatever page asks.
  ///
  /// @throws HttpError 401 if it brings no token or one that does not count, 403 for a page of
  ///   another origin
  static MercureClaims ofPublisher(Call call, JwtVerifier tokens, Origins origins, Names names) {
    var token = bearer(call);
    if (token != null) return claims(token, tokens, names);
    var cookie = call.cookie(names.cookie());
    if (cookie == null) throw new HttpError(401, MISSING);
    var origin = origin(call);
    if (origin == null || !origins.contains(origin))
      throw new HttpError(403, "pages of this origin may not publish with a cookie");
    return claims(cookie, tokens, names);
  }

  private static @Nullable String bearer(Call call) {
    var field = call.field("Authorization");
    if (field == null) return null;
    if (!field.regionMatches(true, 0, BEARER, 0, BEARER.length()))
      throw new HttpError(401, "Authorization is no Bearer");
    return field.substring(BEARER.length()).strip();
  }

  private static @Nullable String origin(Call call) {
    var origin = call.field("Origin");
    if (origin != null) return origin;
    var referer = call.field("Referer");
    return referer == null ? null : Origins.ofPage(referer);
  }

  private static MercureClaims claims(String token, JwtVerifier tokens, Names names) {
    return switch (tokens.verify(token)) {
      case Verified.Valid valid -> {
        var claims = MercureClaims.of(valid.claims(), names);
        if (claims == null) throw new HttpError(401, "a token that is not for this hub");
        yield claims;
      }
      case Verified.Expired _ -> throw new HttpError(401, "an expired token");
      case Verified.Invalid invalid -> throw new HttpError(401, invalid.why());
    };
  }
}
