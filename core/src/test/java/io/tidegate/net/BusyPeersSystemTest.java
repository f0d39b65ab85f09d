package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.tidegate.testkit.FakeTicker;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Peers whose bytes are much work.
class BusyPeersSystemTest {
  private static final int PEERS = 40;

  /// Of work alone: what else the machine does meanwhile is nobody's turn.
  private final FakeTicker ticker = new FakeTicker();

  private final AtomicInteger reads = new AtomicInteger();
  private final List<Integer> lengths = new CopyOnWriteArrayList<>();

  /// Works for 1 us a byte, on no more than 1 KiB a read.
  private final class Busy implements ByteStream.Reader {
    private final Connection connection;

    private Busy(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      piece.release();
      long until = System.nanoTime() + bytes * 1_000L;
      while (System.nanoTime() < until) Thread.onSpinWait();
      ticker.advance(Duration.ofNanos(bytes * 1_000L));
      reads.incrementAndGet();
      lengths.add(bytes);
      connection.released(bytes);
    }

    @Override
    public void end() {
      connection.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {}
  }

  /// Answers with how many reads of the busy there have been.
  private record Polite(Connection connection, AtomicInteger reads) implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      connection.released(piece.readableBytes());
      piece.release();
      var _ =
          connection.offer(
              connection.loop().buffers().directBuffer(4).writeInt(reads.get()), 0, Payer.NOBODY);
    }

    @Override
    public void end() {
      connection.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {}
  }

  private static Thread flood(Socket socket) {
    return Thread.startVirtualThread(() -> {
      var bytes = new byte[64 * 1024];
      try {
        while (true) socket.getOutputStream().write(bytes);
      } catch (IOException closed) {
        // the test is over
      }
    });
  }

  @Test
  void aPeerWithASmallRequestWaitsForAFewOfThemAndNotForAll() throws Exception {
    assumeTrue(Transport.best() == Transport.EPOLL);
    try (var rig = new Rig(Transport.EPOLL, 1, Rig.PLENTY, ticker);
        var busy = rig.door(Busy::new);
        var door = rig.door(connection -> new Polite(connection, reads));
        var client = door.call()) {
      var peers = new ArrayList<Socket>();
      for (int i = 0; i < PEERS; i++) {
        peers.add(busy.call());
        var _ = flood(peers.getLast());
      }
      Rig.await("all are at work", () -> reads.get() > 10 * PEERS);

      var waited = new ArrayList<Integer>();
      for (int i = 0; i < 101; i++) {
        waited.add(waits(client));
      }
      for (var peer : peers) peer.close();

      assertThat(waited.stream().filter(reads -> reads < PEERS / 2).count())
          .as("reads before an answer, %s", waited)
          .isGreaterThan(waited.size() / 2);
    }
  }

  /// How many reads of the busy `client` waits for its answer.
  private int waits(Socket client) throws IOException {
    int before = reads.get();
    client.getOutputStream().write('x');
    return ByteBuffer.wrap(client.getInputStream().readNBytes(4)).getInt() - before;
  }

  @Test
  void whatIsMuchWorkIsReadInSmallPieces() throws Exception {
    try (var rig = new Rig(Transport.best());
        var door = rig.door(Busy::new);
        var client = door.call()) {
      var _ = flood(client);
      Rig.await("reads", () -> lengths.size() > 60);

      assertThat(lengths.stream().skip(20).limit(40)).allMatch(bytes -> bytes < 16_384);
    }
  }
}
