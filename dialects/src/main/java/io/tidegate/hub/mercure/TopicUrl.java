package io.tidegate.hub.mercure;

import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A topic as a URL in its one spelling, as browsers have it (URL standard §4): scheme and host in
/// lower case, no default port, no dots for segments, what may not stand in a URL percent-coded, no
/// user, no query or fragment that is empty. A URL without a host, such as `urn:isbn:1`, has none.
///
/// @param origin scheme, host and port
/// @param path from its first slash on
/// @param query behind its mark
/// @param fragment behind its mark
record TopicUrl(String origin, String path, String query, String fragment) {
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:");
  private static final String HEX = "0123456789ABCDEF";

  /// What a URL's path may not hold as it is, beside what is no visible ASCII.
  private static final String NOT_IN_PATH = "\"<>^`{}";

  private static final String NOT_IN_QUERY = "\"<>'";
  private static final String NOT_IN_FRAGMENT = "\"<>`";

  /// Of `topic`, seen from the `hub` of this URL; null if it has none.
  static @Nullable TopicUrl of(String topic, String hub) {
    return parse(resolved(topic, hub));
  }

  /// As [#of], as text; empty if it has none.
  static String text(String topic, String hub) {
    var url = of(topic, hub);
    return url == null ? "" : url.toString();
  }

  /// RFC 3986 §5.2.2, as far as dots do not matter.
  private static String resolved(String topic, String hub) {
    if (SCHEME.matcher(topic).lookingAt()) return topic;
    int host = hub.indexOf("://") + 3;
    if (topic.startsWith("//")) return hub.substring(0, host - 2) + topic;
    int path = end(hub, host, "/?#");
    if (topic.startsWith("/")) return hub.substring(0, path) + topic;
    int end = end(hub, path, "?#");
    if (topic.startsWith("?") || topic.startsWith("#")) return hub.substring(0, end) + topic;
    int folder = hub.lastIndexOf('/', end);
    return (folder < path ? hub.substring(0, path) + "/" : hub.substring(0, folder + 1)) + topic;
  }

  private static @Nullable TopicUrl parse(String given) {
    var text = slashed(given);
    int host = text.indexOf("://") + 3;
    if (host < 4) return null;
    var scheme = text.substring(0, host - 3).toLowerCase(Locale.ROOT);
    if (!SCHEME.matcher(scheme + ":").matches()) return null;
    boolean isSpecial = usualPort(scheme) > 0;
    int end = end(text, host, "/?#");
    var authority = authority(scheme, text.substring(host, end));
    if (authority == null) return null;
    int path = end(text, end, "?#");
    int query = end(text, path, "#");
    return new TopicUrl(
        scheme + "://" + authority,
        path(text.substring(end, path), isSpecial),
        behindMark(text.substring(path, query), NOT_IN_QUERY),
        behindMark(text.substring(query), NOT_IN_FRAGMENT));
  }

  /// Browsers take backslashes for slashes where the scheme is one of theirs.
  private static String slashed(String text) {
    int colon = text.indexOf(':');
    if (text.indexOf('\\') < 0 || colon < 1) return text;
    if (usualPort(text.substring(0, colon).toLowerCase(Locale.ROOT)) == 0) return text;
    int end = end(text, 0, "?#");
    return text.substring(0, end).replace('\\', '/') + text.substring(end);
  }

  private static int end(String text, int from, String marks) {
    int end = from;
    while (end < text.length() && marks.indexOf(text.charAt(end)) < 0) end++;
    return end;
  }

  /// The port that URLs of this scheme leave out; 0 if there is none.
  static int usualPort(String scheme) {
    return switch (scheme) {
      case "http", "ws" -> 80;
      case "https", "wss" -> 443;
      case "ftp" -> 21;
      default -> 0;
    };
  }

  private static @Nullable String authority(String scheme, String text) {
    var hostPort = text.substring(text.lastIndexOf('@') + 1);
    int colon = hostPort.lastIndexOf(':');
    boolean hasPort = colon > hostPort.lastIndexOf(']');
    var host = host(hasPort ? hostPort.substring(0, colon) : hostPort);
    var port = hasPort ? hostPort.substring(colon + 1) : "";
    if (host == null || !port.matches("[0-9]{0,5}")) return null;
    if (port.isEmpty() || Integer.parseInt(port) == usualPort(scheme)) return host;
    int number = Integer.parseInt(port);
    return number > 65_535 ? null : host + ":" + number;
  }

  private static @Nullable String host(String text) {
    if (text.isEmpty() || text.length() > 255) return null;
    if (text.matches("\\[[0-9A-Fa-f:.]+]")) return text.toLowerCase(Locale.ROOT);
    try {
      var host = IDN.toASCII(text, IDN.ALLOW_UNASSIGNED).toLowerCase(Locale.ROOT);
      return host.matches("[a-z0-9._~!$&'()*+,;=-]+") ? host : null;
    } catch (IllegalArgumentException none) {
      return null;
    }
  }

  /// RFC 3986 §5.2.4, as browsers do it: `%2e` is a dot too.
  private static String path(String text, boolean isSpecial) {
    if (text.isEmpty()) return isSpecial ? "/" : "";
    var segments = new ArrayDeque<String>();
    var rest = text.substring(1).split("/", -1);
    for (int i = 0; i < rest.length; i++) {
      boolean isLast = i == rest.length - 1;
      switch (rest[i].replace("%2e", ".").replace("%2E", ".")) {
        case "." -> {
          if (isLast) segments.addLast("");
        }
        case ".." -> {
          var _ = segments.pollLast();
          if (isLast) segments.addLast("");
        }
        default -> segments.addLast(coded(rest[i], NOT_IN_PATH));
      }
    }
    return "/" + String.join("/", segments);
  }

  private static String behindMark(String text, String not) {
    return text.isEmpty() ? "" : coded(text.substring(1), not);
  }

  /// `text` with what may not stand there percent-coded.
  static String coded(String text, String not) {
    if (text.chars().allMatch(c -> c > ' ' && c < 0x7f && not.indexOf(c) < 0)) return text;
    var coded = new StringBuilder(text.length() + 16);
    for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
      boolean stays = each > ' ' && each < 0x7f && not.indexOf(each) < 0;
      if (stays) coded.append((char) each);
      else coded.append('%').append(HEX.charAt((each >> 4) & 15)).append(HEX.charAt(each & 15));
    }
    return coded.toString();
  }

  /// As [#coded], of a path.
  static String codedPath(String text) {
    return coded(text, NOT_IN_PATH);
  }

  /// As [#coded], of a query.
  static String codedQuery(String text) {
    return coded(text, NOT_IN_QUERY);
  }

  /// Whether it names what is the hub's at `path`: unreserved characters may be percent-coded.
  boolean isBelow(String hub) {
    var plain = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      boolean code = path.charAt(i) == '%' && i + 2 < path.length();
      int c =
          code
              ? Character.digit(path.charAt(i + 1), 16) * 16
                  + Character.digit(path.charAt(i + 2), 16)
              : -1;
      boolean unreserved =
          c > 0 && c < 0x7f && (Steps.isAlphanumeric((char) c) || "-._~".indexOf(c) >= 0);
      plain.append(unreserved ? (char) c : path.charAt(i));
      if (unreserved) i += 2;
    }
    var at = plain.toString();
    return at.equals(hub) || at.startsWith(hub + "/");
  }

  /// Everything with both marks, as patterns look at it.
  @Override
  public String toString() {
    return origin + path + "?" + query + "#" + fragment;
  }
}
