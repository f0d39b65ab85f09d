package io.tidegate.hub.jwt;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Checks JSON Web Tokens (RFC 7519) by keys that are known here: HS256, RS256, ES256.
///
/// The token's header is asked for nothing but its algorithm, which must be the key's own; keys or
/// places of keys in it are passed over. Safe for any thread.
public final class JwtVerifier {
  /// Longest token: what a request's head has room for beside all else.
  public static final int MOST_CHARS = 8 * 1024;

  /// The old key, the new one, and some for other kinds of senders: each is tried.
  private static final int MOST_KEYS = 8;

  /// How far the clocks of those who make tokens may be ahead of ours, or behind.
  public static final Duration SKEW = Duration.ofSeconds(30);

  private static final Base64.Decoder BASE64 = Base64.getUrlDecoder();

  private final List<JwtKey> keys;
  private final InstantSource clock;
  private final @Nullable String type;

  /// Checks by `keys`, one of which must have made a token.
  ///
  /// @throws IllegalArgumentException if there is none, or more than 8
  public JwtVerifier(JwtKey... keys) {
    this(InstantSource.system(), keys);
  }

  /// As above, by another clock.
  public JwtVerifier(InstantSource clock, JwtKey... keys) {
    this(clock, few(keys), null);
  }

  private static List<JwtKey> few(JwtKey... keys) {
    if (keys.length < 1 || keys.length > MOST_KEYS)
      throw new IllegalArgumentException("keys not in 1.." + MOST_KEYS + ": " + keys.length);
    return List.of(keys);
  }

  private JwtVerifier(InstantSource clock, List<JwtKey> keys, @Nullable String type) {
    this.keys = keys;
    this.clock = clock;
    this.type = type;
  }

  /// Returns this for tokens of one type alone, such as `at+jwt`: what their header calls `typ`,
  /// with or without `application/` (RFC 7515 §4.1.9).
  public JwtVerifier withType(String only) {
    return new JwtVerifier(clock, keys, only);
  }

  /// Checks `token`, as it came.
  public Verified verify(String token) {
    if (token.length() > MOST_CHARS) return new Verified.Invalid("a token that is too long");
    int first = token.indexOf('.');
    int last = token.lastIndexOf('.');
    if (first < 1 || last == first || token.indexOf('.', first + 1) != last)
      return new Verified.Invalid("not a signed token");
    try {
      return verify(token, first, last);
    } catch (IOException | IllegalArgumentException malformed) {
      return new Verified.Invalid("a malformed token");
    }
  }

  private Verified verify(String token, int first, int last) throws IOException {
    var header = JsonObject.read(BASE64.decode(token.substring(0, first)));
    var signature = BASE64.decode(token.substring(last + 1));
    if (header.containsKey("crit")) // RFC 7515 §4.1.11: nothing is understood here
    return new Verified.Invalid("a token that demands what is not understood");
    if (!isOfType(header)) return new Verified.Invalid("a token of another type");
    if (!isSigned(header, token.substring(0, last), signature))
      return new Verified.Invalid("a token that none of the keys has made");
    return inTime(new Claims(JsonObject.read(BASE64.decode(token.substring(first + 1, last)))));
  }

  private boolean isOfType(Map<String, @Nullable Object> header) {
    if (type == null) return true;
    if (!(header.get("typ") instanceof String named)) return false;
    return named.equalsIgnoreCase(type) || named.equalsIgnoreCase("application/" + type);
  }

  private boolean isSigned(Map<String, @Nullable Object> header, String signed, byte[] signature) {
    var bytes = signed.getBytes(StandardCharsets.US_ASCII);
    for (var key : keys) {
      if (key.algorithm().equals(header.get("alg")) && key.verifies(bytes, signature)) return true;
    }
    return false;
  }

  private Verified inTime(Claims claims) {
    var now = clock.instant();
    var expires = claims.expires();
    if (claims.has("exp") && expires == null) return new Verified.Invalid("exp is no number");
    if (expires != null && !now.isBefore(expires.plus(SKEW))) return new Verified.Expired();
    var notBefore = claims.notBefore();
    if (claims.has("nbf") && notBefore == null) return new Verified.Invalid("nbf is no number");
    if (notBefore != null && now.isBefore(notBefore.minus(SKEW)))
      return new Verified.Invalid("a token that does not count yet");
    return new Verified.Valid(claims);
  }
}
