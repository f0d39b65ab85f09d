package io.tidegate.hub.outlet;

import io.tidegate.hub.Hub;
import io.tidegate.server.Handler;
import io.tidegate.websocket.WebSocketConfig;
import org.jspecify.annotations.Nullable;

/// Handlers that put a hub on a server's routes; each finds its topic in the path's `{topic}` or
/// `{topic...}`. Immutable; each `with…` gives another.
///
/// @param hub what they publish to and subscribe to
/// @param authorizer who may
/// @param sockets how WebSockets behave
public record HubRoutes(Hub hub, Authorizer authorizer, WebSocketConfig sockets) {
  /// Routes to `hub` for anybody who reaches the server, with WebSockets for pages of the same
  /// origin.
  public static HubRoutes of(Hub hub) {
    return new HubRoutes(hub, Authorizer.ALL, WebSocketConfig.DEFAULT);
  }

  /// Returns this with somebody who decides who may.
  public HubRoutes withAuthorizer(Authorizer other) {
    return new HubRoutes(hub, other, sockets);
  }

  /// Returns this with other WebSockets.
  public HubRoutes withSockets(WebSocketConfig config) {
    return new HubRoutes(hub, authorizer, config);
  }

  /// Publishes a body: text if its Content-Type is `text/…` or JSON, else bytes. `?key=` names the
  /// key, `?type=` the event's type; DELETE removes the key. Answers 202 with the position in
  /// `Tidegate-Position`; 429, 507, 413, 404, 400, 401 or 403.
  public Handler publish() {
    throw new UnsupportedOperationException();
  }

  /// Server-sent events. `Last-Event-ID`, or `?resume=` where that cannot be set, goes on behind a
  /// position; `?from=kept` begins with what is kept, `?from=live` with what comes.
  /// `?delivery=lossless|live|conflate|latest|sampled`, with `&interval=` in milliseconds, chooses
  /// the policy. A gap is an event of type `gap`.
  public Handler events() {
    throw new UnsupportedOperationException();
  }

  /// WebSockets, with the query of [#events]. Messages are frames of their own form; with
  /// `?ids=true` each is preceded by its position and a line feed, which is what `?resume=` takes.
  public Handler webSocket() {
    throw new UnsupportedOperationException();
  }

  /// `multipart/x-mixed-replace`: pictures as fast as the viewer takes them, at most `?fps=`. A
  /// suffix `.mjpg` of the topic is dropped.
  public Handler motionJpeg() {
    throw new UnsupportedOperationException();
  }

  /// The newest message as it is, 404 while there is none. A suffix `.jpg` of the topic is dropped.
  public Handler snapshot() {
    throw new UnsupportedOperationException();
  }

  /// The topic that `name` stands for without `suffix`.
  static String without(String name, @Nullable String suffix) {
    return suffix != null && name.endsWith(suffix)
        ? name.substring(0, name.length() - suffix.length())
        : name;
  }
}
