package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.tidegate.testkit.Balanced;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.DatagramChannel;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A descriptor that is closed and taken again within one turn of a loop: what the kernel had said
/// of the old socket is not heard by the new one.
@ExtendWith({Balanced.class, Quiet.class})
class ReusedDescriptorSystemTest {
  private static final int ROUNDS = 50;

  /// Cuts one connection and dials at once when the first byte comes.
  private record Replaces(
      Connection self, Connection victim, Dialer dialer, InetSocketAddress to, Dialed dialed)
      implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      piece.release();
      self.released(bytes);
      victim.reset(CutReason.OPERATOR);
      var _ = dialer.dial(self.loop(), to, dialed);
    }

    @Override
    public void end() {}

    @Override
    public void closed(@Nullable CutReason reason) {}
  }

  private static final class Dialed implements Dialer.Outcome {
    private final CompletableFuture<Connection> connected = new CompletableFuture<>();

    @Override
    public ByteStream.Reader connected(Connection connection) {
      connected.complete(connection);
      return Recorder.of(connection);
    }

    @Override
    public void failed(Dialer.Failure failure) {
      connected.completeExceptionally(new AssertionError(failure));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDialledConnectionSurvivesWhatWasSaidOfTheSocketBeforeIt(Transport transport)
      throws Exception {
    try (var rig =
            new Rig(
                new LoopsConfig("test", 1, Rig.PLENTY, transport, false),
                io.tidegate.ledger.Ticker.SYSTEM);
        var app = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        var door = rig.door(Recorder::of)) {
      for (int i = 0; i < ROUNDS; i++) replaces(rig, door, app);
    }
  }

  private static void replaces(Rig rig, Rig.Door door, ServerSocket app) throws Exception {
    var dialed = new Dialed();
    try (var speaker = door.call();
        var leaver = door.call()) {
      var first = door.next();
      var second = door.next();
      boolean inOrder = first.peer().endsWith(":" + speaker.getLocalPort());
      var speaking = inOrder ? first : second;
      var leaving = inOrder ? second : first;
      var to = new InetSocketAddress(app.getInetAddress(), app.getLocalPort());
      Rig.run(
          speaking.loop(),
          () -> speaking.read(new Replaces(speaking, leaving, rig.dialer(), to, dialed)));
      bothAtOnce(speaking.loop(), speaker, leaver);
      var connection = dialed.connected.get(10, TimeUnit.SECONDS);
      try (var taken = app.accept()) {
        taken.getOutputStream().write(7);
        Rig.await("the app's byte " + connection, () -> connection.readBytes() == 1);
        assertThat(Rig.on(connection.loop(), connection::isClosed)).isFalse();
        Rig.run(connection.loop(), () -> connection.reset(CutReason.CLOSING));
      }
    }
  }

  /// Has one peer speak and the other reset while the loop is busy: it hears of both in one turn.
  private static void bothAtOnce(Loop loop, Socket speaker, Socket leaver) throws Exception {
    var busy = new CountDownLatch(1);
    var done = new CountDownLatch(1);
    assertThat(
            loop.later(() -> {
              busy.countDown();
              try {
                assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              }
            }))
        .isTrue();
    assertThat(busy.await(10, TimeUnit.SECONDS)).isTrue();
    speaker.getOutputStream().write(1);
    leaver.setSoLinger(true, 0);
    leaver.close();
    // takes the descriptors that this end has just freed, so that the next one is the loop's
    var takers = new ArrayList<DatagramChannel>();
    for (int i = 0; i < 3; i++) takers.add(DatagramChannel.open());
    done.countDown();
    Rig.run(loop, () -> {});
    for (var taker : takers) taker.close();
  }
}
