package io.tidegate.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidegate.hub.Hub;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Loops;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/// What a hub holds and does, as JSON: its figures, up to 200 topics, its memory and the
/// connections'.
final class HubPage {
  private static final int MOST_TOPICS = 200;
  private static final JsonFactory JSON = new JsonFactory();

  private HubPage() {}

  static byte[] of(Hub hub, Loops loops) {
    var bytes = new ByteArrayOutputStream(4096);
    try (var json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      figures(json, hub.figures());
      json.writeArrayFieldStart("topics");
      for (var topic : hub.topics(MOST_TOPICS)) topic(json, topic);
      json.writeEndArray();
      memory(json, "rings", hub.census());
      json.writeObjectFieldStart("connections");
      json.writeNumberField("open", loops.connectionCount());
      json.writeNumberField("direct", loops.chargedBytes(Purse.DIRECT));
      json.writeNumberField("heap", loops.chargedBytes(Purse.HEAP));
      json.writeEndObject();
      json.writeNumberField("usedDirect", Loops.usedDirectBytes());
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("written to memory", e);
    }
    return bytes.toByteArray();
  }

  private static void figures(JsonGenerator json, Hub.Figures figures) throws IOException {
    json.writeNumberField("topicCount", figures.topics());
    json.writeNumberField("subscriptions", figures.subscriptions());
    json.writeNumberField("published", figures.published());
    json.writeNumberField("refused", figures.refused());
    json.writeNumberField("delivered", figures.delivered());
    json.writeNumberField("dropped", figures.dropped());
    json.writeNumberField("gaps", figures.gaps());
    json.writeNumberField("cut", figures.cut());
    json.writeNumberField("ringBytes", figures.ringBytes());
    json.writeNumberField("leftBytes", figures.leftBytes());
  }

  private static void topic(JsonGenerator json, Hub.TopicFigures topic) throws IOException {
    json.writeStartObject();
    json.writeStringField("name", topic.name());
    json.writeStringField("head", topic.head().toString());
    json.writeNumberField("kept", topic.kept());
    json.writeNumberField("ringBytes", topic.ringBytes());
    json.writeNumberField("subscriptions", topic.subscriptions());
    json.writeNumberField("delivered", topic.delivered());
    json.writeNumberField("dropped", topic.dropped());
    json.writeNumberField("ageMillis", topic.ageMillis());
    json.writeEndObject();
  }

  private static void memory(JsonGenerator json, String name, Census census) throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("direct", census.direct().held());
    json.writeNumberField("directLimit", census.direct().limit());
    json.writeNumberField("heap", census.heap().held());
    json.writeNumberField("heapLimit", census.heap().limit());
    json.writeEndObject();
  }
}
