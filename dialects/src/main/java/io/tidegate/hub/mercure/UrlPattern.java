package io.tidegate.hub.mercure;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Topics by a URL pattern, of the standard's forms those that need no search: text, `:name` for a
/// whole segment of the path, and `*` at the end for all that follows.
///
/// A topic is compared as it was written: its host in lower case, no dots for segments, no escapes
/// that need not be. Of a topic that begins with a slash the hub's own origin is thought before it.
///
/// @param origin before what begins with a slash
/// @param parts what stands between the names, at least one
/// @param isOpen whether more may follow
record UrlPattern(String origin, List<String> parts, boolean isOpen) implements TopicSelector {
  private static final Pattern NAME = Pattern.compile("/:[A-Za-z_$][A-Za-z0-9_$]*(?=/|$)");
  private static final Pattern START = Pattern.compile("[a-z][a-z0-9+.-]*://[^/:]+(:[0-9]+)?/.*");

  /// The pattern that `text` writes, where paths belong to `origin`; null if it is none, or one
  /// that is not understood here.
  static @Nullable UrlPattern parse(String text, String origin) {
    var whole = text.startsWith("/") ? origin + text : text;
    if (!START.matcher(whole).matches()) return null;
    boolean isOpen = whole.endsWith("*");
    var parts = new ArrayList<String>();
    var names = NAME.matcher(whole);
    int from = 0;
    while (names.find()) {
      parts.add(whole.substring(from, names.start() + 1));
      from = names.end();
    }
    parts.add(whole.substring(from, whole.length() - (isOpen ? 1 : 0)));
    int path = whole.indexOf('/', whole.indexOf("://") + 3);
    for (int i = 0; i < parts.size(); i++)
      if (!isText(parts.get(i), i == 0 ? path : 0)) return null;
    return new UrlPattern(origin, List.copyOf(parts), isOpen);
  }

  /// Whether nothing in the path or before it means more than itself.
  private static boolean isText(String part, int path) {
    for (int i = 0; i < part.length(); i++) {
      char c = part.charAt(i);
      if ("*{}()?+#\\".indexOf(c) >= 0 || (c == ':' && i >= path)) return false;
    }
    return true;
  }

  @Override
  public int heldBytes() {
    return TopicSelector.heldBytes(parts);
  }

  @Override
  public boolean matches(String topic) {
    var url = topic.startsWith("/") ? origin + topic : topic;
    int end = end(url);
    int at = 0;
    for (int i = 0; i < parts.size(); i++) {
      if (i > 0) {
        int slash = url.indexOf('/', at);
        int to = slash < 0 || slash > end ? end : slash;
        if (to == at) return false;
        at = to;
      }
      var part = parts.get(i);
      if (at + part.length() > end || !url.startsWith(part, at)) return false;
      at += part.length();
    }
    return isOpen || at == end;
  }

  /// Where the path ends: queries and fragments are of no account.
  private static int end(String url) {
    int query = url.indexOf('?');
    int fragment = url.indexOf('#');
    int end = query < 0 ? url.length() : query;
    return fragment < 0 ? end : Math.min(end, fragment);
  }
}
