package io.tidegate.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What an edge's `GET /census` says; fields that are not named here are passed over.
///
/// @param granted bytes held, by purse
/// @param limits what the purses may hold
/// @param numbers the single numbers: `unfilled`, `usedDirect`, `rung`, `connectionCount`
/// @param cuts how many, by reason
/// @param tunnels at most [#MOST_ROWS]
/// @param connections at most [#MOST_ROWS], the largest holder first
record EdgeFigures(
    Map<String, Long> granted,
    Map<String, Long> limits,
    Map<String, Long> numbers,
    Map<String, Long> cuts,
    List<Row> tunnels,
    List<Row> connections) {
  static final int MOST_ROWS = 1_000;
  private static final JsonFactory JSON = new JsonFactory();

  /// One object of a list: its texts and its numbers by field name.
  record Row(Map<String, String> texts, Map<String, Long> numbers) {
    String text(String field) {
      return texts.getOrDefault(field, "");
    }

    long number(String field) {
      return numbers.getOrDefault(field, 0L);
    }
  }

  long number(String field) {
    return numbers.getOrDefault(field, 0L);
  }

  /// Reads a census.
  ///
  /// @throws IOException if it is not JSON of that shape
  static EdgeFigures parse(byte[] json) throws IOException {
    var figures =
        new EdgeFigures(
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new TreeMap<>(),
            new ArrayList<>(),
            new ArrayList<>());
    try (var in = JSON.createParser(json)) {
      if (in.nextToken() != JsonToken.START_OBJECT) throw new IOException("not a census");
      while (in.nextToken() == JsonToken.FIELD_NAME) figures.field(in);
    }
    return figures;
  }

  private void field(JsonParser in) throws IOException {
    var name = in.currentName();
    var value = in.nextToken();
    switch (name) {
      case "granted" -> row(in).numbers.forEach(granted::put);
      case "limits" -> row(in).numbers.forEach(limits::put);
      case "cuts" -> row(in).numbers.forEach(cuts::put);
      case "tunnels" -> rows(in, tunnels);
      case "connections" -> rows(in, connections);
      default -> {
        if (value == JsonToken.VALUE_NUMBER_INT) numbers.put(name, in.getLongValue());
        else in.skipChildren();
      }
    }
  }

  private static void rows(JsonParser in, List<Row> rows) throws IOException {
    if (in.currentToken() != JsonToken.START_ARRAY) throw new IOException("not a list");
    while (in.nextToken() == JsonToken.START_OBJECT) {
      var row = row(in);
      if (rows.size() < MOST_ROWS) rows.add(row);
    }
  }

  private static Row row(JsonParser in) throws IOException {
    if (in.currentToken() != JsonToken.START_OBJECT) throw new IOException("not an object");
    var row = new Row(new TreeMap<>(), new TreeMap<>());
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      var name = in.currentName();
      switch (in.nextToken()) {
        case VALUE_NUMBER_INT -> row.numbers.put(name, in.getLongValue());
        case VALUE_STRING -> row.texts.put(name, in.getText());
        case null, default -> in.skipChildren();
      }
    }
    return row;
  }
}
