package io.tidegate.net;

import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.socket.SocketChannel;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Opens connections from a loop.
///
/// @param account what they are charged to
/// @param options for their sockets
/// @param writeLimits how slowly the peer may take its bytes
/// @param connectTimeout from the call to an established connection
/// @param connectionLimits ceiling of one connection's account
public record Dialer(
    Account account,
    SocketOptions options,
    WriteLimits writeLimits,
    Duration connectTimeout,
    Budget connectionLimits) {
  private static final Logger LOG = LoggerFactory.getLogger(Dialer.class);

  /// As many bytes a connection as one that was accepted.
  public Dialer(
      Account account, SocketOptions options, WriteLimits writeLimits, Duration connectTimeout) {
    this(account, options, writeLimits, connectTimeout, ListenerConfig.CONNECTION_LIMITS);
  }

  /// Why a call failed.
  ///
  /// @param reason [CutReason#APP_REFUSED] only where the other side itself said no
  /// @param cause what the system said, where it said anything
  public record Failure(CutReason reason, @Nullable Throwable cause) {
    static Failure of(Throwable cause) {
      return new Failure(ConnectError.reason(cause), cause);
    }

    /// What the system said, or else the reason.
    public String detail() {
      var said = cause == null ? null : cause.getMessage();
      return said == null ? reason.text() : said;
    }
  }

  /// What became of a call; one of the two, on the loop.
  public interface Outcome {
    /// The connection stands; what it reads goes to the returned reader.
    ByteStream.Reader connected(Connection connection);

    /// There is none, and no byte reached the other side.
    void failed(Failure failure);
  }

  /// Calls `address` from `loop`; called on that loop. Returns what gives the attempt up; after the
  /// outcome it does nothing.
  public AutoCloseable dial(Loop loop, InetSocketAddress address, Outcome outcome) {
    if (!account.charge(Purse.HEAP, Connection.HEAP_PRICE)) {
      outcome.failed(new Failure(CutReason.MEMORY_REFUSED, null));
      return () -> {};
    }
    SocketChannel socket;
    try {
      socket = loop.loops().transport().channel();
    } catch (ChannelException none) {
      account.release(Purse.HEAP, Connection.HEAP_PRICE);
      outcome.failed(new Failure(CutReason.NO_DESCRIPTOR, none));
      return () -> {};
    }
    var attempt = new Attempt(this, loop, socket, outcome);
    try {
      attempt.start(address);
    } catch (Throwable fault) {
      LOG.error("A fault of ours while dialling {}.", address, fault);
      attempt.fail(new Failure(CutReason.INTERNAL, fault));
    }
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
      this.deadline = loop.deadline(() -> fail(new Failure(CutReason.APP_SILENT, null)));
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
        LOG.debug("Dialling from {} failed", loop, connect.cause());
        fail(Failure.of(connect.cause()));
        return;
      }
      end();
      var connection =
          new Connection(
              loop, socket, dialer.account(), dialer.connectionLimits(), dialer.writeLimits());
      if (!connection.account().charge(Purse.HEAP, Connection.HEAP_PRICE)) {
        connection.finished();
        var _ = socket.close();
        outcome.failed(new Failure(CutReason.MEMORY_REFUSED, null));
        return;
      }
      connection.open(outcome::connected);
    }

    private void end() {
      over = true;
      deadline.close();
      dialer.account().release(Purse.HEAP, Connection.HEAP_PRICE);
    }

    private void fail(Failure failure) {
      if (over) return;
      end();
      var _ = socket.close();
      outcome.failed(failure);
    }

    @Override
    public void close() {
      if (over) return;
      end();
      var _ = socket.close();
    }
  }
}
