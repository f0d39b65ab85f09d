package io.tidegate.hub.centrifugo;

import io.tidegate.hub.Hub;
import io.tidegate.server.Answer;
import io.tidegate.server.Handler;

/// A hub spoken to in Centrifugo's client protocol, version 2, as JSON over WebSocket: channels are
/// the hub's topics.
///
/// ```java
/// var centrifugo = Centrifugo.on(hub, CentrifugoConfig.DEFAULT);
/// HttpServer.start(s -> s.listen("127.0.0.1", 8080)
///     .get(Centrifugo.PATH, centrifugo.webSocket()));
/// ```
///
/// Spoken: connect, subscribe with recovery, unsubscribe, publish, ping both ways, and the codes of
/// errors and of closing. Not spoken: Protobuf, history, presence, RPC, deltas; who asks for them
/// is told so. A client that falls behind what a log keeps is closed with 3008, comes back, and is
/// told whether anything is lost; of keyed and latest topics it is sent the newest.
public final class Centrifugo {
  /// Where clients are told to look.
  public static final String PATH = "/connection/websocket";

  private final Hub hub;
  private final CentrifugoConfig config;
  private final PushFormat format = new PushFormat();

  private Centrifugo(Hub hub, CentrifugoConfig config) {
    this.hub = hub;
    this.config = config;
  }

  /// Speaks Centrifugo's protocol for `hub`.
  public static Centrifugo on(Hub hub, CentrifugoConfig config) {
    return new Centrifugo(hub, config);
  }

  /// Opens WebSockets.
  public Handler webSocket() {
    return _ -> Answer.webSocket(config.sockets(), new Conversation(hub, config, format));
  }
}
