package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostilePeerTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private final ServerSocket server;

  HostilePeerTest() throws Exception {
    server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
  }

  private InetSocketAddress address() {
    return (InetSocketAddress) server.getLocalSocketAddress();
  }

  @Test
  void itTellsAFinFromAResetFromSilence() throws Exception {
    try (var fin = HostilePeer.open(address());
        var finSide = server.accept();
        var reset = HostilePeer.open(address());
        var resetSide = server.accept();
        var open = HostilePeer.open(address());
        var _ = server.accept()) {
      finSide.getOutputStream().write(new byte[3]);
      finSide.shutdownOutput();
      reset(resetSide);

      assertThat(fin.awaitCut(SOON))
          .matches(cut -> cut.end() == Cut.End.FIN && cut.bytesBefore() == 3);
      assertThat(reset.awaitCut(SOON).end()).isEqualTo(Cut.End.RESET);
      var none = open.awaitCut(Duration.ofMillis(60));
      assertThat(none.end()).isEqualTo(Cut.End.OPEN);
      assertThat(none.after()).isBetween(Duration.ofMillis(50), Duration.ofSeconds(2));
    }
  }

  @Test
  void itSeesACutWithoutReadingAByte() throws Exception {
    try (var peer = HostilePeer.openNarrow(address(), 2_048);
        var side = server.accept();
        var gentle = HostilePeer.open(address());
        var gentleSide = server.accept()) {
      side.getOutputStream().write(new byte[1_000]);
      gentleSide.getOutputStream().write(new byte[1_000]);

      assertThat(peer.awaitCutUnread(Duration.ofMillis(60)).end()).isEqualTo(Cut.End.OPEN);
      reset(side);
      gentleSide.shutdownOutput();

      assertThat(peer.awaitCutUnread(SOON).end()).isEqualTo(Cut.End.RESET);
      assertThat(gentle.awaitCutUnread(SOON).end()).isEqualTo(Cut.End.FIN);
      assertThat(gentle.read(1_000, SOON)).hasSize(1_000);
    }
  }

  @Test
  void aDripTakesItsTimeAndSaysHowFarItCame() throws Exception {
    try (var peer = HostilePeer.open(address());
        var side = server.accept()) {
      var start = System.nanoTime();

      var sent = peer.drip("GET /", Duration.ofMillis(20));

      assertThat(sent).isEqualTo(5);
      assertThat(System.nanoTime() - start).isGreaterThanOrEqualTo(80_000_000);
      assertThat(side.getInputStream().readNBytes(5)).asString().isEqualTo("GET /");
      reset(side);
      assertThat(peer.drip("x".repeat(200), Duration.ofMillis(5))).isLessThan(200);
    }
  }

  @Test
  void aFloodStopsGrowingWhenNobodyReads() throws Exception {
    try (var peer = HostilePeer.open(address());
        var _ = server.accept()) {
      var sent = peer.flood(new byte[8_192], Duration.ofMillis(300));

      assertThat(sent).isPositive().isLessThan(64L * 1024 * 1024);
    }
  }

  @Test
  void abortIsAResetAndHalfCloseLeavesReadingOpen() throws Exception {
    try (var aborting = HostilePeer.open(address());
        var abortedSide = new Wire(server.accept());
        var halfClosing = HostilePeer.open(address());
        var halfSide = server.accept()) {
      aborting.abort();
      halfClosing.halfClose();

      assertThat(abortedSide.awaitEnd(SOON).end()).isEqualTo(Cut.End.RESET);
      assertThat(halfSide.getInputStream().read()).isEqualTo(-1);
      halfSide
          .getOutputStream()
          .write("still here\n".getBytes(java.nio.charset.StandardCharsets.UTF_8));
      assertThat(halfClosing.readUntil("\n", SOON)).isEqualTo("still here\n");
    }
  }

  @Test
  void itComesFromTheAddressItIsTold() throws Exception {
    var source = HostileCrowd.loopbackSources(9).getLast();
    try (var _ = HostilePeer.openFrom(source, address());
        var side = server.accept()) {
      assertThat(side.getInetAddress()).isEqualTo(source);
    }
  }

  static void reset(Socket socket) throws Exception {
    socket.setSoLinger(true, 0);
    socket.close();
  }
}
