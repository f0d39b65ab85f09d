package io.tidegate.client.pool;

import io.tidegate.client.ClientConfig;
import io.tidegate.client.WebSocketClient;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.server.Answer;
import io.tidegate.server.HttpServer;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.frame.CloseFrame;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A pool over sockets, and a server of ours that cuts connections by their age.
final class PoolRig implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  final List<String> received = new CopyOnWriteArrayList<>();
  final List<CloseFrame> closes = new CopyOnWriteArrayList<>();
  final Map<WebSocket, Long> open = new ConcurrentHashMap<>();
  final AtomicLong accepted = new AtomicLong();
  final WebSocketClient client;
  private HttpServer server;
  private final int port;
  private final Thread reaper;
  private volatile Duration cutAfter = Duration.ofDays(1);
  private volatile boolean over;

  PoolRig() throws IOException {
    server = start(0);
    port = server.address().getPort();
    var loops = new LoopsConfig("pool", 2, new Budget(64 << 20, 64 << 20), Transport.best(), false);
    client = WebSocketClient.start(loops, ClientConfig.DEFAULT);
    reaper = Thread.ofPlatform().daemon().name("reaper").start(this::reap);
    Balanced.watch("charged to the client", () -> client.account().held(Purse.HEAP));
  }

  private HttpServer start(int at) throws IOException {
    return HttpServer.start(s ->
        s.loops(
                new LoopsConfig(
                    "server", 2, new Budget(64 << 20, 64 << 20), Transport.best(), false))
            .listen("127.0.0.1", at)
            .get("/ws", _ -> Answer.webSocket(WebSocketConfig.DEFAULT, new Peer()))
            .get(
                "/token",
                call ->
                    "Bearer fresh".equals(call.field("Authorization"))
                        ? Answer.webSocket(WebSocketConfig.DEFAULT, new Peer())
                        : Answer.empty(401))
            .get("/no", _ -> Answer.empty(404)));
  }

  URI uri() {
    return URI.create("ws://127.0.0.1:" + port + "/ws");
  }

  /// Cuts, from now on, what is older.
  void cutAfter(Duration age) {
    cutAfter = age;
  }

  void stopServer() {
    server.close();
    open.clear();
  }

  void startServer() throws IOException {
    server = start(port);
  }

  private void reap() {
    while (!over) {
      long now = System.nanoTime();
      open.forEach((socket, since) -> {
        if (now - since < cutAfter.toNanos()) return;
        open.remove(socket);
        socket.cut();
      });
      java.util.concurrent.locks.LockSupport.parkNanos(10_000_000);
    }
  }

  /// The server's side of each connection.
  private final class Peer implements WebSocketListener {
    @Override
    public void opened(WebSocket socket) {
      accepted.incrementAndGet();
      open.put(socket, System.nanoTime());
    }

    @Override
    public void message(WebSocket socket, Message message) {
      var text = ((Message.Text) message).text();
      received.add(text);
      if (text.startsWith("echo")) {
        var _ = socket.send(text);
      } else if (text.startsWith("close ")) {
        socket.close(Integer.parseInt(text.substring(6)), "as asked");
      }
    }

    @Override
    public void closed(WebSocket socket, CloseFrame how) {
      open.remove(socket);
      closes.add(how);
    }
  }

  static void await(String what, java.util.function.BooleanSupplier condition) {
    Eventually.await(PATIENCE, () -> what, condition);
  }

  static @Nullable String textOf(Message message) {
    return message instanceof Message.Text text ? text.text() : null;
  }

  @Override
  public void close() {
    over = true;
    client.close();
    server.close();
    try {
      reaper.join(1_000);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
