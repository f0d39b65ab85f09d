package io.tidegate.hub.mercure;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// One selector that somebody asks for now, as others are told of it.
///
/// @param version by whose names it is told
/// @param kind of selector
/// @param match the selector as it was written
/// @param subscriber who asks: a name that the hub made
/// @param payload what the subscriber's token says of it, JSON; null if nothing
record ActiveSubscription(
    MercureVersion version,
    String kind,
    String match,
    String subscriber,
    @Nullable String payload) {
  private static final JsonFactory JSON = new JsonFactory();

  /// What the context of its names is in version 0.
  static final String CONTEXT = "https://mercure.rocks/";

  /// This, what holds it, and what its strings cost beside their characters.
  private static final int OBJECT_BYTES = 384;

  /// Where it is found, and the topic of what is published of it.
  String path() {
    var start = Mercure.SUBSCRIPTIONS + "/";
    return switch (version) {
      case MercureVersion.Zero _ -> start + coded(match) + "/" + coded(subscriber);
      case MercureVersion.One _ ->
          start + coded(kind) + "/" + coded(match) + "/" + coded(subscriber);
    };
  }

  /// All but unreserved characters percent-coded, RFC 6570 §3.2.2.
  private static String coded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  /// What its connection is charged while it lasts.
  int heldBytes() {
    int chars = match.length() + subscriber.length() + (payload == null ? 0 : payload.length());
    return OBJECT_BYTES + 2 * chars;
  }

  /// The document of it, which names its context in version 0.
  String document(boolean active) {
    var text = new StringWriter();
    try (var json = JSON.createGenerator(text)) {
      write(json, active, version instanceof MercureVersion.Zero);
    } catch (IOException impossible) {
      throw new UncheckedIOException("written to memory", impossible);
    }
    return text.toString();
  }

  /// Writes it, as part of a list without its context.
  void write(JsonGenerator json, boolean active, boolean withContext) throws IOException {
    boolean isOne = version instanceof MercureVersion.One;
    json.writeStartObject();
    if (withContext) json.writeStringField("@context", CONTEXT);
    json.writeStringField("id", path());
    json.writeStringField("type", isOne ? "subscription" : "Subscription");
    json.writeStringField("subscriber", subscriber);
    if (isOne) {
      json.writeStringField("match_type", kind);
      json.writeStringField("match", match);
    } else {
      json.writeStringField("topic", match);
    }
    json.writeBooleanField("active", active);
    if (payload != null) {
      json.writeFieldName("payload");
      json.writeRawValue(payload);
    }
    json.writeEndObject();
  }
}
