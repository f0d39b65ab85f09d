package io.tidegate.websocket;

import io.netty.buffer.PooledByteBufAllocator;
import io.tidegate.http.Exchange;
import io.tidegate.http.HandlerThreads;
import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpRig;
import io.tidegate.http.h2.AnyHttpStage;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ticker;
import io.tidegate.net.Connection;
import io.tidegate.outbound.Sent;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.websocket.frame.CloseFrame;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A WebSocket server of HTTP/1 and HTTP/2 on one loop for one test, with what [HttpRig] checks at
/// its end. Close its peers first.
final class WebSocketRig implements AutoCloseable {
  final HttpRig http;
  final HandlerThreads threads;
  private final WebSockets sockets;
  private volatile @Nullable Consumer<Exchange> accept;

  /// Of who asked last.
  volatile @Nullable Connection connection;

  /// Serves by callbacks.
  WebSocketRig(WebSocketConfig config, WebSocketListener listener) {
    this(new Budget(2L << 20, 2L << 20));
    accept = exchange -> sockets.accept(exchange, config, listener);
  }

  /// Serves by straight code.
  static WebSocketRig straight(WebSocketConfig config, WebSocketHandler handler) {
    var rig = new WebSocketRig(new Budget(2L << 20, 2L << 20));
    rig.accept = exchange -> rig.sockets.accept(exchange, config, handler);
    return rig;
  }

  /// As above, with a clock of the test's own.
  static WebSocketRig straight(WebSocketConfig config, Ticker ticker, WebSocketHandler handler) {
    var rig = new WebSocketRig(new Budget(2L << 20, 2L << 20), false, ticker);
    rig.accept = exchange -> rig.sockets.accept(exchange, config, handler);
    return rig;
  }

  /// Serves by callbacks, one at a time.
  static WebSocketRig narrow(WebSocketConfig config, WebSocketListener listener) {
    var rig = new WebSocketRig(new Budget(2L << 20, 2L << 20), true, Ticker.SYSTEM);
    rig.accept = exchange -> rig.sockets.accept(exchange, config, listener);
    return rig;
  }

  private WebSocketRig(Budget ceiling) {
    this(ceiling, false, Ticker.SYSTEM);
  }

  private WebSocketRig(Budget ceiling, boolean narrow, Ticker ticker) {
    http =
        HttpRig.of(
            loops -> new AnyHttpStage(loops, HttpLimits.DEFAULT, this::handle),
            config -> config.withConnectionLimits(ceiling),
            ticker);
    var root = http.loops.root();
    threads = HandlerThreads.of(narrow ? root.open("narrow", new Budget(1, 200 << 10)) : root);
    sockets = new WebSockets(http.loops, threads);
  }

  private void handle(Exchange exchange) {
    var handler = accept;
    connection = exchange.connection();
    if (handler != null) handler.accept(exchange);
  }

  RawWebSocket open(String... fields) throws IOException {
    return RawWebSocket.open(http.address(), "a.example", "/chat?x=1", fields);
  }

  /// Bytes of the buffers that are in use, charged or not.
  long pinnedBytes() {
    return ((PooledByteBufAllocator) http.loops.loop(0).buffers()).pinnedDirectMemory();
  }

  /// Most direct bytes that were ever charged.
  long peakDirect() {
    return http.loops.root().peak(io.tidegate.ledger.Purse.DIRECT);
  }

  @Override
  public void close() {
    HttpRig.await("handlers have ended", () -> threads.active() == 0);
    sockets.close();
    threads.close();
    http.close();
  }

  /// Sends everything back and notes what it was told.
  static final class Echo implements WebSocketListener {
    final List<String> seen = new CopyOnWriteArrayList<>();
    final List<Sent> answers = new CopyOnWriteArrayList<>();

    @Override
    public void opened(WebSocket socket) {
      seen.add("opened " + socket.request().target() + " " + socket.protocol());
    }

    @Override
    public void message(WebSocket socket, Message message) {
      seen.add(message.getClass().getSimpleName() + " " + message.length());
      answers.add(socket.send(message));
    }

    @Override
    public void closed(WebSocket socket, CloseFrame how) {
      seen.add("closed " + how.code() + " " + how.reason());
    }
  }
}
