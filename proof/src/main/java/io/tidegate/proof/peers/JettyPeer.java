package io.tidegate.proof.peers;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.NetworkConnector;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.server.WebSocketUpgradeHandler;

/// Jetty without servlets, its handlers blocking on its pool of threads.
public final class JettyPeer {
  private JettyPeer() {}

  /// Serves until it is ended.
  public static void main(String... arguments) throws Exception {
    var server = new Server(Contract.address(arguments));
    var sockets =
        WebSocketUpgradeHandler.from(
            server, container -> container.addMapping(Contract.SOCKET, (_, _, _) -> new Echo()));
    sockets.setHandler(new Hello());
    server.setHandler(sockets);
    server.start();
    Contract.ready("jetty", ((NetworkConnector) server.getConnectors()[0]).getLocalPort());
  }

  private static final class Hello extends Handler.Abstract {
    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      var path = Request.getPathInContext(request);
      if (path.startsWith(Contract.BYTES)) {
        long count = Contract.count(path);
        var _ = response.getHeaders().put(HttpHeader.CONTENT_LENGTH, count);
        try (var out = Content.Sink.asOutputStream(response)) {
          Contract.write(out, count);
        }
        callback.succeeded();
      } else {
        Content.Source.consumeAll(request);
        var _ = response.getHeaders().put(HttpHeader.CONTENT_TYPE, Contract.TEXT_TYPE);
        Content.Sink.write(response, true, Contract.TEXT, callback);
      }
      return true;
    }
  }

  /// One WebSocket; public, since Jetty looks its methods up.
  public static final class Echo extends Session.Listener.AbstractAutoDemanding {
    Echo() {}

    @Override
    public void onWebSocketText(String text) {
      getSession().sendText(text, org.eclipse.jetty.websocket.api.Callback.NOOP);
    }

    @Override
    public void onWebSocketBinary(
        ByteBuffer bytes, org.eclipse.jetty.websocket.api.Callback callback) {
      getSession().sendBinary(bytes, callback);
    }
  }
}
