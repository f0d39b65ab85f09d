package io.tidegate.hub.centrifugo;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.StringWriter;
import org.jspecify.annotations.Nullable;

/// JSON on one line: a line feed would end the reply that it becomes part of. Pure.
final class OneLine {
  private static final int MOST_LEVELS = 64;

  /// Of what clients say, and of what is said to them: at most 64 levels.
  static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder().maxNestingDepth(MOST_LEVELS).build())
          .build();

  private OneLine() {}

  /// The value at which `in` stands, which then stands at its end.
  static String of(JsonParser in) throws IOException {
    var out = new StringWriter();
    try (var json = JSON.createGenerator(out)) {
      int level = step(in, json);
      while (level > 0) {
        var _ = in.nextToken();
        level += step(in, json);
      }
    }
    return out.toString();
  }

  /// Copies one token; returns 1 if it opens a level, -1 if it closes one.
  private static int step(JsonParser in, JsonGenerator out) throws IOException {
    switch (in.currentToken()) {
      // in the digits that were sent: a double has fewer
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> out.writeNumber(in.getText());
      case null -> throw new IOException("an end too early");
      default -> out.copyCurrentEvent(in);
    }
    if (in.currentToken().isStructStart()) return 1;
    return in.currentToken().isStructEnd() ? -1 : 0;
  }

  /// `text` on one line; null if it is not one JSON value.
  static @Nullable String of(byte[] text) {
    try (var in = JSON.createParser(text)) {
      if (in.nextToken() == null) return null;
      var one = of(in);
      return in.nextToken() == null ? one : null;
    } catch (IOException none) {
      return null;
    }
  }

  /// `text` as a JSON string.
  static String quoted(String text) {
    var out = new StringWriter();
    try (var json = JSON.createGenerator(out)) {
      json.writeString(text);
    } catch (IOException impossible) {
      throw new java.io.UncheckedIOException("written to memory", impossible);
    }
    return out.toString();
  }
}
