package io.tidegate.hub.mercure;

import io.tidegate.http.semantics.HttpError;
import io.tidegate.hub.mercure.Steps.Kind;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Topics that a URI template of any level expands to (RFC 6570): `{+path}`, `{#section}`,
/// `{.format}`, `{/a,b}`, `{;x}`, `{?topic,lang}`, `{&more*}`. Variables come in their order, each
/// may be missing; `{name:3}` takes longer values too.
///
/// @param text as it was written, which a topic of that name matches too
/// @param steps what it comes to
record Expansion(String text, Steps steps) implements TopicSelector {
  private static final String NAME = "(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})";
  private static final Pattern VARIABLE =
      Pattern.compile(NAME + "+(?:\\." + NAME + "+)*(?:\\*|:[1-9][0-9]{0,3})?");

  /// What `text` expands to; null if it is no template.
  ///
  /// @throws HttpError 400 if it has more variables than are looked at, some thirty
  static @Nullable Expansion parse(String text) {
    var builder = new Steps.Builder();
    int from = 0;
    for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', from)) {
      int close = text.indexOf('}', open);
      var literal = text.substring(from, open);
      if (close < 0 || literal.indexOf('}') >= 0) return null;
      builder.text(literal);
      if (!expression(builder, text.substring(open + 1, close))) return null;
      from = close + 1;
    }
    if (text.indexOf('}', from) >= 0) return null;
    builder.text(text.substring(from));
    requireFew(builder);
    return new Expansion(text, builder.steps());
  }

  private static void requireFew(Steps.Builder builder) {
    if (!builder.fits()) throw new HttpError(400, "a template of too many variables");
  }

  /// Adds what stands between braces; false if it is no expression.
  private static boolean expression(Steps.Builder builder, String text) {
    var operator = Operator.of(text);
    var variables = List.of(text.substring(operator.sign.length()).split(",", -1));
    for (var variable : variables) if (!VARIABLE.matcher(variable).matches()) return false;
    operator.add(builder, variables);
    return true;
  }

  /// RFC 6570 §2.2 and appendix A.
  private enum Operator {
    SIMPLE("", "", ",", Kind.UNRESERVED),
    PLUS("+", "", ",", Kind.RESERVED),
    FRAGMENT("#", "#", ",", Kind.RESERVED),
    LABEL(".", ".", ".", Kind.UNRESERVED),
    SEGMENTS("/", "/", "/", Kind.UNRESERVED),
    PARAMETERS(";", ";", ";", Kind.UNRESERVED),
    QUERY("?", "?", "&", Kind.UNRESERVED),
    MORE("&", "&", "&", Kind.UNRESERVED);

    private final String sign;
    private final String first;
    private final String separator;
    private final Kind value;

    Operator(String sign, String first, String separator, Kind value) {
      this.sign = sign;
      this.first = first;
      this.separator = separator;
      this.value = value;
    }

    static Operator of(String text) {
      for (var each : values()) if (!each.sign.isEmpty() && text.startsWith(each.sign)) return each;
      return SIMPLE;
    }

    private boolean isNamed() {
      return this == PARAMETERS || this == QUERY || this == MORE;
    }

    /// Who comes to a separator may leave it and its variable out, so to the next one; and from the
    /// beginning any variable may be the first.
    void add(Steps.Builder builder, List<String> variables) {
      int begin = builder.here();
      builder.text(first);
      int start = builder.here();
      var separators = new int[variables.size()];
      for (int i = 0; i < separators.length; i++) {
        separators[i] = builder.here();
        if (i > 0) {
          builder.text(separator);
          builder.jump(start, builder.here());
          if (i > 1) builder.jump(separators[i - 1], separators[i]);
        }
        variable(builder, variables.get(i));
      }
      int end = builder.here();
      if (separators.length > 1) builder.jump(separators[separators.length - 1], end);
      builder.jump(begin, end);
    }

    private void variable(Steps.Builder builder, String spec) {
      if (spec.endsWith("*")) list(builder);
      else if (isNamed()) named(builder, spec.split(":", 2)[0]);
      else builder.many(value);
    }

    /// Values or pairs, as many as there are.
    private void list(Steps.Builder builder) {
      builder.many(pairs());
      int more = builder.here();
      builder.text(separator);
      int next = builder.here();
      builder.many(pairs());
      builder.jump(more, builder.here());
      builder.jump(next, more);
    }

    private Kind pairs() {
      return value == Kind.RESERVED ? value : Kind.PAIRS;
    }

    /// `name=value`; of `;` also `name` alone, if the value is empty.
    private void named(Steps.Builder builder, String name) {
      builder.text(name);
      int sign = builder.here();
      builder.text("=");
      builder.many(value);
      if (this == PARAMETERS) builder.jump(sign, builder.here());
    }
  }

  @Override
  public int jumps() {
    return steps.jumps();
  }

  @Override
  public int heldBytes() {
    return 64 + 2 * text.length() + steps.heldBytes();
  }

  @Override
  public boolean matches(String topic) {
    return topic.equals(text) || steps.matches(topic);
  }
}
