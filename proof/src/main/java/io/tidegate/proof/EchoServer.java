package io.tidegate.proof;

import io.tidegate.http.HandlerThreads;
import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpStage;
import io.tidegate.ledger.Budget;
import io.tidegate.net.Listener;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSockets;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;

/// A WebSocket server on a free port of 127.0.0.1 that sends every message back: what conformance
/// suites talk to.
final class EchoServer implements AutoCloseable {
  private static final Budget BUDGET = new Budget(256L << 20, 128L << 20);

  private final Loops loops;
  private final HandlerThreads threads;
  private final WebSockets sockets;
  private final Listener listener;

  /// Echoes on connections that may hold `ceilingBytes` each.
  EchoServer(WebSocketConfig config, int ceilingBytes) throws IOException {
    loops = Loops.open(new LoopsConfig("echo", 2, BUDGET, Transport.best(), false));
    threads = HandlerThreads.of(loops);
    sockets = new WebSockets(loops, threads);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var visitors =
        ListenerConfig.forVisitors(address)
            .withConnectionLimits(new Budget(ceilingBytes, ceilingBytes));
    var stage =
        new HttpStage(
            loops,
            HttpLimits.DEFAULT,
            exchange -> sockets.accept(exchange, config, EchoServer::echo));
    listener = Listener.open(loops, visitors, List.of(stage));
  }

  private static void echo(WebSocket socket, Message message) {
    var _ = socket.send(message);
  }

  int port() {
    return listener.address().getPort();
  }

  @Override
  public void close() {
    listener.close();
    threads.close();
    sockets.close();
    loops.close();
  }
}
