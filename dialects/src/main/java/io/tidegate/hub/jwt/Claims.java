package io.tidegate.hub.jwt;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a verified token says, RFC 7519 §4. Immutable, if the values are left alone.
public final class Claims {
  /// The last second of the year 9999, which is as good as never.
  private static final double LAST_SECOND = 253_402_300_799.0;

  private final Map<String, @Nullable Object> values;

  Claims(Map<String, @Nullable Object> values) {
    this.values = values;
  }

  /// Who it is about (`sub`); null if nobody.
  public @Nullable String subject() {
    return text("sub");
  }

  /// When it expires (`exp`); null if never.
  public @Nullable Instant expires() {
    return instant("exp");
  }

  /// From when on it counts (`nbf`); null if from ever.
  @Nullable Instant notBefore() {
    return instant("nbf");
  }

  /// The text of the claim `name`; null if there is none, or it is no text.
  public @Nullable String text(String name) {
    return values.get(name) instanceof String text ? text : null;
  }

  /// Whether there is a claim `name`.
  public boolean has(String name) {
    return values.containsKey(name);
  }

  /// The object in the claim `name`, as claims of its own; null if there is none.
  public @Nullable Claims object(String name) {
    return values.get(name) instanceof Map<?, ?> inner ? of(inner) : null;
  }

  /// The texts in the list `name`; null if there is none, or something else is among them.
  public @Nullable List<String> texts(String name) {
    if (!(values.get(name) instanceof List<?> list)) return null;
    var texts = new ArrayList<String>();
    for (var each : list) {
      if (!(each instanceof String text)) return null;
      texts.add(text);
    }
    return texts;
  }

  /// The objects in the list `name`, as claims of their own; null if there is none, or something
  /// else is among them.
  public @Nullable List<Claims> objects(String name) {
    if (!(values.get(name) instanceof List<?> list)) return null;
    var objects = new ArrayList<Claims>();
    for (var each : list) {
      if (!(each instanceof Map<?, ?> inner)) return null;
      objects.add(of(inner));
    }
    return objects;
  }

  /// The value of the claim `name` as JSON, at most as long as the token; null if there is none.
  /// Numbers come with 53 bits, as scripts have them.
  public @Nullable String json(String name) {
    return values.get(name) == null ? null : JsonObject.write(values.get(name));
  }

  private static Claims of(Map<?, ?> object) {
    var claims = new LinkedHashMap<String, @Nullable Object>();
    object.forEach((key, value) -> claims.put((String) key, value));
    return new Claims(claims);
  }

  private @Nullable Instant instant(String name) {
    if (!(values.get(name) instanceof Double seconds)) return null;
    return Instant.ofEpochMilli((long) (Math.clamp(seconds, 0, LAST_SECOND) * 1_000));
  }

  @Override
  public String toString() {
    return "claims " + values.keySet();
  }
}
