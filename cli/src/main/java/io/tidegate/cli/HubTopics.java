package io.tidegate.cli;

import io.tidegate.hub.TopicKind;
import io.tidegate.hub.TopicRule;
import io.tidegate.ledger.Rate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Which topics a hub has: a file of lines such as
///
/// ```
/// # pattern   kind    bounds
/// chat/*      log     ring=256k messages=1000 age=1h message=64k rate=10000
/// prices      keyed   ring=8m keys=10000 removals=1000 message=16k
/// cam/*       latest  message=512k
/// ```
final class HubTopics {
  /// Without a file: cameras, values by key, and logs for all else.
  static final List<TopicRule> DEFAULT =
      List.of(
          TopicRule.of("cam/**", TopicKind.Latest.DEFAULT),
          TopicRule.of("keyed/**", TopicKind.Keyed.DEFAULT),
          TopicRule.of("**", TopicKind.Log.DEFAULT));

  /// A longer file is no list of topics.
  private static final int MOST_LINES = 1_000;

  private static final List<String> LOG = List.of("ring", "messages", "age", "message", "rate");
  private static final List<String> KEYED = List.of("ring", "keys", "removals", "message", "rate");
  private static final List<String> LATEST = List.of("message", "rate");

  private HubTopics() {}

  /// Reads a file.
  ///
  /// @throws CommandFailure with the line that is wrong
  static List<TopicRule> read(Path file) throws IOException {
    var rules = new ArrayList<TopicRule>();
    try (var lines = Files.lines(file)) {
      int number = 0;
      for (var line : (Iterable<String>) lines::iterator) {
        number++;
        if (number > MOST_LINES) throw wrong(file, number, "more than " + MOST_LINES + " lines");
        var words = line.strip();
        if (!words.isEmpty() && !words.startsWith("#")) rules.add(rule(file, number, words));
      }
    }
    return rules;
  }

  private static TopicRule rule(Path file, int number, String line) {
    try {
      return parse(line);
    } catch (IllegalArgumentException wrong) {
      throw wrong(file, number, String.valueOf(wrong.getMessage()));
    }
  }

  private static CommandFailure wrong(Path file, int number, String why) {
    return new CommandFailure(ExitCode.USAGE, file + ", line " + number + ": " + why);
  }

  /// Reads one line.
  ///
  /// @throws IllegalArgumentException if it is none
  static TopicRule parse(String line) {
    var words = line.split("\\s+", -1);
    if (words.length < 2)
      throw new IllegalArgumentException("a topic has a pattern and a kind: log, keyed or latest");
    var bounds = new Bounds(words);
    var kind =
        switch (words[1]) {
          case "log" -> log(bounds.among(LOG));
          case "keyed" -> keyed(bounds.among(KEYED));
          case "latest" -> latest(bounds.among(LATEST));
          default ->
              throw new IllegalArgumentException(
                  "no kind of topic: '" + words[1] + "'; it is log, keyed or latest");
        };
    var rate =
        new Rate(bounds.number("rate", TopicRule.DEFAULT_RATE.count()), Duration.ofSeconds(1));
    return new TopicRule(words[0], kind, rate);
  }

  private static TopicKind log(Bounds bounds) {
    var usual = TopicKind.Log.DEFAULT;
    return new TopicKind.Log(
        bounds.bytes("ring", usual.ringBytes()),
        bounds.number("messages", usual.maxMessages()),
        bounds.time("age", usual.maxAge()),
        bounds.bytes("message", usual.maxMessageBytes()));
  }

  private static TopicKind keyed(Bounds bounds) {
    var usual = TopicKind.Keyed.DEFAULT;
    return new TopicKind.Keyed(
        bounds.bytes("ring", usual.ringBytes()),
        bounds.number("keys", usual.maxKeys()),
        bounds.number("removals", usual.maxTombstones()),
        bounds.bytes("message", usual.maxMessageBytes()));
  }

  private static TopicKind latest(Bounds bounds) {
    return new TopicKind.Latest(
        bounds.bytes("message", TopicKind.Latest.DEFAULT.maxMessageBytes()));
  }

  /// The words behind a kind, `name=value` each.
  private static final class Bounds {
    private final Map<String, String> values = new HashMap<>();

    Bounds(String[] words) {
      for (int i = 2; i < words.length; i++) {
        int sign = words[i].indexOf('=');
        if (sign < 1) throw new IllegalArgumentException("not a bound: '" + words[i] + "'");
        values.put(words[i].substring(0, sign), words[i].substring(sign + 1));
      }
    }

    Bounds among(List<String> known) {
      for (var name : values.keySet()) {
        if (!known.contains(name))
          throw new IllegalArgumentException(
              "unknown bound '" + name + "'; known are " + String.join(", ", known));
      }
      return this;
    }

    int bytes(String name, int usual) {
      var text = values.get(name);
      if (text == null) return usual;
      long bytes = Size.parse(text).bytes();
      if (bytes > Integer.MAX_VALUE)
        throw new IllegalArgumentException(name + " is at most 2047m: " + text);
      return (int) bytes;
    }

    int number(String name, int usual) {
      var text = values.get(name);
      if (text == null) return usual;
      if (!text.matches("[1-9][0-9]{0,8}"))
        throw new IllegalArgumentException(name + " is a number above 0: " + text);
      return Integer.parseInt(text);
    }

    Duration time(String name, Duration usual) {
      var text = values.get(name);
      return text == null ? usual : TimeSpan.parse(text).duration();
    }
  }
}
