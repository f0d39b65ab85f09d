package io.tidegate.net;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.SocketChannel;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.net.InetSocketAddress;
import java.time.Duration;

/// Opens connections from a loop.
///
/// @param account what they are charged to
/// @param options for their sockets
/// @param writeLimits how slowly the peer may take its bytes
/// @param connectTimeout from the call to an established connection
public record Dialer(
    Account account, SocketOptions options, WriteLimits writeLimits, Duration connectTimeout) {
  /// What became of a call; one of the two, on the loop.
  public interface Outcome {
    /// The connection stands; what it reads goes to the returned reader.
    ByteStream.Reader connected(Connection connection);

    /// There is none, and no byte reached the other side.
    void failed(CutReason reason);
  }

  /// Calls `address` from `loop`; called on that loop. Returns what gives the attempt up; after the
  /// outcome it does nothing.
  public AutoCloseable dial(Loop loop, InetSocketAddress address, Outcome outcome) {
    if (!account.charge(Purse.HEAP, Connection.HEAP_PRICE)) {
      outcome.failed(CutReason.MEMORY_REFUSED);
      return () -> {};
    }
    SocketChannel socket;
    try {
      socket = loop.loops().transport().channel();
    } catch (ChannelException none) {
      account.release(Purse.HEAP, Connection.HEAP_PRICE);
      outcome.failed(CutReason.NO_DESCRIPTOR);
      return () -> {};
    }
    var attempt = new Attempt(this, loop, socket, outcome);
    attempt.start(address);
    return attempt;
  }

  /// One connect. The price of the connection is held from here on, and passes to the connection's
  /// own account.
  private static final class Attempt implements AutoCloseable {
    private final Dialer dialer;
    private final Loop loop;
    private final Outcome outcome;
    private final Deadline deadline;
    private final SocketChannel socket;
    private boolean over;

    Attempt(Dialer dialer, Loop loop, SocketChannel socket, Outcome outcome) {
      this.dialer = dialer;
      this.loop = loop;
      this.outcome = outcome;
      this.deadline = loop.deadline(() -> fail(CutReason.APP_SILENT));
      this.socket = socket;
    }

    void start(InetSocketAddress address) {
      socket.config().setConnectTimeoutMillis(0);
      dialer.options().applyTo(socket, loop.loops().transport());
      deadline.in(dialer.connectTimeout());
      var _ = loop.executor().register(socket);
      var connect = socket.connect(address);
      connect.addListener(_ -> connected(connect));
    }

    private void connected(ChannelFuture connect) {
      if (over) return;
      if (!connect.isSuccess()) {
        fail(CutReason.APP_REFUSED);
        return;
      }
      end();
      var connection =
          new Connection(
              loop,
              socket,
              dialer.account(),
              ListenerConfig.CONNECTION_LIMITS,
              dialer.writeLimits());
      if (!connection.account().charge(Purse.HEAP, Connection.HEAP_PRICE)) {
        connection.finished();
        var _ = socket.close();
        outcome.failed(CutReason.MEMORY_REFUSED);
        return;
      }
      connection.open(outcome::connected);
    }

    private void end() {
      over = true;
      deadline.close();
      dialer.account().release(Purse.HEAP, Connection.HEAP_PRICE);
    }

    private void fail(CutReason reason) {
      if (over) return;
      end();
      var _ = socket.close();
      outcome.failed(reason);
    }

    @Override
    public void close() {
      if (over) return;
      end();
      var _ = socket.close();
    }
  }
}
