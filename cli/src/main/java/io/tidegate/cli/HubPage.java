package io.tidegate.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.tidegate.hub.Delivery;
import io.tidegate.hub.Hub;
import io.tidegate.hub.Subscription;
import io.tidegate.hub.TopicKind;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/// What a hub holds and does, as JSON: its figures, up to 200 topics, its memory and the
/// connections'; for the page that shows it live, the busiest topics and the 20 slowest
/// subscriptions.
final class HubPage {
  private static final int MOST_TOPICS = 200;
  private static final int MOST_SUBSCRIPTIONS = 20;
  private static final JsonFactory JSON = new JsonFactory();

  private HubPage() {}

  /// Topics in no order, as they are now.
  static byte[] of(Hub hub, Loops loops) {
    return write(hub, loops, hub.figures(), hub.topics(MOST_TOPICS), List.of());
  }

  /// As above, after a look at all subscriptions, for which this waits.
  static byte[] live(Hub hub, Loops loops) throws InterruptedException {
    var survey = hub.survey(MOST_TOPICS, MOST_SUBSCRIPTIONS);
    return write(hub, loops, survey.figures(), survey.topics(), survey.slowest());
  }

  private static byte[] write(
      Hub hub,
      Loops loops,
      Hub.Figures figures,
      List<Hub.TopicFigures> topics,
      List<Subscription.Figures> slowest) {
    var bytes = new ByteArrayOutputStream(4096);
    try (var json = JSON.createGenerator(bytes)) {
      json.writeStartObject();
      json.writeNumberField("atMillis", System.nanoTime() / 1_000_000);
      figures(json, figures);
      json.writeArrayFieldStart("topics");
      for (var topic : topics) topic(json, topic);
      json.writeEndArray();
      json.writeArrayFieldStart("slowest");
      for (var one : slowest) subscription(json, one);
      json.writeEndArray();
      memory(json, "rings", hub.census());
      connections(json, loops, loops.root());
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
    json.writeStringField("name", wellFormed(topic.name()));
    json.writeStringField("kind", kind(topic.kind()));
    json.writeStringField("head", topic.head().toString());
    json.writeNumberField("kept", topic.kept());
    json.writeNumberField("ringBytes", topic.ringBytes());
    json.writeNumberField("subscriptions", topic.subscriptions());
    json.writeNumberField("delivered", topic.delivered());
    json.writeNumberField("dropped", topic.dropped());
    json.writeNumberField("publishedPerSecond", tenths(topic.publishedPerSecond()));
    json.writeNumberField("deliveredPerSecond", tenths(topic.deliveredPerSecond()));
    json.writeNumberField("greatestLag", topic.greatestLag());
    json.writeNumberField("ageMillis", topic.ageMillis());
    json.writeEndObject();
  }

  private static void subscription(JsonGenerator json, Subscription.Figures one)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("connection", one.connection());
    json.writeStringField("topic", wellFormed(one.topic()));
    json.writeStringField("delivery", delivery(one.delivery()));
    json.writeNumberField("lag", one.lag());
    json.writeNumberField("delivered", one.delivered());
    json.writeNumberField("dropped", one.dropped());
    json.writeNumberField("stalledMillis", one.stalledFor().toMillis());
    json.writeNumberField("waitingBytes", one.waitingBytes());
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

  private static void connections(JsonGenerator json, Loops loops, Account root)
      throws IOException {
    json.writeObjectFieldStart("connections");
    json.writeNumberField("open", loops.connectionCount());
    json.writeNumberField("stalled", loops.cuts(CutReason.WRITE_STALLED));
    json.writeNumberField("direct", loops.chargedBytes(Purse.DIRECT));
    json.writeNumberField("directLimit", root.limit(Purse.DIRECT));
    json.writeNumberField("heap", loops.chargedBytes(Purse.HEAP));
    json.writeNumberField("heapLimit", root.limit(Purse.HEAP));
    json.writeEndObject();
  }

  // ---- words

  private static String kind(TopicKind kind) {
    return switch (kind) {
      case TopicKind.Log _ -> "log";
      case TopicKind.Keyed _ -> "keyed";
      case TopicKind.Latest _ -> "latest";
    };
  }

  /// As `?delivery=` has them.
  private static String delivery(Delivery delivery) {
    return switch (delivery) {
      case Delivery.Lossless _ -> "lossless";
      case Delivery.DropToLive _ -> "live";
      case Delivery.Conflate _ -> "conflate";
      case Delivery.LatestOnly _ -> "latest";
      case Delivery.Sampled _ -> "sampled";
    };
  }

  private static double tenths(double number) {
    return Math.round(number * 10) / 10.0;
  }

  /// A name may come with half of a surrogate pair, out of a client's JSON, which nothing can
  /// write.
  private static String wellFormed(String name) {
    return new String(name.getBytes(UTF_8), UTF_8);
  }
}
