package io.tidegate.link;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.tidegate.net.CutReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Control messages as lines of JSON and back.
///
/// What is read is bounded before it is built: one line, [#DEPTH] levels, one value a field. Texts
/// are cut to [#MOST_CHARS] both ways, and on reading every character that could steer a terminal
/// or turn text around is escaped.
final class ControlCodec {
  /// Longest line, the line feed not counted.
  static final int LINE_BYTES = 16 * 1024;

  /// Characters of one text.
  static final int MOST_CHARS = 256;

  /// Levels of nesting, that of the line's object included.
  static final int DEPTH = 8;

  private static final int MOST_UPGRADES = 16;

  /// Field names are not kept between lines: a peer chooses them.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH)
                  .maxStringLength(LINE_BYTES)
                  .maxNameLength(64)
                  .maxNumberLength(20)
                  .maxDocumentLength(LINE_BYTES)
                  .build())
          .build();

  private ControlCodec() {}

  /// The peer's line is no message.
  static final class BadLineException extends Exception {
    private static final long serialVersionUID = 1;

    BadLineException(String detail) {
      super(detail, null, false, false);
    }
  }

  /// Writes `message` and a line feed to the front of `target`; returns how many bytes.
  ///
  /// @throws IllegalArgumentException if it is longer than `target`
  static int write(Control message, byte[] target) {
    var out = new ArrayOutput(target);
    try (var json = JSON.createGenerator(out)) {
      json.writeStartObject();
      write(json, message);
      json.writeEndObject();
      json.writeRaw('\n');
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return out.length;
  }

  private static void write(JsonGenerator json, Control message) throws IOException {
    switch (message) {
      case Control.Register register -> writeRegister(json, register);
      case Control.Registered(int claim, int generation, String name, String url) -> {
        type(json, "registered");
        json.writeNumberField("claim", claim);
        json.writeNumberField("generation", Integer.toUnsignedLong(generation));
        text(json, "name", name);
        text(json, "url", url);
      }
      case Control.Refused(int claim, String reason) -> {
        type(json, "refused");
        json.writeNumberField("claim", claim);
        text(json, "reason", reason);
      }
      case Control.Superseded(String name) -> {
        type(json, "superseded");
        text(json, "name", name);
      }
      case Control.Rotate() -> type(json, "rotate");
      case Control.Exchange exchange -> writeExchange(json, exchange);
    }
  }

  private static void writeRegister(JsonGenerator json, Control.Register register)
      throws IOException {
    type(json, "register");
    json.writeNumberField("claim", register.claim());
    text(json, "name", register.name());
    text(json, "kind", register.kind().name().toLowerCase(Locale.ROOT));
    json.writeArrayFieldStart("upgrades");
    for (var upgrade : register.upgrades()) json.writeString(cut(upgrade));
    json.writeEndArray();
    text(json, "hostHeader", register.hostHeader());
    json.writeNumberField("answerSeconds", register.answerSeconds());
  }

  private static void writeExchange(JsonGenerator json, Control.Exchange exchange)
      throws IOException {
    type(json, "exchange");
    json.writeNumberField("stream", exchange.streamId());
    json.writeNumberField("claim", exchange.claim());
    text(json, "method", exchange.method());
    text(json, "target", exchange.target());
    json.writeNumberField("status", exchange.status());
    json.writeNumberField("millis", exchange.millis());
    json.writeNumberField("requestBegan", exchange.requestBegan());
    json.writeNumberField("requestEnded", exchange.requestEnded());
    json.writeNumberField("answerBegan", exchange.answerBegan());
    json.writeNumberField("answerEnded", exchange.answerEnded());
    if (exchange.cut() != null) text(json, "cut", exchange.cut().label());
  }

  private static void type(JsonGenerator json, String name) throws IOException {
    json.writeStringField("type", name);
  }

  private static void text(JsonGenerator json, String field, String value) throws IOException {
    json.writeStringField(field, cut(value));
  }

  /// Reads one line; null if it is a well-formed message of a type that we do not know.
  ///
  /// @throws BadLineException if it is none
  static @Nullable Control read(byte[] line, int length) throws BadLineException {
    try (var json = JSON.createParser(new ByteArrayInputStream(line, 0, length))) {
      if (json.nextToken() != JsonToken.START_OBJECT) throw new BadLineException("no object");
      var fields = fields(json);
      if (json.nextToken() != null) throw new BadLineException("something behind the object");
      return message(new Fields(fields));
    } catch (JsonProcessingException bad) {
      throw new BadLineException(bad.getOriginalMessage());
    } catch (IOException bad) {
      throw new BadLineException("not UTF-8");
    }
  }

  private static Map<String, Object> fields(JsonParser json) throws IOException {
    var fields = new HashMap<String, Object>();
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      var name = json.currentName();
      switch (json.nextToken()) {
        case VALUE_STRING -> fields.put(name, json.getText());
        case VALUE_NUMBER_INT -> fields.put(name, json.getLongValue());
        case START_ARRAY -> fields.put(name, texts(json));
        case START_OBJECT -> json.skipChildren();
        default -> {}
      }
    }
    return fields;
  }

  /// The texts of an array; what else stands in it is skipped.
  private static List<String> texts(JsonParser json) throws IOException {
    var texts = new ArrayList<String>();
    for (var token = json.nextToken(); token != JsonToken.END_ARRAY; token = json.nextToken()) {
      if (token == null) break;
      if (token == JsonToken.VALUE_STRING && texts.size() < MOST_UPGRADES) {
        texts.add(shown(json.getText()));
      } else {
        json.skipChildren();
      }
    }
    return texts;
  }

  private static @Nullable Control message(Fields of) throws BadLineException {
    return switch (of.text("type")) {
      case "register" ->
          new Control.Register(
              of.claim(),
              of.text("name"),
              of.kind(),
              of.texts("upgrades"),
              of.text("hostHeader"),
              (int) of.number("answerSeconds", 1, 3600));
      case "registered" ->
          new Control.Registered(
              of.claim(),
              (int) of.number("generation", 0, 0xFFFF_FFFFL),
              of.text("name"),
              of.text("url"));
      case "refused" -> new Control.Refused(of.claim(), of.text("reason"));
      case "superseded" -> new Control.Superseded(of.text("name"));
      case "rotate" -> new Control.Rotate();
      case "exchange" ->
          new Control.Exchange(
              (int) of.number("stream", 0, Integer.MAX_VALUE),
              of.claim(),
              of.text("method"),
              of.text("target"),
              (int) of.number("status", 0, 999),
              of.number("millis", 0, Long.MAX_VALUE),
              of.number("requestBegan", 0, Long.MAX_VALUE),
              of.number("requestEnded", 0, Long.MAX_VALUE),
              of.number("answerBegan", 0, Long.MAX_VALUE),
              of.number("answerEnded", 0, Long.MAX_VALUE),
              of.cut());
      default -> null;
    };
  }

  /// The fields of one message, asked for by name.
  private record Fields(Map<String, Object> byName) {
    String text(String name) throws BadLineException {
      if (byName.get(name) instanceof String text) return shown(text);
      throw new BadLineException("no text '" + name + "'");
    }

    List<String> texts(String name) throws BadLineException {
      if (!(byName.get(name) instanceof List<?> list)) {
        throw new BadLineException("no list '" + name + "'");
      }
      return list.stream().map(String.class::cast).toList();
    }

    long number(String name, long least, long most) throws BadLineException {
      if (byName.get(name) instanceof Long number && number >= least && number <= most) {
        return number;
      }
      throw new BadLineException("no number '" + name + "' in " + least + ".." + most);
    }

    int claim() throws BadLineException {
      return (int) number("claim", 0, 0xFFFF);
    }

    Preface.Kind kind() throws BadLineException {
      return switch (text("kind")) {
        case "http" -> Preface.Kind.HTTP;
        case "tcp" -> Preface.Kind.TCP;
        default -> throw new BadLineException("no such kind");
      };
    }

    @Nullable CutReason cut() throws BadLineException {
      if (!byName.containsKey("cut")) return null;
      var label = text("cut");
      for (var reason : CutReason.values()) {
        if (reason.label().equals(label)) return reason;
      }
      return CutReason.INTERNAL;
    }
  }

  /// The first characters of `text`, none of them half.
  private static String cut(String text) {
    if (text.length() <= MOST_CHARS) return text;
    int end = Character.isHighSurrogate(text.charAt(MOST_CHARS - 1)) ? MOST_CHARS - 1 : MOST_CHARS;
    return text.substring(0, end);
  }

  /// `text` as it may be shown: cut, and what steers terminals or turns text around written out.
  static String shown(String text) {
    var kept = cut(text);
    if (kept.codePoints().noneMatch(ControlCodec::isUnsafe)) return kept;
    var shown = new StringBuilder();
    kept.codePoints()
        .forEach(point -> {
          if (isUnsafe(point)) shown.append("\\u{").append(Integer.toHexString(point)).append('}');
          else shown.appendCodePoint(point);
        });
    return shown.toString();
  }

  private static boolean isUnsafe(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }

  /// Writes into an array of fixed length.
  private static final class ArrayOutput extends OutputStream {
    private final byte[] target;
    private int length;

    ArrayOutput(byte[] target) {
      this.target = target;
    }

    @Override
    public void write(int octet) {
      write(new byte[] {(byte) octet}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int count) {
      if (count > target.length - length) throw new IllegalArgumentException("line too long");
      System.arraycopy(bytes, from, target, length, count);
      length += count;
    }
  }
}
