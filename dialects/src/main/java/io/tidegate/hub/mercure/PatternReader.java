package io.tidegate.hub.mercure;

import io.tidegate.hub.mercure.Steps.Kind;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads URL patterns as their standard writes them. One for each pattern; a part that is not
/// understood makes it no pattern.
final class PatternReader {
  private static final Pattern NAME = Pattern.compile(":[\\p{L}_$][\\p{L}\\p{N}_$]*");
  private static final Pattern DOTS = Pattern.compile("(?:.*/)?\\.\\.?(?:/.*)?");

  private final String text;
  private final Steps.Builder steps = new Steps.Builder();
  private int at;

  /// What one component may hold.
  private record Component(Kind segment, Kind wild, char prefix, UnaryOperator<String> spelling) {}

  private static final Component SCHEME =
      new Component(Kind.HOST, Kind.HOST, '\0', PatternReader::lower);
  private static final Component HOST =
      new Component(Kind.LABEL, Kind.HOST, '\0', PatternReader::lower);
  private static final Component PATH =
      new Component(Kind.SEGMENT, Kind.PATH, '/', TopicUrl::codedPath);
  private static final Component QUERY =
      new Component(Kind.QUERY, Kind.QUERY, '\0', TopicUrl::codedQuery);

  private PatternReader(String text) {
    this.text = text;
  }

  /// What `text` comes to, where paths belong to `origin`; null if it is no pattern, or one that is
  /// not understood.
  static @Nullable Steps read(String text, TopicUrl origin) {
    var reader = new PatternReader(text);
    return reader.isRead(origin) && reader.steps.fits() ? reader.steps.steps() : null;
  }

  private boolean isRead(TopicUrl origin) {
    if (end("#") < text.length()) return false;
    if (text.startsWith("/") && !text.startsWith("//")) steps.text(origin.origin());
    else if (!scheme() || !host()) return false;
    return path() && query();
  }

  private boolean scheme() {
    int end = text.indexOf("://");
    if (end < 1 || !component(SCHEME, end)) return false;
    steps.text("://");
    at = end + 3;
    return true;
  }

  private boolean host() {
    int end = end("/?#");
    if (end <= at) return false;
    int colon = text.lastIndexOf(':', end - 1);
    var port = colon < at ? "" : text.substring(colon + 1, end);
    boolean hasPort = port.equals("*") || port.matches("[0-9]{1,5}");
    if (!component(HOST, hasPort ? colon : end)) return false;
    at = end;
    if (port.equals("*")) anyPort();
    else if (hasPort && !isUsual(port)) steps.text(":" + Integer.parseInt(port));
    return true;
  }

  private void anyPort() {
    int start = steps.here();
    steps.text(":");
    steps.many(Kind.DIGITS);
    steps.jump(start, steps.here());
  }

  private boolean isUsual(String port) {
    var usual = TopicUrl.usualPort(lower(text.substring(0, text.indexOf("://"))));
    return Integer.parseInt(port) == usual;
  }

  private boolean path() {
    int end = end("?#");
    if (at == text.length()) {
      steps.text("/");
      steps.many(Kind.PATH);
      return true;
    }
    if (DOTS.matcher(text.substring(at, end)).matches()) return false;
    if (end == at) steps.text("/");
    return component(PATH, end);
  }

  /// Without one, whatever query a topic has; and always whatever fragment.
  private boolean query() {
    steps.text("?");
    if (at == text.length()) {
      steps.many(Kind.QUERY);
    } else {
      at += text.charAt(at) == '\\' ? 2 : 1;
      if (!component(QUERY, text.length())) return false;
    }
    steps.text("#");
    steps.many(Kind.ANY);
    return true;
  }

  /// Where one of `marks` stands that is no modifier and in no group; one behind a backslash is one
  /// too, and means no more than itself.
  private int end(String marks) {
    boolean modifies = false;
    for (int i = at; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '{') {
        int close = text.indexOf('}', i);
        i = close < 0 ? text.length() - 1 : close;
        modifies = true;
      } else if (c == '\\') {
        if (i + 1 < text.length() && marks.indexOf(text.charAt(i + 1)) >= 0) return i;
        i++;
        modifies = false;
      } else if (marks.indexOf(c) >= 0 && !(c == '?' && modifies)) {
        return i;
      } else {
        var name = nameAt(i);
        if (name > i) i = name - 1;
        modifies = name > 0 || c == '*';
      }
    }
    return text.length();
  }

  /// Where the name ends that begins at `i` with its colon; 0 if none does.
  private int nameAt(int i) {
    var name = NAME.matcher(text).region(i, text.length());
    return name.lookingAt() ? name.end() : 0;
  }

  // ---- one component

  private boolean component(Component of, int end) {
    var plain = new StringBuilder();
    while (at < end) {
      char c = text.charAt(at);
      if (c == '*' || c == '{' || nameAt(at) > 0) {
        var prefix = c == '{' ? "" : prefix(of, plain);
        flush(of, plain);
        if (!(c == '{' ? group(of, end) : part(of, prefix))) return false;
      } else if (!letter(plain, end)) {
        return false;
      }
    }
    flush(of, plain);
    return at == end;
  }

  /// A slash before a name goes with it.
  private static String prefix(Component of, StringBuilder plain) {
    int last = plain.length() - 1;
    if (last < 0 || plain.charAt(last) != of.prefix) return "";
    plain.setLength(last);
    return "/";
  }

  private void flush(Component of, StringBuilder plain) {
    steps.text(of.spelling.apply(plain.toString()));
    plain.setLength(0);
  }

  /// A character that means itself.
  private boolean letter(StringBuilder plain, int end) {
    char c = text.charAt(at++);
    if (c == '\\') {
      if (at == end) return false;
      plain.append(text.charAt(at++));
      return true;
    }
    plain.append(c);
    return "(){}?+#:@".indexOf(c) < 0;
  }

  private boolean part(Component of, String prefix) {
    int start = steps.here();
    steps.text(prefix);
    token(of);
    return modified(start);
  }

  /// `*`, or a name.
  private void token(Component of) {
    int name = nameAt(at);
    if (name > 0) {
      steps.one(of.segment);
      steps.many(of.segment);
      at = name;
    } else {
      steps.many(of.wild);
      at++;
    }
  }

  /// `{before:name after}`
  private boolean group(Component of, int end) {
    int close = text.indexOf('}', at);
    if (close < 0 || close >= end) return false;
    int start = steps.here();
    at++;
    var plain = new StringBuilder();
    boolean hasToken = false;
    while (at < close) {
      if (text.charAt(at) == '*' || nameAt(at) > 0) {
        if (hasToken) return false;
        hasToken = true;
        flush(of, plain);
        token(of);
      } else if (!letter(plain, close)) {
        return false;
      }
    }
    flush(of, plain);
    at = close + 1;
    return start == steps.here() || modified(start);
  }

  /// `?`, `+` or `*` behind what began at `start`.
  private boolean modified(int start) {
    char c = at < text.length() ? text.charAt(at) : ' ';
    if ("?+*".indexOf(c) < 0) return true;
    at++;
    if (c != '+') steps.jump(start, steps.here());
    if (c != '?') steps.jump(steps.here(), start);
    return true;
  }

  private static String lower(String text) {
    return text.toLowerCase(java.util.Locale.ROOT);
  }
}
