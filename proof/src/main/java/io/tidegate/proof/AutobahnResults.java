package io.tidegate.proof;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// What Autobahn's index says of every case that it ran.
///
/// @param cases by their numbers
record AutobahnResults(Map<String, Case> cases) {
  private static final Set<String> GOOD = Set.of("OK", "INFORMATIONAL");

  /// One case.
  ///
  /// @param behavior what was thought of the messages
  /// @param close what was thought of the closing handshake
  /// @param code the close code that was received, 0 if none
  record Case(String behavior, String close, int code) {
    boolean isGood() {
      return GOOD.contains(behavior) && GOOD.contains(close);
    }
  }

  /// Reads `index.json`.
  static AutobahnResults read(Path index) throws IOException {
    var cases = new TreeMap<String, Case>();
    try (var json = new JsonFactory().createParser(index.toFile())) {
      var name = "";
      var depth = 0;
      for (var token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token == JsonToken.FIELD_NAME) name = json.currentName();
        else if (token == JsonToken.END_OBJECT) depth--;
        else if (token == JsonToken.START_OBJECT && ++depth == 3) {
          cases.put(name, readCase(json));
          depth--;
        }
      }
    }
    return new AutobahnResults(cases);
  }

  private static Case readCase(JsonParser json) throws IOException {
    var behavior = "";
    var close = "";
    var code = 0;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      var field = json.currentName();
      var _ = json.nextToken();
      switch (field) {
        case "behavior" -> behavior = json.getText();
        case "behaviorClose" -> close = json.getText();
        case "remoteCloseCode" -> code = json.getValueAsInt();
        default -> json.skipChildren();
      }
    }
    return new Case(behavior, close, code);
  }

  /// How many cases are good in both respects.
  long good() {
    return cases.values().stream().filter(Case::isGood).count();
  }

  /// The cases that are not, with what was thought of them.
  List<String> faults() {
    return cases.entrySet().stream()
        .filter(entry -> !entry.getValue().isGood())
        .map(entry -> entry.getKey() + " " + entry.getValue())
        .toList();
  }

  /// The numbers of the cases that ended with `code`.
  List<String> endedWith(int code) {
    return cases.entrySet().stream()
        .filter(entry -> entry.getValue().code() == code)
        .map(Map.Entry::getKey)
        .toList();
  }
}
