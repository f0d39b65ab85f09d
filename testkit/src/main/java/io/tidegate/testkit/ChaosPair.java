package io.tidegate.testkit;

import java.io.IOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// One connection through a [ChaosProxy]: two sockets and a pipe in each direction.
final class ChaosPair implements AutoCloseable {
  private final Wire client;
  private final Wire upstream;
  private final Consumer<ChaosPair> onEnd;
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicInteger openPipes = new AtomicInteger(2);
  private volatile List<ChaosLane> lanes = List.of();

  ChaosPair(Wire client, Wire upstream, Consumer<ChaosPair> onEnd) {
    this.client = client;
    this.upstream = upstream;
    this.onEnd = onEnd;
  }

  void start(ChaosLane toTarget, ChaosLane toClient) {
    lanes = List.of(toTarget, toClient);
    new ChaosPipe(this, client, upstream, toTarget).start();
    new ChaosPipe(this, upstream, client, toClient).start();
  }

  boolean ended() {
    return ended.get();
  }

  /// One direction passed its FIN on; after the second nothing is left to do.
  void finished() {
    if (openPipes.decrementAndGet() == 0) {
      close();
    }
  }

  @Override
  public void close() {
    end(Wire::close);
  }

  void abort() {
    end(Wire::abort);
  }

  private void end(Consumer<Wire> how) {
    if (ended.compareAndSet(false, true)) {
      how.accept(client);
      how.accept(upstream);
      onEnd.accept(this);
      lanes.forEach(ChaosLane::wake);
    }
  }

  static void abort(Socket socket) {
    try (socket) {
      socket.setSoLinger(true, 0);
    } catch (IOException _) {
      // closed or never connected
    }
  }
}
