package io.tidegate.client;

import io.netty.buffer.PooledByteBufAllocator;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Eventually;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.frame.CloseFrame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/// A client on one loop for one test; at its end nothing is held and no buffer is out.
final class ClientRig implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  final Loops loops;
  final WebSocketClient client;

  ClientRig() {
    this(config -> config);
  }

  ClientRig(UnaryOperator<ClientConfig> with) {
    var budget = new Budget(64L << 20, 64L << 20);
    loops = Loops.open(new LoopsConfig("client", 1, budget, Transport.best(), false));
    try {
      client = WebSocketClient.on(loops, with.apply(ClientConfig.DEFAULT));
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  /// Opens `target`, which must fail, and tells how.
  ConnectFailure failure(URI target) throws InterruptedException {
    try (var _ = client.open(target)) {
      throw new AssertionError("it opened");
    } catch (ConnectFailedException failed) {
      return failed.failure();
    }
  }

  void awaitCut(CutReason reason) {
    Eventually.await(PATIENCE, () -> reason + " was not counted", () -> loops.cuts(reason) > 0);
  }

  /// The next message, which must be a text.
  static String text(WebSocket socket) throws InterruptedException {
    var message = socket.receive(PATIENCE);
    if (message instanceof Message.Text text) return text.text();
    throw new AssertionError("no text but " + message + ", ended " + socket.ended());
  }

  /// What a listener was told, as text.
  static final class Log implements WebSocketListener {
    private final LinkedBlockingQueue<String> lines = new LinkedBlockingQueue<>();

    @Override
    public void opened(WebSocket socket) {
      lines.add("opened " + socket.protocol());
    }

    @Override
    public void message(WebSocket socket, Message message) {
      lines.add(message instanceof Message.Text text ? text.text() : message.length() + " bytes");
    }

    @Override
    public void closed(WebSocket socket, CloseFrame how) {
      lines.add("closed " + how.code() + " " + socket.cutReason());
    }

    String next() throws InterruptedException {
      var line = lines.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      if (line == null) throw new AssertionError("the listener was told nothing");
      return line;
    }
  }

  private long buffersOut() {
    var metric = ((PooledByteBufAllocator) loops.loop(0).buffers()).metric();
    long out = 0;
    for (var arena : metric.directArenas()) out += arena.numActiveAllocations();
    for (var arena : metric.heapArenas()) out += arena.numActiveAllocations();
    return out;
  }

  private long held() {
    return loops.root().held(Purse.DIRECT) + loops.root().held(Purse.HEAP);
  }

  @Override
  public void close() {
    client.close();
    try {
      Eventually.await(
          PATIENCE, () -> "still held:\n" + Census.of(loops.root()), () -> held() == 0);
    } finally {
      loops.close();
    }
    Eventually.await(PATIENCE, () -> buffersOut() + " buffers are out", () -> buffersOut() == 0);
  }
}
