package io.tidegate.testkit;

import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The head of an HTTP/1.1 request or answer, byte for byte and split, nothing judged.
///
/// @param raw all of it as ISO 8859-1, the empty line at its end included
/// @param line the first line without its line end
/// @param fields the field lines in their order, values stripped
public record RawHead(String raw, String line, List<Field> fields) {
  private static final int MAX_BYTES = 256 * 1024;

  /// One field line.
  public record Field(String name, String value) {}

  /// Reads one head of at most 256 KiB; null if the peer ended before its first byte.
  static @Nullable RawHead read(Wire wire, Deadline deadline) throws IOException {
    var first = wire.read(deadline);
    if (first < 0) {
      return null;
    }
    var start = String.valueOf((char) first) + wire.until("\n", MAX_BYTES, deadline);
    var raw = new StringBuilder(start);
    while (!raw.toString().endsWith("\n\r\n") && !raw.toString().endsWith("\n\n")) {
      var _ = raw.append(wire.until("\n", MAX_BYTES - raw.length(), deadline));
    }
    return parse(raw.toString());
  }

  private static RawHead parse(String raw) {
    var lines = raw.lines().toList();
    var fields = lines.stream().skip(1).filter(line -> !line.isEmpty()).map(RawHead::field);
    return new RawHead(raw, lines.getFirst(), fields.toList());
  }

  static Field field(String line) {
    var colon = line.indexOf(':');
    return colon < 0
        ? new Field(line, "")
        : new Field(line.substring(0, colon), line.substring(colon + 1).strip());
  }

  /// The value of the first field of this name, whatever its case, or null.
  public @Nullable String first(String name) {
    var all = all(name);
    return all.isEmpty() ? null : all.getFirst();
  }

  /// The values of all fields of this name, whatever its case.
  public List<String> all(String name) {
    return fields.stream()
        .filter(field -> field.name.equalsIgnoreCase(name))
        .map(Field::value)
        .toList();
  }

  /// Whether a field of this name lists `token`, whatever its case.
  public boolean lists(String name, String token) {
    return all(name).stream()
        .flatMap(value -> List.of(value.split(",", -1)).stream())
        .anyMatch(listed -> listed.strip().equalsIgnoreCase(token));
  }

  /// The status of an answer.
  ///
  /// @throws NumberFormatException if this is not an answer's head
  public int status() {
    return Integer.parseInt(word(1));
  }

  /// The method of a request.
  public String method() {
    return word(0);
  }

  /// The target of a request, as sent.
  public String target() {
    return word(1);
  }

  private String word(int index) {
    var words = line.split(" ", 3);
    return index < words.length ? words[index] : "";
  }
}
