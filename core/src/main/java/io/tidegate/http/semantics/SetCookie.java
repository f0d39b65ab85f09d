package io.tidegate.http.semantics;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// A cookie to be set, RFC 6265 §4.1: for the whole site, this host only, out of scripts' reach and
/// not sent along from other sites, unless changed.
///
/// @param name a token
/// @param value as it goes over the wire: no space, comma, semicolon, quote or backslash
/// @param path prefix of the paths that get it
/// @param maxAge how long it lives; null until the browser ends
/// @param secure only over TLS
/// @param httpOnly not for scripts
/// @param sameSite which requests of other sites carry it
public record SetCookie(
    String name,
    String value,
    String path,
    @Nullable Duration maxAge,
    boolean secure,
    boolean httpOnly,
    SameSite sameSite) {
  /// Which requests of other sites carry a cookie.
  public enum SameSite {
    /// None.
    STRICT("Strict"),
    /// A click on a link.
    LAX("Lax"),
    /// All; browsers want the cookie to be secure then.
    NONE("None");

    private final String text;

    SameSite(String text) {
      this.text = text;
    }
  }

  /// @throws IllegalArgumentException if a part could end its own
  public SetCookie {
    if (name.isEmpty() || !name.chars().allMatch(SetCookie::isToken))
      throw new IllegalArgumentException("not a cookie's name");
    if (!value.chars().allMatch(SetCookie::isOctet))
      throw new IllegalArgumentException("character not allowed in a cookie's value");
    if (!path.startsWith("/") || !path.chars().allMatch(c -> c > ' ' && c < 0x7f && c != ';'))
      throw new IllegalArgumentException("not a cookie's path");
    if (maxAge != null && maxAge.isNegative())
      throw new IllegalArgumentException("maxAge negative: " + maxAge);
  }

  /// A cookie until the browser ends.
  public static SetCookie of(String name, String value) {
    return new SetCookie(name, value, "/", null, false, true, SameSite.LAX);
  }

  /// The order to forget the cookie of this name.
  public static SetCookie forget(String name) {
    return of(name, "").withMaxAge(Duration.ZERO);
  }

  private static boolean isToken(int c) {
    return c > ' ' && c < 0x7f && "()<>@,;:\\\"/[]?={}".indexOf(c) < 0;
  }

  private static boolean isOctet(int c) {
    return c > ' ' && c < 0x7f && "\",;\\".indexOf(c) < 0;
  }

  /// This cookie with a life of its own.
  public SetCookie withMaxAge(Duration maxAge) {
    return new SetCookie(name, value, path, maxAge, secure, httpOnly, sameSite);
  }

  /// This cookie over TLS only.
  public SetCookie withSecure() {
    return new SetCookie(name, value, path, maxAge, true, httpOnly, sameSite);
  }

  /// This cookie below `path` only.
  public SetCookie withPath(String path) {
    return new SetCookie(name, value, path, maxAge, secure, httpOnly, sameSite);
  }

  /// This cookie with another rule for other sites.
  public SetCookie withSameSite(SameSite sameSite) {
    return new SetCookie(name, value, path, maxAge, secure, httpOnly, sameSite);
  }

  /// As the value of a Set-Cookie field.
  @Override
  public String toString() {
    var text = new StringBuilder(name).append('=').append(value).append("; Path=").append(path);
    if (maxAge != null) text.append("; Max-Age=").append(maxAge.toSeconds());
    if (secure) text.append("; Secure");
    if (httpOnly) text.append("; HttpOnly");
    return text.append("; SameSite=").append(sameSite.text).toString();
  }
}
