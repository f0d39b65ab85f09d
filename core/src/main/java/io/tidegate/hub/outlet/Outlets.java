package io.tidegate.hub.outlet;

import io.tidegate.http.Exchange;
import io.tidegate.hub.Outlet;
import io.tidegate.net.CutReason;
import io.tidegate.websocket.WebSocket;
import java.util.function.Consumer;

/// The ways out of this server.
public final class Outlets {
  private Outlets() {}

  /// An answer whose head is out, framed without a length. On its loop.
  public static Outlet of(Exchange exchange) {
    return new ExchangeOutlet(exchange);
  }

  /// An open WebSocket, whose frames the hub's formats write whole, headers included
  /// ([io.tidegate.websocket.frame.FrameWriter#server]). What is sent through the socket itself
  /// goes another way, and may pass or be passed: use [io.tidegate.hub.Subscriber#tell] for what
  /// must be in order.
  public static Outlet of(WebSocket socket) {
    return of(socket, socket::cut);
  }

  /// As above, of a protocol that says goodbye in its own words: `cut` ends the socket, and counts
  /// the reason.
  public static Outlet of(WebSocket socket, Consumer<CutReason> cut) {
    return new SocketOutlet(socket, cut);
  }
}
