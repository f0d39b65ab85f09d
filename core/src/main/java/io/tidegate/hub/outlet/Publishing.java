package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.hub.Hub;
import io.tidegate.hub.Publication;
import io.tidegate.hub.Published;
import io.tidegate.server.Answer;
import io.tidegate.server.Call;
import io.tidegate.server.Handler;
import java.io.IOException;
import java.util.Locale;

/// Publishes what is posted.
record Publishing(HubRoutes routes) implements Handler {
  private static final String POSITION = "Tidegate-Position";

  @Override
  public Object answer(Call call) throws IOException {
    var topic = routes.topicOf(call, "");
    var rule = hub().rule(topic);
    if (rule == null) throw new HttpError(404, "no such topic");
    if (!routes.authorizer().allows(call, Authorizer.Right.PUBLISH, topic))
      throw new HttpError(403);
    boolean removes = call.method().equals("DELETE");
    var publication =
        removes
            ? Publication.removal(key(call))
            : publication(call, call.body().bytes(rule.kind().maxMessageBytes()));
    return answer(hub().publish(topic, publication));
  }

  private Hub hub() {
    return routes.hub();
  }

  private static String key(Call call) {
    var key = call.query("key");
    if (key == null) throw new HttpError(400, "which key? ?key= is missing");
    return key;
  }

  private Publication publication(Call call, byte[] bytes) {
    var publication = isText(call) ? text(bytes) : Publication.binary(bytes);
    var key = call.query("key");
    if (key != null) publication = publication.withKey(key);
    var type = call.query("type");
    return type == null ? publication : typed(publication, type);
  }

  private Publication typed(Publication publication, String type) {
    if (type.length() > hub().config().maxNameChars()) throw new HttpError(400, "type too long");
    try {
      return publication.withType(type);
    } catch (IllegalArgumentException malformed) {
      throw new HttpError(400, "type holds a control character");
    }
  }

  private static boolean isText(Call call) {
    var type = call.fields().value(FieldName.CONTENT_TYPE);
    if (type == null) return false;
    var media = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    return media.startsWith("text/") || media.equals("application/json") || media.endsWith("+json");
  }

  /// Browsers end a WebSocket over text that is not UTF-8: one message would cut all subscribers.
  private static Publication text(byte[] bytes) {
    if (!ByteBufUtil.isText(Unpooled.wrappedBuffer(bytes), UTF_8))
      throw new HttpError(400, "the text is not UTF-8");
    return Publication.text(bytes);
  }

  private static Answer answer(Published outcome) {
    return switch (outcome) {
      case Published.Accepted(var at) ->
          Answer.text(at + "\n").withStatus(202).withField(POSITION, at.toString());
      case Published.Full _ -> refused(507, "the hub is full");
      case Published.TooManyTopics _ -> refused(507, "too many topics");
      case Published.RateLimited(var retryAfter) ->
          refused(429, "too many messages")
              .withField("Retry-After", Long.toString(Math.max(1, retryAfter.toSeconds())));
      case Published.TooLarge(var most) -> refused(413, "more than " + most + " bytes");
      case Published.NoSuchTopic _ -> refused(404, "no such topic");
      case Published.Unfit(var why) -> refused(400, why);
      case Published.Closed _ -> refused(503, "closed");
    };
  }

  private static Answer refused(int status, String text) {
    return Answer.text(text + "\n").withStatus(status);
  }
}
