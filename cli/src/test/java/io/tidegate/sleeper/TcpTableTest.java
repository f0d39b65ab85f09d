package io.tidegate.sleeper;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class TcpTableTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// Both ends of a connection of this machine.
  private record Pair(ServerSocket listener, Socket client, Socket server)
      implements AutoCloseable {
    static Pair open() throws IOException {
      var listener = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
      var client = new Socket("127.0.0.1", listener.getLocalPort());
      return new Pair(listener, client, listener.accept());
    }

    TcpTable.@Nullable Row row(boolean ofServer) {
      var here = TcpTable.end((InetSocketAddress) client.getLocalSocketAddress());
      var there = TcpTable.end((InetSocketAddress) client.getRemoteSocketAddress());
      try {
        var table = TcpTable.read(listener.getLocalPort());
        return ofServer ? table.row(there, here) : table.row(here, there);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void await(boolean ofServer, Predicate<TcpTable.@Nullable Row> wanted) {
      Eventually.await(PATIENCE, () -> "it is " + row(ofServer), () -> wanted.test(row(ofServer)));
    }

    @Override
    public void close() throws IOException {
      client.close();
      server.close();
      listener.close();
    }
  }

  private static boolean is(TcpTable.@Nullable Row row, TcpTable.State state) {
    return row != null && row.state() == state;
  }

  @Test
  void whatWaitsUnreadIsSeenAtTheReader() throws IOException {
    try (var pair = Pair.open()) {
      pair.server.getOutputStream().write(new byte[10_000]);

      pair.await(false, row -> row != null && row.receiveQueueBytes() == 10_000);
      assertThat(pair.row(false)).isEqualTo(new TcpTable.Row(TcpTable.State.OPEN, 0, 10_000));
    }
  }

  @Test
  void aFinIsSeenThoughNobodyReads() throws IOException {
    try (var pair = Pair.open()) {
      pair.server.close();

      pair.await(false, row -> is(row, TcpTable.State.PEER_ENDED));
    }
  }

  @Test
  void aResetLeavesNoRow() throws IOException {
    try (var pair = Pair.open()) {
      pair.server.setSoLinger(true, 0);
      pair.server.close();

      pair.await(false, row -> row == null);
    }
  }

  @Test
  void aFinBehindBytesThatFindNoRoomIsSeenAtTheServersEnd() throws Exception {
    try (var pair = Pair.open()) {
      var writer = Thread.ofVirtual().start(() -> fill(pair.server));
      pair.await(true, row -> row != null && row.sendQueueBytes() > 100_000);
      pair.server.close();
      writer.join();

      pair.await(true, row -> is(row, TcpTable.State.CLOSED_HERE));
      assertThat(is(pair.row(false), TcpTable.State.OPEN)).isTrue();
    }
  }

  private static void fill(Socket socket) {
    try {
      while (true) socket.getOutputStream().write(new byte[64 * 1024]);
    } catch (IOException closed) {
      // as it was to be
      return;
    }
  }
}
