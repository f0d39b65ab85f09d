package io.tidegate.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/// One connection of a [TestOrigin], on its own virtual thread.
final class OriginConnection implements AutoCloseable {
  /// How long an answer or a request's body may make no progress.
  static final Duration PATIENCE = Duration.ofMinutes(5);

  private final TestOrigin origin;
  private final Wire wire;
  private final long number;
  private String target = "";
  private volatile boolean webSocket;
  private volatile boolean closedHere;

  OriginConnection(TestOrigin origin, Wire wire, long number) {
    this.origin = origin;
    this.wire = wire;
    this.number = number;
  }

  boolean webSocket() {
    return webSocket;
  }

  void becomeWebSocket() {
    webSocket = true;
  }

  void run() {
    var how = Cut.End.OPEN;
    try {
      how = serveAll();
    } catch (SocketTimeoutException _) {
      how = Cut.End.OPEN; // idle too long: this side closes
    } catch (EOFException _) {
      how = Cut.End.FIN;
    } catch (IOException _) {
      how = closedHere ? Cut.End.OPEN : Cut.End.RESET;
    } finally {
      var seenNanos = System.nanoTime();
      wire.close();
      origin.ended(this);
      origin.log().closing(new TestOrigin.Closing(number, target, webSocket, how, seenNanos));
    }
  }

  private Cut.End serveAll() throws IOException {
    while (true) {
      var head = RawHead.read(wire, Deadline.in(origin.keepAlive()));
      if (head == null) {
        return Cut.End.FIN;
      }
      if (!serve(head)) {
        return Cut.End.OPEN;
      }
    }
  }

  private boolean serve(RawHead head) throws IOException {
    target = head.target();
    origin.log().request(head);
    var exchange = new OriginExchange(origin, this, wire, head);
    origin.reply(exchange.path()).to(exchange);
    var _ = exchange.body().drain();
    return !exchange.closes();
  }

  /// Ends the peer with RST.
  void abort() {
    closedHere = true;
    wire.abort();
  }

  @Override
  public void close() {
    closedHere = true;
    wire.close();
  }
}
