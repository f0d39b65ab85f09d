package io.tidegate.proof;

import io.tidegate.client.ClientConfig;
import io.tidegate.client.ConnectFailedException;
import io.tidegate.client.WebSocketClient;
import io.tidegate.ledger.Budget;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.frame.CloseFrame;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// A WebSocket client that sends every message back, on one connection after the other: what a
/// conformance suite that is a server talks to.
final class EchoClient implements AutoCloseable {
  private static final Budget BUDGET = new Budget(256L << 20, 128L << 20);
  private static final Budget CEILING = new Budget(34 << 20, 34 << 20);

  private final WebSocketClient client;
  private final int port;

  /// Calls `address`, which is this machine's.
  EchoClient(InetSocketAddress address, WebSocketConfig config) throws IOException {
    this.port = address.getPort();
    this.client =
        WebSocketClient.start(
            new LoopsConfig("client", 1, BUDGET, Transport.best(), false),
            ClientConfig.DEFAULT.withWebSocket(config).withConnectionLimits(CEILING));
  }

  /// What came of one connection.
  ///
  /// @param lastText the last text that came, empty if none did
  /// @param how it ended, or what was wrong with its handshake
  record Visit(String lastText, String how) {}

  /// Opens `target`, echoes until the connection ends, and tells how that was.
  Visit visit(String target, Duration atMost) throws InterruptedException {
    var echo = new Echo();
    try (var _ = client.open(URI.create("ws://127.0.0.1:" + port + target), echo)) {
      var ended = echo.end.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
      return new Visit(echo.lastText, ended ? echo.how : "no end in time");
    } catch (ConnectFailedException failed) {
      return new Visit("", failed.failure().reason());
    }
  }

  private static final class Echo implements WebSocketListener {
    private final CountDownLatch end = new CountDownLatch(1);
    private volatile String lastText = "";
    private volatile String how = "";

    @Override
    public void message(WebSocket socket, Message message) {
      if (message instanceof Message.Text text && text.length() < 100) lastText = text.text();
      var _ = socket.send(message);
    }

    @Override
    public void closed(WebSocket socket, CloseFrame frame) {
      how = frame.code() + " " + frame.reason();
      end.countDown();
    }
  }

  @Override
  public void close() {
    client.close();
  }
}
