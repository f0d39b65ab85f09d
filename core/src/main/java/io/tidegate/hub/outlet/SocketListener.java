package io.tidegate.hub.outlet;

import io.tidegate.hub.Hub;
import io.tidegate.hub.Subscribed;
import io.tidegate.net.CutReason;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketListener;

/// One subscriber's WebSocket. What its peer sends is read and dropped: who wants to publish posts.
record SocketListener(Hub hub, Wish wish) implements WebSocketListener {
  @Override
  public void opened(WebSocket socket) {
    var _ = socket.loop().run(() -> begin(socket));
  }

  private void begin(WebSocket socket) {
    var format = wish.hasIds() ? SocketFormat.WITH_IDS : SocketFormat.PLAIN;
    var subscriber = hub.join(Outlets.of(socket), format);
    if (subscriber == null) {
      socket.cut(CutReason.MEMORY_REFUSED);
      return;
    }
    switch (wish.fulfil(subscriber)) {
      case Subscribed.Refused(var why) -> socket.cut(HubRoutes.cutReason(why));
      case Subscribed.Open(var open) -> {
        if (wish.hasIds()) {
          var _ = subscriber.tell(SocketFormat.opened(wish.begin(open)));
        }
      }
    }
  }

  @Override
  public void message(WebSocket socket, Message message) {}
}
