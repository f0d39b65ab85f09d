package io.tidegate.observe;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.Authority;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Keeps web pages, and strangers off this machine, away from an admin listener.
///
/// A page in a browser on this machine can send requests to loopback, and by rebinding its own DNS
/// name even read the answers. So at a loopback address the Host must be a loopback literal or
/// `localhost`, in its one spelling and with the listener's port; an Origin must be the listener's
/// own; and what a browser marks as sent from another site is refused. A token, where there is one,
/// must come as a bearer's whatever the address. Immutable; safe for any thread.
public final class AdminGuard {
  private static final int HTTP_PORT = 80;

  private final int port;
  private final byte @Nullable [] token;

  /// Why a request is refused.
  public enum Refusal {
    /// The Host is not this listener's.
    MISDIRECTED(421, "this is not served under that host name"),
    /// A web page of another origin has sent it.
    FOREIGN(403, "web pages of other origins are refused"),
    /// The token is missing or wrong.
    UNAUTHORIZED(401, "the admin token is missing or wrong");

    private final int status;
    private final String text;

    Refusal(int status, String text) {
      this.status = status;
      this.text = text;
    }

    /// The status of the answer.
    public int status() {
      return status;
    }

    /// What the answer says.
    public String text() {
      return text;
    }
  }

  /// A guard of the listener at `port`. Without a `token` it must be on loopback alone.
  public AdminGuard(int port, @Nullable String token) {
    this.port = port;
    this.token = token == null ? null : hash(token);
  }

  /// Why `exchange` is refused, or null if it may go on.
  public @Nullable Refusal refusal(Exchange exchange) {
    var request = exchange.request();
    boolean atLoopback = exchange.connection().isAtLoopback();
    return refusal(request.authority(), request.fields(), atLoopback);
  }

  /// Why a request with these fields, for this host, is refused, or null if it may go on.
  ///
  /// @param atLoopback whether it came in at a loopback address
  public @Nullable Refusal refusal(String authority, Fields fields, boolean atLoopback) {
    var host = host(authority);
    if (host == null || (atLoopback && !isLocal(host))) return Refusal.MISDIRECTED;
    if (!isOwnPage(fields, host)) return Refusal.FOREIGN;
    return hasToken(fields) ? null : Refusal.UNAUTHORIZED;
  }

  /// The host, if it is named in its one spelling: what a resolver could read in two ways is
  /// refused.
  private static @Nullable Authority host(String authority) {
    var parsed = Authority.parse(authority);
    return parsed != null && parsed.toString().equals(authority.toLowerCase(Locale.ROOT))
        ? parsed
        : null;
  }

  private boolean isLocal(Authority host) {
    return host.portOr(HTTP_PORT) == port && (host.isLoopback() || host.host().equals("localhost"));
  }

  private static boolean isOwnPage(Fields fields, Authority host) {
    var site = fields.value("Sec-Fetch-Site");
    if (site != null && !site.equals("same-origin") && !site.equals("none")) return false;
    return switch (fields.count(FieldName.ORIGIN)) {
      case 0 -> true;
      case 1 -> origin(host).equals(fields.value(FieldName.ORIGIN));
      default -> false;
    };
  }

  /// As browsers write it, RFC 6454 §6.2.
  private static String origin(Authority host) {
    int named = host.portOr(HTTP_PORT);
    return "http://" + host.host() + (named == HTTP_PORT ? "" : ":" + named);
  }

  private boolean hasToken(Fields fields) {
    if (token == null) return true;
    return MessageDigest.isEqual(token, hash(bearer(fields.value(FieldName.AUTHORIZATION))));
  }

  private static String bearer(@Nullable String authorization) {
    if (authorization == null || !authorization.regionMatches(true, 0, "Bearer ", 0, 7)) return "";
    return authorization.substring(7).trim();
  }

  /// Hashes have one length: comparing them tells nothing of the token's.
  private static byte[] hash(String token) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java has SHA-256", missing);
    }
  }
}
