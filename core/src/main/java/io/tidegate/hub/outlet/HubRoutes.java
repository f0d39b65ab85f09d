package io.tidegate.hub.outlet;

import io.tidegate.http.semantics.HttpError;
import io.tidegate.hub.Hub;
import io.tidegate.hub.Subscribed;
import io.tidegate.net.CutReason;
import io.tidegate.server.Answer;
import io.tidegate.server.Call;
import io.tidegate.server.Handler;
import io.tidegate.websocket.WebSocketConfig;

/// Handlers that put a hub on a server's routes; each finds its topic in the path's `{topic}` or
/// `{topic...}`. Immutable; each `with…` gives another.
///
/// @param hub what they publish to and subscribe to
/// @param authorizer who may
/// @param sockets how WebSockets behave
/// @param prefix what the topics' names begin with, and paths leave out; may be empty
public record HubRoutes(Hub hub, Authorizer authorizer, WebSocketConfig sockets, String prefix) {
  /// Routes to `hub` for anybody who reaches the server, with WebSockets for pages of the same
  /// origin.
  public static HubRoutes of(Hub hub) {
    return new HubRoutes(hub, Authorizer.ALL, WebSocketConfig.DEFAULT, "");
  }

  /// Returns this with somebody who decides who may.
  public HubRoutes withAuthorizer(Authorizer other) {
    return new HubRoutes(hub, other, sockets, prefix);
  }

  /// Returns this with other WebSockets.
  public HubRoutes withSockets(WebSocketConfig config) {
    return new HubRoutes(hub, authorizer, config, prefix);
  }

  /// Returns this for topics whose names begin with `start`: with `cam/`, the path `/cam/{topic}`
  /// leads to `cam/door`, not to `door`.
  public HubRoutes withPrefix(String start) {
    return new HubRoutes(hub, authorizer, sockets, start);
  }

  /// Publishes a body: text if its Content-Type is `text/…` or JSON, else bytes. `?key=` names the
  /// key, `?type=` the event's type; DELETE removes the key. Answers 202 with the position in
  /// `Tidegate-Position`; 429, 507, 413, 404, 400, 401 or 403.
  public Handler publish() {
    return new Publishing(this);
  }

  /// Server-sent events. `Last-Event-ID`, or `?resume=` where that cannot be set, goes on behind a
  /// position; `?from=kept` begins with what is kept, `?from=live` with what comes.
  /// `?delivery=lossless|live|conflate|latest|sampled`, with `&interval=` in milliseconds, chooses
  /// the policy. A gap is an event of type `gap`.
  public Handler events() {
    return call -> EventsAnswer.of(hub, Wish.of(this, call, topicOf(call, "")));
  }

  /// As [#events], of the one topic of this name, whatever the path is.
  public Handler events(String topic) {
    return call -> EventsAnswer.of(hub, Wish.of(this, call, topic));
  }

  /// WebSockets, with the query of [#events]. Messages are frames of their own form; with
  /// `?ids=true` each is preceded by its position and a line feed, which is what `?resume=` takes.
  public Handler webSocket() {
    return call ->
        Answer.webSocket(sockets, new SocketListener(hub, Wish.of(this, call, topicOf(call, ""))));
  }

  /// `multipart/x-mixed-replace`: pictures as fast as the viewer takes them, at most `?fps=`. A
  /// suffix `.mjpg` of the topic is dropped.
  public Handler motionJpeg() {
    return call -> PicturesAnswer.of(hub, Wish.of(this, call, topicOf(call, ".mjpg")));
  }

  /// The newest message as it is, 404 while there is none. A suffix `.jpg` of the topic is dropped.
  public Handler snapshot() {
    return this::snapshot;
  }

  private Answer snapshot(Call call) {
    var topic = topicOf(call, ".jpg");
    if (!authorizer.allows(call, Authorizer.Right.REPLAY, topic)) throw new HttpError(403);
    try (var newest = hub.newest(topic)) {
      if (newest == null) throw new HttpError(404, "nothing published yet");
    }
    return SnapshotAnswer.of(hub, topic);
  }

  /// The topic that a path names, without `suffix`.
  String topicOf(Call call, String suffix) {
    var name = prefix + call.path("topic");
    return name.endsWith(suffix) ? name.substring(0, name.length() - suffix.length()) : name;
  }

  /// Whether a topic may have this name.
  static boolean isTopic(Hub hub, String name) {
    return !name.isEmpty()
        && name.length() <= hub.config().maxNameChars()
        && name.chars().noneMatch(c -> c < ' ' || c == 0x7f);
  }

  /// What ends a peer whose answer has begun and that cannot be subscribed.
  static CutReason cutReason(Subscribed.Refusal why) {
    return switch (why) {
      case MEMORY, TOO_MANY_TOPICS -> CutReason.MEMORY_REFUSED;
      case TOO_MANY_SUBSCRIPTIONS -> CutReason.STREAM_LIMIT;
      case CLOSED -> CutReason.CLOSING;
      case NO_SUCH_TOPIC, BAD_NAME, ALREADY_SUBSCRIBED, UNFIT_DELIVERY -> CutReason.BAD_MESSAGE;
    };
  }
}
