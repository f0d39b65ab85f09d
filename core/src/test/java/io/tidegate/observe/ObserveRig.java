package io.tidegate.observe;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Budget;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Listener;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Stage;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Loops and a listener that keeps all it reads, with clients.
final class ObserveRig implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  final Loops loops;
  final Listener listener;
  private final List<Socket> clients = new ArrayList<>();

  ObserveRig(int count) throws IOException {
    var budget = new Budget(64 << 20, 64 << 20);
    loops = Loops.open(new LoopsConfig("observe", count, budget, Transport.best(), false));
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    listener = Listener.open(loops, ListenerConfig.forVisitors(address), List.of(new Keeping()));
  }

  /// Keeps what comes: the connection holds its bytes until it ends.
  private static final class Keeping implements Stage {
    @Override
    public int heapPriceBytes() {
      return 0;
    }

    @Override
    public ByteStream.Reader start(Connection connection, Next next) {
      return new Kept(connection);
    }
  }

  private static final class Kept implements ByteStream.Reader {
    private final Connection connection;
    private final List<ByteBuf> pieces = new ArrayList<>();

    Kept(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void bytes(ByteBuf piece) {
      pieces.add(piece);
    }

    @Override
    public void end() {
      connection.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      for (var piece : pieces) {
        int bytes = piece.readableBytes();
        piece.release();
        connection.released(bytes);
      }
    }
  }

  /// A client that has sent `bytes`.
  void client(int bytes) throws IOException {
    var socket = new Socket(listener.address().getAddress(), listener.address().getPort());
    clients.add(socket);
    socket.getOutputStream().write(new byte[bytes]);
  }

  void awaitConnections(int count) {
    await(count + " connections", () -> listener.connectionCount() == count);
  }

  static void await(String what, java.util.function.BooleanSupplier condition) {
    Eventually.await(PATIENCE, () -> what, condition);
  }

  void leave() throws IOException {
    for (var client : clients) client.close();
    clients.clear();
  }

  @Override
  public void close() throws IOException {
    leave();
    listener.close();
    loops.close();
  }
}
