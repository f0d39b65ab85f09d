package io.tidegate.proof.peers;

import io.undertow.Handlers;
import io.undertow.Undertow;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.BlockingHandler;
import io.undertow.util.Headers;
import io.undertow.websockets.core.AbstractReceiveListener;
import io.undertow.websockets.core.BufferedBinaryMessage;
import io.undertow.websockets.core.BufferedTextMessage;
import io.undertow.websockets.core.WebSocketChannel;
import io.undertow.websockets.core.WebSockets;
import java.io.IOException;
import java.net.InetSocketAddress;

/// Undertow: short answers from its I/O threads, long ones from its workers.
public final class UndertowPeer {
  private UndertowPeer() {}

  /// Serves until it is ended.
  public static void main(String... arguments) {
    var address = Contract.address(arguments);
    var paths =
        Handlers.path(UndertowPeer::hello)
            .addPrefixPath(Contract.BYTES, new BlockingHandler(UndertowPeer::bytes))
            .addExactPath(Contract.SOCKET, Handlers.websocket((_, channel) -> opened(channel)));
    var server =
        Undertow.builder()
            .addHttpListener(address.getPort(), address.getHostString())
            .setHandler(paths)
            .build();
    server.start();
    var bound = (InetSocketAddress) server.getListenerInfo().getFirst().getAddress();
    Contract.ready("undertow", bound.getPort());
  }

  private static void hello(HttpServerExchange exchange) {
    exchange
        .getRequestReceiver()
        .receivePartialBytes((asked, _, last) -> {
          if (!last) return;
          var _ = asked.getResponseHeaders().put(Headers.CONTENT_TYPE, Contract.TEXT_TYPE);
          asked.getResponseSender().send(Contract.TEXT);
        });
  }

  private static void bytes(HttpServerExchange exchange) throws IOException {
    long count = Contract.count(exchange.getRequestPath());
    var _ = exchange.setResponseContentLength(count);
    Contract.write(exchange.getOutputStream(), count);
  }

  private static void opened(WebSocketChannel channel) {
    channel.getReceiveSetter().set(new Echo());
    channel.resumeReceives();
  }

  private static final class Echo extends AbstractReceiveListener {
    @Override
    protected void onFullTextMessage(WebSocketChannel channel, BufferedTextMessage message) {
      WebSockets.sendText(message.getData(), channel, null);
    }

    @Override
    protected void onFullBinaryMessage(WebSocketChannel channel, BufferedBinaryMessage message) {
      var pooled = message.getData();
      try {
        WebSockets.sendBinary(WebSockets.mergeBuffers(pooled.getResource()), channel, null);
      } finally {
        pooled.free();
      }
    }
  }
}
