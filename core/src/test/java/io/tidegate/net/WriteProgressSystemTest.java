package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.FakeTicker;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Readers too slow and slow enough, by a clock that the test moves.
@ExtendWith({Balanced.class, Quiet.class})
class WriteProgressSystemTest {
  private static final int BYTES = 900_000;
  private static final int NARROW = 32 * 1024;

  private final FakeTicker ticker = new FakeTicker();
  private final Debts debts = new Debts();

  private Rig.Door door(Rig rig, WriteLimits limits) throws IOException {
    return rig.door(
        config ->
            config.withOptions(SocketOptions.VISITOR.withSendBytes(NARROW)).withWriteLimits(limits),
        connection -> {
          // one piece: what is taken of it in part counts as progress
          assertThat(debts.offer(connection, new byte[BYTES])).isTrue();
          connection.end();
          return Recorder.of(connection);
        });
  }

  private static Socket narrow(Rig.Door door) throws IOException {
    var socket = new Socket();
    socket.setReceiveBufferSize(NARROW);
    socket.connect(door.listener.address());
    return socket;
  }

  private void second(Rig rig) {
    rig.advance(ticker, Duration.ofSeconds(1));
  }

  private Recorder recorder(Connection connection) throws Exception {
    return (Recorder) Rig.on(connection.loop(), connection::reader);
  }

  @ParameterizedTest
  @EnumSource
  void aReaderThatTakesNothingIsCutAtTheStallDeadline(Transport transport) throws Exception {
    var limits = new WriteLimits(Duration.ofSeconds(4), 1, Duration.ofSeconds(100));
    try (var rig = new Rig(transport, 1, Rig.PLENTY, ticker);
        var door = door(rig, limits);
        var client = narrow(door)) {
      var connection = door.next();
      var recorder = recorder(connection);
      int seconds = 0;
      for (; seconds < 12 && !recorder.isClosed(); seconds++) second(rig);

      assertThat(recorder.closings()).containsExactly(Optional.of(CutReason.WRITE_STALLED));
      assertThat(seconds).isBetween(4, 7);
      assertThat(debts.arePaid()).isTrue();
      assertThat(client.isConnected()).isTrue();
    }
  }

  /// Whether so many bytes came; not if the connection is cut.
  private static boolean takes(Socket client, int bytes) throws IOException {
    try {
      return client.getInputStream().readNBytes(bytes).length == bytes;
    } catch (SocketException cut) {
      return false;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReaderBelowTheRateIsCut(Transport transport) throws Exception {
    var limits = new WriteLimits(Duration.ofSeconds(4), 400_000, Duration.ofSeconds(3));
    try (var rig = new Rig(transport, 1, Rig.PLENTY, ticker);
        var door = door(rig, limits);
        var client = narrow(door)) {
      var connection = door.next();
      var recorder = recorder(connection);
      for (int seconds = 0; seconds < 12 && takes(client, 60_000); seconds++) second(rig);

      Rig.await("cut", recorder::isClosed);
      assertThat(recorder.closings()).containsExactly(Optional.of(CutReason.WRITE_TOO_SLOW));
      assertThat(debts.arePaid()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSlowReaderWithinTheLimitsGetsAll(Transport transport) throws Exception {
    var limits = new WriteLimits(Duration.ofSeconds(3), 20_000, Duration.ofSeconds(3));
    try (var rig = new Rig(transport, 1, Rig.PLENTY, ticker);
        var door = door(rig, limits);
        var client = narrow(door)) {
      var connection = door.next();
      var recorder = recorder(connection);
      for (int read = 0; read < BYTES; read += 100_000) {
        assertThat(client.getInputStream().readNBytes(100_000)).hasSize(100_000);
        second(rig);
      }

      assertThat(client.getInputStream().read()).isEqualTo(-1);
      client.shutdownOutput();
      Rig.await("closed", recorder::isClosed);
      assertThat(recorder.closings()).containsExactly(Optional.empty());
    }
  }
}
