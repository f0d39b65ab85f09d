package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Purse;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.FakeTicker;
import io.tidegate.testkit.Pattern;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Parts of a file that the kernel sends itself, to readers of every kind.
@ExtendWith({Balanced.class, Quiet.class})
class FileSliceSystemTest {
  private static final int BYTES = 2_700_000;
  private static final int NARROW = 32 * 1024;

  @TempDir private Path directory;
  private final FakeTicker ticker = new FakeTicker();
  private final Debts debts = new Debts();
  private final AtomicLong untold = new AtomicLong();
  private SharedFile file;
  private Path path;

  @BeforeEach
  void open() throws IOException {
    path = Files.write(directory.resolve("file"), Pattern.bytes(0, BYTES));
    file = SharedFile.open(path, null);
    assertThat(file.tryShare()).isTrue();
  }

  @AfterEach
  void theFileIsClosedAndThePayerToldOfAllBytes() {
    file.close();

    Rig.await("closed", () -> !file.channel().isOpen());
    assertThat(untold.get()).isZero();
    assertThat(debts.arePaid()).isTrue();
  }

  private boolean offer(Connection connection, long first, int bytes) {
    untold.addAndGet(bytes);
    return connection.offer(file.slice(first, bytes), told -> untold.addAndGet(-told));
  }

  private void offerAll(Connection connection) {
    for (int at = 0; at < BYTES; at += FileSlice.MOST_BYTES)
      assertThat(offer(connection, at, Math.min(FileSlice.MOST_BYTES, BYTES - at))).isTrue();
  }

  private boolean offer(Connection connection, String bytes) {
    return debts.offer(connection, bytes.getBytes(StandardCharsets.US_ASCII));
  }

  private Rig.Door door(Rig rig, WriteLimits limits) throws IOException {
    return rig.door(
        config ->
            config.withOptions(SocketOptions.VISITOR.withSendBytes(NARROW)).withWriteLimits(limits),
        connection -> {
          offerAll(connection);
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

  /// A second passes, and the loop has seen it.
  private void second(Rig rig) {
    ticker.advance(Duration.ofSeconds(1));
    Rig.await("a sweep", () -> rig.loops.loop(0).lastSweepNanos() == ticker.nanos());
  }

  private static Recorder recorder(Connection connection) throws Exception {
    return (Recorder) Rig.on(connection.loop(), connection::reader);
  }

  @ParameterizedTest
  @EnumSource
  void slicesLeaveInOrderBetweenTheBytesAroundThem(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door =
            rig.door(connection -> {
              assertThat(offer(connection, "before")).isTrue();
              offerAll(connection);
              assertThat(offer(connection, "between")).isTrue();
              assertThat(offer(connection, 1_000, 1)).isTrue();
              assertThat(offer(connection, "after")).isTrue();
              connection.end();
              return Recorder.of(connection);
            });
        var client = door.call()) {
      var connection = door.next();
      var recorder = recorder(connection);
      var in = client.getInputStream();
      assertThat(in.readNBytes(6)).asString().isEqualTo("before");
      var came = in.readNBytes(BYTES);
      assertThat(Pattern.firstMismatch(came, BYTES, 0)).isEqualTo(-1);
      assertThat(in.readNBytes(7)).asString().isEqualTo("between");
      assertThat(in.read()).isEqualTo(Pattern.at(1_000) & 0xff);
      assertThat(in.readAllBytes()).asString().isEqualTo("after");

      assertThat(connection.writtenBytes()).isEqualTo(BYTES + 6 + 7 + 1 + 5);
      client.shutdownOutput();
      Rig.await("closed", recorder::isClosed);
      assertThat(recorder.closings()).containsExactly(Optional.empty());
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWaitsOfAFileIsHeldAsItsEntriesAlone(Transport transport) throws Exception {
    try (var rig = new Rig(transport, 1, Rig.PLENTY, ticker);
        var door = door(rig, WriteLimits.DEFAULT);
        var client = narrow(door)) {
      var connection = door.next();
      Rig.await("sending", () -> connection.writtenBytes() == 0 && untold.get() == BYTES);

      int parts = Math.ceilDiv(BYTES, FileSlice.MOST_BYTES);
      assertThat(Rig.on(connection.loop(), connection::unwrittenBytes)).isBetween(1L, (long) BYTES);
      assertThat(Rig.on(connection.loop(), connection::holdingBytes)).isZero();
      assertThat(connection.account().held(Purse.DIRECT)).isZero();
      assertThat(connection.account().held(Purse.HEAP))
          .isEqualTo(
              Connection.HEAP_PRICE + parts * (PieceQueue.PIECE_BYTES + PieceQueue.DEBT_BYTES));
      Rig.run(connection.loop(), () -> connection.reset(CutReason.OPERATOR));
      assertThat(client.isConnected()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReaderThatTakesNothingIsCutAtTheStallDeadline(Transport transport) throws Exception {
    var limits = new WriteLimits(Duration.ofSeconds(4), 1, Duration.ofSeconds(100));
    try (var rig = new Rig(transport, 1, Rig.PLENTY, ticker);
        var door = door(rig, limits);
        var client = narrow(door)) {
      var recorder = recorder(door.next());
      int seconds = 0;
      for (; seconds < 12 && !recorder.isClosed(); seconds++) second(rig);

      assertThat(recorder.closings()).containsExactly(Optional.of(CutReason.WRITE_STALLED));
      assertThat(seconds).isBetween(4, 7);
      assertThat(client.isConnected()).isTrue();
    }
  }

  /// What is taken of a slice in part counts as progress.
  @ParameterizedTest
  @EnumSource
  void aSlowReaderWithinTheLimitsGetsAll(Transport transport) throws Exception {
    var limits = new WriteLimits(Duration.ofSeconds(3), 20_000, Duration.ofSeconds(3));
    try (var rig = new Rig(transport, 1, Rig.PLENTY, ticker);
        var door = door(rig, limits);
        var client = narrow(door)) {
      var recorder = recorder(door.next());
      for (int read = 0; read < BYTES; read += 100_000) {
        var came = client.getInputStream().readNBytes(100_000);
        assertThat(came).hasSize(100_000);
        assertThat(Pattern.firstMismatch(came, came.length, read)).isEqualTo(-1);
        second(rig);
      }

      assertThat(client.getInputStream().read()).isEqualTo(-1);
      client.shutdownOutput();
      Rig.await("closed", recorder::isClosed);
      assertThat(recorder.closings()).containsExactly(Optional.empty());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aFileThatShrinksWhileItIsSentEndsInAReset(Transport transport) throws Exception {
    try (var rig = new Rig(transport, 1, Rig.PLENTY, ticker);
        var door = door(rig, WriteLimits.DEFAULT);
        var client = narrow(door)) {
      var recorder = recorder(door.next());
      assertThat(client.getInputStream().readNBytes(1_000)).hasSize(1_000);

      try (var shorter = FileChannel.open(path, StandardOpenOption.WRITE)) {
        var _ = shorter.truncate(2_000);
      }

      assertThat(endsInAReset(client)).isTrue();
      Rig.await("closed", recorder::isClosed);
      assertThat(recorder.closings()).containsExactly(Optional.of(CutReason.APP_BAD_ANSWER));
    }
  }

  private static boolean endsInAReset(Socket client) throws IOException {
    try {
      var _ = client.getInputStream().readAllBytes();
      return false;
    } catch (SocketException reset) {
      return true;
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPeerThatGoesInTheMiddleLeavesNothingBehind(Transport transport) throws Exception {
    try (var rig = new Rig(transport, 1, Rig.PLENTY, ticker);
        var door = door(rig, WriteLimits.DEFAULT);
        var client = narrow(door)) {
      var connection = door.next();
      var recorder = recorder(connection);
      assertThat(client.getInputStream().readNBytes(1_000)).hasSize(1_000);

      client.setSoLinger(true, 0);
      client.close();

      Rig.await("closed", recorder::isClosed);
      assertThat(recorder.closings()).containsExactly(Optional.of(CutReason.PEER_GONE));
      assertThat(Rig.on(connection.loop(), () -> offer(connection, 0, 10))).isFalse();
    }
  }
}
