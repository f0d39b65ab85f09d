package io.tidegate.edge.keys;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// One line of a token file: `NAME SHA256HEX [names=GLOB,...] [tunnels=8] [links=4] [share=50%]`.
public final class KeyLine {
  private static final List<String> OPTIONS = List.of("names", "tunnels", "links", "share");
  private static final Pattern BLANKS = Pattern.compile("[ \\t]+");

  private KeyLine() {}

  /// Reads one line.
  ///
  /// @throws IllegalArgumentException with a message for the one who wrote the line
  public static Key parse(String line) {
    var words = BLANKS.split(line.strip(), -1);
    if (words.length < 2) {
      throw new IllegalArgumentException(
          "expected NAME SHA256HEX [names=GLOB,...] [tunnels=8] [links=4] [share=50%]");
    }
    var key = Key.of(words[0], words[1].toLowerCase(Locale.ROOT));
    var seen = new HashSet<String>();
    for (var word : List.of(words).subList(2, words.length)) {
      var equals = word.indexOf('=');
      var option = equals < 0 ? word : word.substring(0, equals);
      if (OPTIONS.contains(option) && !seen.add(option)) {
        throw new IllegalArgumentException("'" + option + "' is given twice");
      }
      if (!OPTIONS.contains(option)) {
        throw new IllegalArgumentException(
            "unknown option '" + option + "'" + Spelling.hint(option, OPTIONS));
      }
      if (equals < 0) {
        throw new IllegalArgumentException("'" + option + "' lacks its value: " + option + "=...");
      }
      key = with(key, option, word.substring(equals + 1));
    }
    return key;
  }

  private static Key with(Key key, String option, String value) {
    var names = key.names();
    var tunnels = key.tunnels();
    var links = key.links();
    var share = key.sharePercent();
    switch (option) {
      case "names" -> names = List.of(value.split(",", -1));
      case "tunnels" -> tunnels = number(option, value);
      case "links" -> links = number(option, value);
      case "share" -> share = percent(value);
      default -> throw new IllegalStateException(option);
    }
    return new Key(key.name(), key.sha256(), names, tunnels, links, share);
  }

  private static int percent(String value) {
    if (!value.endsWith("%")) {
      throw new IllegalArgumentException("share is a percentage such as share=50%: " + value);
    }
    return number("share", value.substring(0, value.length() - 1));
  }

  private static int number(String option, String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException _) {
      throw new IllegalArgumentException(option + " is not a number: " + value);
    }
  }
}
