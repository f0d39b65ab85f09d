package io.tidegate.hub.mercure;

import java.util.ArrayList;
import java.util.List;

/// Which topics a subscriber asks for, or a token allows: one by its name, all by `*`, or those of
/// a URI template (RFC 6570), such as `https://example.com/books/{id}`, or of a URL pattern.
///
/// Pure, immutable; a look takes time in proportion to the topic's length.
sealed interface TopicSelector
    permits TopicSelector.All, TopicSelector.One, TopicSelector.Template, Expansion, UrlPattern {
  /// Whether `topic` is one of them.
  boolean matches(String topic);

  /// As above, where `url` is the topic's as [TopicUrl] spells it; empty if it has none.
  default boolean matches(String topic, String url) {
    return matches(topic);
  }

  /// What a look costs for each of the topic's characters beside the character.
  default int jumps() {
    return 0;
  }

  /// What it is charged while somebody asks for it: itself, its text, and the text of each part.
  int heldBytes();

  /// What an object and a text of so many characters cost.
  private static int size(int chars) {
    return 64 + 2 * chars;
  }

  /// What `parts` cost, with what holds them.
  static int heldBytes(List<String> parts) {
    int bytes = size(0);
    for (var part : parts) bytes += size(part.length());
    return bytes;
  }

  /// The selector that `text` writes. Every text is one: what is no template stands for itself.
  ///
  /// @throws io.tidegate.http.semantics.HttpError 400 if it is a template of too many variables
  static TopicSelector of(String text) {
    if (text.equals("*")) return new All();
    var parts = Template.parts(text);
    if (parts.size() > 1) return new Template(text, parts);
    var expansion = text.indexOf('{') < 0 ? null : Expansion.parse(text);
    return expansion == null ? new One(text) : expansion;
  }

  /// Whether one of the topics of `update` is one of `selectors`'.
  static boolean anyMatches(List<TopicSelector> selectors, Update update) {
    for (int i = 0; i < update.topics().size(); i++) {
      if (matches(selectors, update, i)) return true;
    }
    return false;
  }

  /// Whether each of the topics of `update` is one of `selectors`'.
  static boolean allMatch(List<TopicSelector> selectors, Update update) {
    for (int i = 0; i < update.topics().size(); i++) {
      if (!matches(selectors, update, i)) return false;
    }
    return true;
  }

  private static boolean matches(List<TopicSelector> selectors, Update update, int i) {
    for (var selector : selectors) {
      if (selector.matches(update.topics().get(i), update.url(i))) return true;
    }
    return false;
  }

  /// All topics.
  record All() implements TopicSelector {
    @Override
    public int heldBytes() {
      return size(0);
    }

    @Override
    public boolean matches(String topic) {
      return true;
    }
  }

  /// The topic of this name.
  record One(String name) implements TopicSelector {
    @Override
    public int heldBytes() {
      return size(name.length());
    }

    @Override
    public boolean matches(String topic) {
      return topic.equals(name);
    }
  }

  /// A template: what stands between its variables. A variable takes unreserved characters and
  /// percent-coded ones, none included (RFC 6570 §3.2.2).
  ///
  /// @param text as it was written, which a topic of that name matches too
  /// @param parts at least two
  record Template(String text, List<String> parts) implements TopicSelector {
    @Override
    public int heldBytes() {
      return size(text.length()) + TopicSelector.heldBytes(parts);
    }

    @Override
    public boolean matches(String topic) {
      return topic.equals(text) || matchesParts(topic);
    }

    /// Each part is looked for as early as can be: as all variables take the same characters, a
    /// later place never helps.
    private boolean matchesParts(String topic) {
      var last = parts.getLast();
      int end = topic.length() - last.length();
      if (!topic.startsWith(parts.getFirst()) || !topic.endsWith(last)) return false;
      int at = parts.getFirst().length();
      for (int i = 1; i < parts.size() - 1; i++) {
        int found = topic.indexOf(parts.get(i), at);
        if (found < 0 || !isVariable(topic, at, found)) return false;
        at = found + parts.get(i).length();
      }
      return at <= end && isVariable(topic, at, end);
    }

    private static boolean isVariable(String topic, int from, int to) {
      for (int i = from; i < to; i++) {
        char c = topic.charAt(i);
        if (!isAlphanumeric(c) && "-._~%".indexOf(c) < 0) return false;
      }
      return true;
    }

    /// What stands between the variables of `text`; `text` alone if it has none, or is no template
    /// of the simplest level.
    static List<String> parts(String text) {
      var parts = new ArrayList<String>();
      int from = 0;
      for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', from)) {
        int close = text.indexOf('}', open);
        if (close < 0 || !isName(text, open + 1, close)) return List.of(text);
        parts.add(text.substring(from, open));
        from = close + 1;
      }
      parts.add(text.substring(from));
      return List.copyOf(parts);
    }

    private static boolean isName(String text, int from, int to) {
      for (int i = from; i < to; i++) {
        char c = text.charAt(i);
        if (!isAlphanumeric(c) && c != '_') return false;
      }
      return to > from;
    }

    private static boolean isAlphanumeric(char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }
  }
}
