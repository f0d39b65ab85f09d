package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An echo server of its own process: `EchoProcess TRANSPORT`. Prints `port N`, `reserved N` for
/// its reserved listener, and `broken` if it is. Ends when it is killed.
final class EchoProcess {
  private EchoProcess() {}

  private record Echo(Connection connection) implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      var _ = connection.offer(piece, piece.readableBytes(), connection);
    }

    @Override
    public void end() {
      connection.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {}
  }

  private record Protocol() implements Stage {
    @Override
    public int heapPriceBytes() {
      return 0;
    }

    @Override
    public ByteStream.Reader start(Connection connection, Next next) {
      return new Echo(connection);
    }

    @Override
    public byte[] refusal(CutReason reason) {
      return reason.label().getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }
  }

  public static void main(String[] args) throws Exception {
    var config =
        new LoopsConfig(
            "echo", 2, new Budget(64 << 20, 64 << 20), Transport.valueOf(args[0]), false);
    var loops = Loops.open(config);
    loops.onBroken(_ -> System.out.println("broken"));
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var listener =
        Listener.open(
            loops,
            ListenerConfig.forVisitors(address).withMaxConnections(10_000),
            List.of(new Protocol()));
    System.out.println("port " + listener.address().getPort());
    var reserved =
        Listener.openReserved(
            loops,
            ListenerConfig.forVisitors(address).withMaxConnections(16),
            List.of(new Protocol()),
            Ledger.open(new Budget(1 << 20, 1 << 20)));
    System.out.println("reserved " + reserved.address().getPort());
    Thread.currentThread().join();
  }
}
