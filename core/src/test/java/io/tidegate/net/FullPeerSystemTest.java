package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tidegate.testkit.Balanced;
import java.net.Socket;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Whom the kernel knows to let nothing more come.
@ExtendWith(Balanced.class)
class FullPeerSystemTest {
  private static final int BYTES = 4 << 20;

  private final Debts debts = new Debts();

  @BeforeEach
  void theKernelTells() {
    assumeTrue(Transport.best() == Transport.EPOLL, "no epoll");
  }

  private Rig.Door door(Rig rig, int bytes) throws Exception {
    return rig.door(
        config -> config,
        connection -> {
          if (bytes > 0) assertThat(debts.offer(connection, new byte[bytes])).isTrue();
          return Recorder.of(connection);
        });
  }

  private static <T> T ask(Connection connection, Callable<T> what) {
    try {
      return Rig.on(connection.loop(), what);
    } catch (Exception fault) {
      throw new AssertionError(fault);
    }
  }

  @Test
  void whoReadsNothingIsFullUntilHeReads() throws Exception {
    try (var rig = new Rig(Transport.EPOLL);
        var door = door(rig, BYTES);
        var client = new Socket()) {
      client.setReceiveBufferSize(4_096);
      client.connect(door.listener.address());
      var connection = door.next();

      Rig.await("full", () -> ask(connection, connection::isPeerFull));

      assertThat(client.getInputStream().readNBytes(BYTES)).hasSize(BYTES);
      Rig.await("all written", () -> ask(connection, connection::unwrittenBytes) == 0);
      assertThat(ask(connection, connection::isPeerFull)).isFalse();
      Rig.await("quiet", () -> ask(connection, connection::isPeerQuiet));
      assertThat(ask(connection, connection::isPeerFull)).as("has all, and room").isFalse();
    }
  }

  @Test
  void whoIsSentNothingIsQuietAndNotFull() throws Exception {
    try (var rig = new Rig(Transport.EPOLL);
        var door = door(rig, 0);
        var _ = door.call()) {
      var connection = door.next();

      Rig.await("quiet", () -> ask(connection, connection::isPeerQuiet));

      assertThat(ask(connection, connection::isPeerFull)).isFalse();
    }
  }
}
