package io.tidegate.hub.jwt;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads one small JSON object: at most 16 KiB, 16 levels, no name twice.
final class JsonObject {
  private static final int MOST_BYTES = 16 * 1024;
  private static final int MOST_LEVELS = 16;

  /// No number that means anything in a token has more digits.
  private static final int MOST_DIGITS = 32;

  /// Whole numbers below this are told apart by a double.
  private static final double MOST_WHOLE = 1L << 53;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxDocumentLength(MOST_BYTES)
                  .maxNestingDepth(MOST_LEVELS)
                  .maxStringLength(MOST_BYTES)
                  .maxNameLength(MOST_BYTES)
                  .maxNumberLength(MOST_DIGITS)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private JsonObject() {}

  /// @throws IOException if `utf8` is no JSON object, or a larger one
  static Map<String, @Nullable Object> read(byte[] utf8) throws IOException {
    if (utf8.length > MOST_BYTES) throw new IOException("longer than " + MOST_BYTES + " bytes");
    try (var in = JSON.createParser(utf8)) {
      if (in.nextToken() != JsonToken.START_OBJECT) throw new IOException("no object");
      var object = object(in);
      if (in.nextToken() != null) throw new IOException("more than one object");
      return object;
    }
  }

  private static Map<String, @Nullable Object> object(JsonParser in) throws IOException {
    var object = new LinkedHashMap<String, @Nullable Object>();
    while (in.nextToken() == JsonToken.FIELD_NAME) {
      var name = in.currentName();
      var _ = in.nextToken();
      object.put(name, value(in));
    }
    return object;
  }

  private static @Nullable Object value(JsonParser in) throws IOException {
    return switch (in.currentToken()) {
      case START_OBJECT -> object(in);
      case START_ARRAY -> list(in);
      case VALUE_STRING -> in.getText();
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> in.getDoubleValue();
      case VALUE_TRUE -> true;
      case VALUE_FALSE -> false;
      default -> null;
    };
  }

  /// What was read, written again.
  static String write(@Nullable Object value) {
    var text = new StringWriter();
    try (var out = JSON.createGenerator(text)) {
      write(value, out);
    } catch (IOException impossible) {
      throw new UncheckedIOException("written to memory", impossible);
    }
    return text.toString();
  }

  private static void write(@Nullable Object value, JsonGenerator out) throws IOException {
    switch (value) {
      case null -> out.writeNull();
      case String text -> out.writeString(text);
      case Boolean is -> out.writeBoolean(is);
      case Double number when number == Math.rint(number) && Math.abs(number) < MOST_WHOLE ->
          out.writeNumber(number.longValue());
      case Double number -> out.writeNumber(number);
      case List<?> list -> {
        out.writeStartArray();
        for (var each : list) write(each, out);
        out.writeEndArray();
      }
      case Map<?, ?> object -> {
        out.writeStartObject();
        for (var each : object.entrySet()) {
          out.writeFieldName((String) each.getKey());
          write(each.getValue(), out);
        }
        out.writeEndObject();
      }
      default -> throw new IllegalArgumentException("never read: " + value.getClass());
    }
  }

  private static List<@Nullable Object> list(JsonParser in) throws IOException {
    var list = new ArrayList<@Nullable Object>();
    while (in.nextToken() != JsonToken.END_ARRAY) list.add(value(in));
    return list;
  }
}
