package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.nio.AbstractNioChannel;
import io.tidegate.ledger.Purse;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is noticed of a peer, and what is not read, while reading is paused.
@ExtendWith({Balanced.class, Quiet.class})
class PausedPeerSystemTest {
  /// One paused connection, its recorder and the peer.
  private record Paused(Connection connection, Recorder recorder, Socket client) {
    static Paused at(Rig.Door door) throws Exception {
      var client = door.call();
      var connection = door.next();
      var recorder = Rig.on(connection.loop(), () -> Recorder.of(connection));
      Rig.run(
          connection.loop(),
          () -> {
            connection.read(recorder);
            connection.pauseReading(true);
          });
      return new Paused(connection, recorder, client);
    }

    void resume() throws Exception {
      Rig.run(connection.loop(), () -> connection.pauseReading(false));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 50_000, 3_000_000})
  void linuxTellsOfTheEndAndNothingIsReadOrLost(int unread) throws Exception {
    try (var rig = new Rig(Transport.EPOLL);
        var door = rig.door(Recorder::of)) {
      var paused = Paused.at(door);
      var sender = Thread.ofVirtual().start(() -> sendAndEnd(paused.client, unread));
      boolean fits = unread < 100_000; // else the FIN waits behind what the kernel does not take
      if (fits) Rig.await("ending", () -> paused.recorder.events().contains("ending"));
      assertThat(paused.recorder.receivedBytes()).isZero();

      paused.resume();

      Rig.await("end", () -> paused.recorder.events().contains("end"));
      assertThat(paused.recorder.receivedBytes()).isEqualTo(unread);
      Rig.run(paused.connection.loop(), paused.connection::end);
      Rig.await("closed", paused.recorder::isClosed);
      if (fits) assertThat(paused.recorder.events()).containsExactly("ending", "end", "closed");
      assertThat(paused.recorder.closings()).containsExactly(Optional.empty());
      sender.join();
      paused.client.close();
    }
  }

  /// NIO tells of a FIN only to who reads up to it: 16 KiB are read ahead, charged, and not
  /// delivered.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10_000, 16_384, 50_000})
  void nioReadsAheadUpToTheEndAndDeliversNothingBefore(int unread) throws Exception {
    try (var rig = new Rig(Transport.NIO);
        var door = rig.door(Recorder::of)) {
      var paused = Paused.at(door);
      var account = paused.connection.account();
      sendAndEnd(paused.client, unread);
      boolean seen = unread < ReadAhead.MOST_BYTES;
      if (seen) Rig.await("ending", () -> paused.recorder.events().contains("ending"));
      else Rig.await("held", () -> account.held(Purse.DIRECT) == ReadAhead.MOST_BYTES);
      assertThat(account.held(Purse.DIRECT)).isEqualTo(unread == 0 ? 0 : ReadAhead.MOST_BYTES);
      assertThat(paused.recorder.receivedBytes()).isZero();

      paused.resume();

      Rig.await("end", () -> paused.recorder.events().contains("end"));
      assertThat(paused.recorder.receivedBytes()).isEqualTo(unread);
      assertThat(account.held(Purse.DIRECT)).isZero();
      Rig.run(paused.connection.loop(), paused.connection::end);
      Rig.await("closed", paused.recorder::isClosed);
      assertThat(paused.recorder.closings()).containsExactly(Optional.empty());
      paused.client.close();
    }
  }

  /// The kernel's news may be read in the turn that resumes, before what was read ahead has been
  /// delivered: it must fit behind that, or wait.
  @ParameterizedTest
  @ValueSource(ints = {192, 16_384})
  void whatNioReadsBetweenAResumeAndItsDeliveryComesBehind(int ahead) throws Exception {
    try (var rig = new Rig(Transport.NIO);
        var door = rig.door(Recorder::of);
        var client = door.call()) {
      var connection = door.next();
      var recorder = (Recorder) Rig.on(connection.loop(), connection::reader);
      // reads grow to 64 KiB
      client.getOutputStream().write(new byte[500_000]);
      Rig.await("read", () -> recorder.receivedBytes() == 500_000);
      Rig.run(connection.loop(), () -> connection.pauseReading(true));
      client.getOutputStream().write(new byte[ahead]);
      var account = connection.account();
      Rig.await("held", () -> account.held(Purse.DIRECT) == ReadAhead.MOST_BYTES);
      client.getOutputStream().write(new byte[300_000]);

      Rig.run(
          connection.loop(),
          () -> {
            connection.pauseReading(false);
            ((AbstractNioChannel.NioUnsafe) connection.channel().unsafe()).read();
          });

      Rig.await("all of it", () -> recorder.receivedBytes() == 500_000 + ahead + 300_000);
      assertThat(recorder.isClosed()).isFalse();
    }
  }

  @Test
  void whatNioHasReadAheadIsGivenBackWhenThePeerIsCut() throws Exception {
    try (var rig = new Rig(Transport.NIO);
        var door = rig.door(Recorder::of)) {
      var paused = Paused.at(door);
      paused.client.getOutputStream().write(new byte[10_000]);
      Rig.await("held", () -> paused.connection.account().held(Purse.DIRECT) > 0);
      Rig.run(paused.connection.loop(), () -> paused.connection.reset(CutReason.OPERATOR));
      Rig.await("closed", paused.recorder::isClosed);
      paused.client.close();
    }
  }

  private static void sendAndEnd(Socket client, int bytes) {
    try {
      client.getOutputStream().write(new byte[bytes]);
      client.shutdownOutput();
    } catch (java.io.IOException broken) {
      throw new java.io.UncheckedIOException(broken);
    }
  }

  @ParameterizedTest
  @CsvSource({"0,false", "50000,false", "0,true", "50000,true"})
  void linuxTellsOfAReset(int unread, boolean afterEnd) throws Exception {
    try (var rig = new Rig(Transport.EPOLL);
        var door = rig.door(Recorder::of)) {
      var paused = Paused.at(door);
      paused.client.getOutputStream().write(new byte[unread]);
      if (afterEnd) {
        paused.client.shutdownOutput();
        Rig.await("ending", () -> paused.recorder.events().contains("ending"));
      }

      paused.client.setSoLinger(true, 0);
      paused.client.close();

      Rig.await("closed", paused.recorder::isClosed);
      assertThat(paused.recorder.closings()).containsExactly(Optional.of(CutReason.PEER_GONE));
      assertThat(paused.recorder.receivedBytes()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFullWindowBeforeTheEndLosesNothing(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door = rig.door(Recorder::holding);
        var client = door.call()) {
      var connection = door.next();
      var holding = Rig.on(connection.loop(), () -> Recorder.holding(connection));
      Rig.run(connection.loop(), () -> connection.read(holding));
      sendAndEnd(client, 150_000);
      Rig.await("the window is out", connection::isReadingPaused);
      for (int turn = 0; turn < 50; turn++) Rig.run(connection.loop(), () -> {});
      assertThat(holding.receivedBytes()).isLessThanOrEqualTo(Connection.READ_WINDOW + 2048);

      while (!holding.events().contains("end")) Rig.runs(connection.loop(), holding::release);

      assertThat(holding.receivedBytes()).isEqualTo(150_000);
      Rig.run(connection.loop(), connection::end);
      Rig.runs(connection.loop(), holding::release);
      Rig.await("closed", holding::isClosed);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatEndedBothWaysAndIsNotReadCostsNoCpu(Transport transport) throws Exception {
    try (var rig = new Rig(transport, 1, Rig.PLENTY, io.tidegate.ledger.Ticker.SYSTEM);
        var door = rig.door(Recorder::of)) {
      var paused = Paused.at(door);
      sendAndEnd(paused.client, 50_000);
      Rig.run(paused.connection.loop(), paused.connection::end);
      assertThat(paused.client.getInputStream().read()).isEqualTo(-1);
      var before = processTime();

      assertThat(Eventually.within(Duration.ofMillis(1500), () -> false)).isFalse();

      assertThat(processTime().minus(before)).isLessThan(Duration.ofMillis(600));
      paused.resume();
      Rig.await("closed", paused.recorder::isClosed);
      assertThat(paused.recorder.receivedBytes()).isEqualTo(50_000);
      assertThat(paused.recorder.closings()).containsExactly(Optional.empty());
      paused.client.close();
    }
  }

  private static Duration processTime() {
    return ProcessHandle.current().info().totalCpuDuration().orElseThrow();
  }
}
