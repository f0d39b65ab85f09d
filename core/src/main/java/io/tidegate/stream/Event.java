package io.tidegate.stream;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One server-sent event (HTML, "server-sent events"). Immutable.
///
/// @param data what it says, of any number of lines
/// @param name its type; null for `message`
/// @param id what a browser that reconnects names in Last-Event-ID; null to leave that as it is
/// @param retry how long a browser waits before it reconnects; null to leave that as it is
public record Event(
    String data, @Nullable String name, @Nullable String id, @Nullable Duration retry) {
  /// @throws IllegalArgumentException if a name or id could end its line, or a time is negative
  public Event {
    requireLine("name", name);
    requireLine("id", id);
    if (retry != null && retry.isNegative())
      throw new IllegalArgumentException("retry negative: " + retry);
  }

  private static void requireLine(String what, @Nullable String text) {
    if (text != null && text.chars().anyMatch(c -> c == '\r' || c == '\n' || c == 0))
      throw new IllegalArgumentException(what + " holds a line end or NUL");
  }

  /// An event of type `message`.
  public static Event of(String data) {
    return new Event(data, null, null, null);
  }

  /// This event with a type.
  public Event withName(String name) {
    return new Event(data, name, id, retry);
  }

  /// This event with an id.
  public Event withId(String id) {
    return new Event(data, name, id, retry);
  }

  /// This event with a time to reconnect after.
  public Event withRetry(Duration retry) {
    return new Event(data, name, id, retry);
  }

  /// As it goes over the wire.
  byte[] bytes() {
    var text = new StringBuilder(data.length() + 32);
    if (name != null) text.append("event: ").append(name).append('\n');
    if (id != null) text.append("id: ").append(id).append('\n');
    if (retry != null) text.append("retry: ").append(retry.toMillis()).append('\n');
    for (var line : data.split("\r\n|\r|\n", -1)) text.append("data: ").append(line).append('\n');
    return text.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }
}
