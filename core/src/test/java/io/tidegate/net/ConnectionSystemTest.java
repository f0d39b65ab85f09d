package io.tidegate.net;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Purse;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.FakeTicker;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith({Balanced.class, Quiet.class})
class ConnectionSystemTest {
  private static final int MIB = 1 << 20;
  private static final Duration STALL = Duration.ofSeconds(3);

  private static byte[] random(long seed, int length) {
    var bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static CompletableFuture<Void> sends(Socket client, byte[] bytes, long seed) {
    var done = new CompletableFuture<Void>();
    Thread.ofVirtual()
        .start(() -> {
          try {
            var sizes = new Random(seed);
            for (int at = 0; at < bytes.length; ) {
              int length = Math.min(1 + sizes.nextInt(30_000), bytes.length - at);
              client.getOutputStream().write(bytes, at, length);
              at += length;
            }
            client.shutdownOutput();
            done.complete(null);
          } catch (IOException broken) {
            done.completeExceptionally(broken);
          }
        });
    return done;
  }

  @ParameterizedTest
  @CsvSource({"EPOLL,1", "EPOLL,2", "NIO,1", "NIO,2"})
  void piecesOfAnySizeStayInOrderBothWays(Transport transport, long seed) throws Exception {
    var up = random(seed, 2 * MIB);
    var down = random(-seed, 2 * MIB);
    var debts = new Debts();
    try (var rig = new Rig(transport);
        var door = rig.door(Recorder::of);
        var client = door.call()) {
      var connection = door.next();
      var recorder = Rig.on(connection.loop(), () -> Recorder.of(connection));
      Rig.run(connection.loop(), () -> connection.read(recorder));
      var sent = sends(client, up, seed);
      Rig.run(connection.loop(), () -> offerAll(connection, down, seed, debts));

      var received = client.getInputStream().readAllBytes();

      assertThat(Arrays.equals(received, down)).isTrue();
      sent.get();
      Rig.await("closed", recorder::isClosed);
      assertThat(Arrays.equals(recorder.received(), up)).isTrue();
      assertThat(recorder.events()).containsExactly("end", "closed");
      assertThat(recorder.closings()).containsExactly(Optional.empty());
      assertThat(debts.arePaid()).isTrue();
      assertThat(connection.writtenBytes()).isEqualTo(down.length);
      assertThat(connection.readBytes()).isEqualTo(up.length);
    }
  }

  private static void offerAll(Connection connection, byte[] bytes, long seed, Debts debts) {
    var sizes = new Random(seed);
    for (int at = 0; at < bytes.length; ) {
      int bound = sizes.nextInt(4) == 0 ? 20_000 : 700;
      int length = Math.min(1 + sizes.nextInt(bound), bytes.length - at);
      assertThat(debts.offer(connection, Arrays.copyOfRange(bytes, at, at + length))).isTrue();
      at += length;
    }
    connection.end();
  }

  @ParameterizedTest
  @CsvSource({"EPOLL,true", "NIO,false"})
  void whatTheKernelTakesAtOnceKeepsItsPlaceAndIsNotCharged(Transport transport, boolean takes)
      throws Exception {
    var bytes = random(5, 2 * MIB);
    var debts = new Debts();
    try (var rig = new Rig(transport);
        var door = rig.door(Recorder::of);
        var client = door.call()) {
      var connection = door.next();
      var before = connection.account().held(Purse.DIRECT);

      int now = Rig.on(connection.loop(), () -> atOnce(connection, bytes, 0, 1000, debts));
      var held = connection.account().held(Purse.DIRECT);
      Rig.run(connection.loop(), () -> pourAtOnce(connection, bytes, 1000, debts));
      var received = client.getInputStream().readAllBytes();

      assertThat(now).isEqualTo(takes ? 1000 : 0);
      if (takes) assertThat(held).isEqualTo(before);
      assertThat(Arrays.equals(received, bytes)).isTrue();
      assertThat(connection.writtenBytes()).isEqualTo(bytes.length);
      assertThat(debts.arePaid()).isTrue();
    }
  }

  /// Writes what is taken at once and offers the rest; what waits is passed by no later byte.
  private static void pourAtOnce(Connection connection, byte[] bytes, int from, Debts debts) {
    var sizes = new Random(6);
    for (int at = from; at < bytes.length; ) {
      int length = Math.min(1 + sizes.nextInt(20_000), bytes.length - at);
      boolean waits = connection.unwrittenBytes() > 0;
      int now = atOnce(connection, bytes, at, length, debts);
      if (waits) assertThat(now).as("past what waits").isZero();
      at += length;
    }
    connection.end();
    var more = Debts.buffer(connection, new byte[1]);
    assertThat(connection.writeNow(more)).as("behind the end").isZero();
    more.release();
  }

  private static int atOnce(Connection connection, byte[] bytes, int at, int length, Debts debts) {
    var piece = Debts.buffer(connection, Arrays.copyOfRange(bytes, at, at + length));
    int now = connection.writeNow(piece);
    assertThat(piece.readableBytes()).isEqualTo(length);
    piece.release();
    if (now < length)
      assertThat(debts.offer(connection, Arrays.copyOfRange(bytes, at + now, at + length)))
          .isTrue();
    return now;
  }

  @Test
  void aBrokenSocketTakesNothingAtOnceAndTellsItInOrder() throws Exception {
    try (var rig = new Rig(Transport.EPOLL);
        var door = rig.door(Recorder::of);
        var client = door.call()) {
      var connection = door.next();
      var recorder = Rig.on(connection.loop(), () -> Recorder.of(connection));
      Rig.run(connection.loop(), () -> connection.read(recorder));
      leave(client);

      Rig.run(
          connection.loop(),
          () -> {
            // the loop cannot hear of the reset before this ends
            Rig.await("the socket is broken", () -> takesOf(connection) == 0);
            assertThat(connection.isClosed()).isFalse();
            assertThat(new Debts().offer(connection, new byte[10])).isTrue();
          });

      Rig.await("closed", recorder::isClosed);
      assertThat(recorder.closings()).containsExactly(Optional.of(CutReason.PEER_GONE));
    }
  }

  /// Netty closes a descriptor before it says so, and the next socket gets its number.
  @Test
  void aSocketThatHasJustClosedTakesNothingThoughItsNumberIsAnothers() throws Exception {
    try (var rig = new Rig(Transport.EPOLL);
        var door = rig.door(Recorder::of);
        var _ = door.call();
        var other = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var connection = door.next();
      var strangers = new ArrayList<Socket>();

      int now =
          Rig.on(
              connection.loop(),
              () -> {
                var _ = connection.channel().close();
                for (int i = 0; i < 20; i++)
                  strangers.add(new Socket(other.getInetAddress(), other.getLocalPort()));
                return takesOf(connection);
              });

      for (var stranger : strangers) stranger.close();
      assertThat(now).isZero();
    }
  }

  private static int takesOf(Connection connection) {
    var piece = Debts.buffer(connection, new byte[10]);
    int now = connection.writeNow(piece);
    piece.release();
    return now;
  }

  @ParameterizedTest
  @EnumSource
  void readingStopsAtTheWindowAndGoesOnWhenItIsReleased(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door = rig.door(Recorder::holding);
        var client = door.call()) {
      var connection = door.next();
      var holding = Rig.on(connection.loop(), () -> Recorder.holding(connection));
      Rig.run(connection.loop(), () -> connection.read(holding));
      var sent = sends(client, new byte[4 * MIB], 3);

      Rig.await("the window is out", connection::isReadingPaused);

      for (int turn = 0; turn < 50; turn++) Rig.run(connection.loop(), () -> {});
      int window = holding.receivedBytes();
      assertThat(window).isBetween(Connection.READ_WINDOW * 3 / 4, Connection.READ_WINDOW + 2048);
      // NIO reads some more, to see whether the peer has gone
      long ahead = transport == Transport.NIO ? ReadAhead.MOST_BYTES : 0;
      assertThat(connection.account().held(Purse.DIRECT)).isIn((long) window, window + ahead);
      while (holding.receivedBytes() < 4 * MIB) {
        int released = Rig.on(connection.loop(), holding::release);
        assertThat(released).isLessThanOrEqualTo(Connection.READ_WINDOW + 2048);
      }
      sent.get();
      Rig.run(connection.loop(), connection::end);
      int last = Rig.on(connection.loop(), holding::release);
      assertThat(last).isLessThanOrEqualTo(Connection.READ_WINDOW + 2048);
      Rig.await("closed", holding::isClosed);
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachPayerIsToldOnceWhateverEndsTheConnection(Transport transport) throws Exception {
    var random = new Random(11);
    var debts = new Debts();
    var recorders = new CopyOnWriteArrayList<Recorder>();
    try (var rig = new Rig(transport);
        var door = rig.door(connection -> pouring(connection, debts, recorders));
        var clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var all = new ArrayList<CompletableFuture<Void>>();
      for (int i = 0; i < 120; i++) {
        int after = random.nextInt(300_000);
        int how = random.nextInt(4);
        all.add(CompletableFuture.runAsync(() -> readsAndLeaves(door, after, how), clients));
      }
      for (var one : all) one.get();

      Rig.await("all closed", () -> recorders.stream().allMatch(Recorder::isClosed));

      assertThat(recorders).hasSize(120).allMatch(it -> it.closings().size() == 1);
      assertThat(debts.arePaid()).isTrue();
    }
  }

  private static ByteStream.Reader pouring(
      Connection connection, Debts debts, List<Recorder> recorders) {
    var bytes = random(5, 400_000);
    offerAll(connection, bytes, 5, debts);
    var recorder = Recorder.of(connection);
    recorders.add(recorder);
    return recorder;
  }

  private static void readsAndLeaves(Rig.Door door, int after, int how) {
    try (var client = door.call()) {
      client.getOutputStream().write(new byte[how * 1000]);
      int read = client.getInputStream().readNBytes(after).length;
      assertThat(read).isEqualTo(after);
      switch (how) {
        case 0 -> client.setSoLinger(true, 0);
        case 1 -> client.shutdownOutput();
        case 2 -> assertThat(client.getInputStream().readAllBytes()).hasSize(400_000 - after);
        default -> {}
      }
    } catch (IOException broken) {
      throw new java.io.UncheckedIOException(broken);
    }
  }

  @ParameterizedTest
  @EnumSource
  void thePeersEndLeavesOurDirectionOpen(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door = rig.door(Recorder::of);
        var client = door.call()) {
      var connection = door.next();
      var recorder = Rig.on(connection.loop(), () -> Recorder.of(connection));
      Rig.run(connection.loop(), () -> connection.read(recorder));
      client.getOutputStream().write("question".getBytes(US_ASCII));
      client.shutdownOutput();
      Rig.await("end", () -> recorder.events().contains("end"));

      Rig.run(connection.loop(), () -> answer(connection, "answer"));
      Rig.run(connection.loop(), connection::end);

      assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII)).isEqualTo("answer");
      Rig.await("closed", recorder::isClosed);
      assertThat(recorder.events()).containsExactly("end", "closed");
      assertThat(recorder.closings()).containsExactly(Optional.empty());
    }
  }

  private static void answer(Connection connection, String text) {
    var piece = Debts.buffer(connection, text.getBytes(US_ASCII));
    assertThat(connection.offer(piece, 0, Payer.NOBODY)).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void ourEndLeavesThePeersDirectionOpen(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door = rig.door(Recorder::of);
        var client = door.call()) {
      var connection = door.next();
      var recorder = Rig.on(connection.loop(), () -> Recorder.of(connection));
      Rig.run(connection.loop(), () -> connection.read(recorder));
      Rig.run(connection.loop(), connection::end);
      assertThat(client.getInputStream().read()).isEqualTo(-1);

      client.getOutputStream().write(new byte[300_000]);
      client.shutdownOutput();

      Rig.await("closed", recorder::isClosed);
      assertThat(recorder.receivedBytes()).isEqualTo(300_000);
      assertThat(recorder.closings()).containsExactly(Optional.empty());
      boolean late =
          Rig.on(
              connection.loop(),
              () -> connection.offer(Debts.buffer(connection, new byte[1]), 0, Payer.NOBODY));
      assertThat(late).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aResetIsAResetAlsoBehindBytesThatWait(Transport transport) throws Exception {
    var debts = new Debts();
    try (var rig = new Rig(transport);
        var door = rig.door(Recorder::of);
        var client = door.call()) {
      var connection = door.next();
      var recorder = Rig.on(connection.loop(), () -> Recorder.of(connection));
      Rig.run(connection.loop(), () -> connection.read(recorder));
      Rig.run(
          connection.loop(),
          () -> {
            for (int i = 0; i < 200; i++) {
              assertThat(debts.offer(connection, new byte[100_000])).isTrue();
            }
          });
      assertThat(client.getInputStream().readNBytes(1000)).hasSize(1000);

      Rig.run(connection.loop(), () -> connection.reset(CutReason.OPERATOR));

      assertThatThrownBy(() -> client.getInputStream().readAllBytes())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("reset");
      Rig.await("closed", recorder::isClosed);
      assertThat(recorder.closings()).containsExactly(Optional.of(CutReason.OPERATOR));
      assertThat(debts.arePaid()).isTrue();
      assertThat(rig.loops.cuts(CutReason.OPERATOR)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void anEarlyAnswerSurvivesAClientThatIsStillSending(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door =
            rig.door(connection -> {
              answer(connection, "too large");
              connection.endAndDiscard(CutReason.TOO_LARGE);
              return new Discard(connection);
            });
        var client = door.call()) {
      client.getOutputStream().write(new byte[6 * MIB]);

      assertThat(new String(client.getInputStream().readAllBytes(), US_ASCII))
          .isEqualTo("too large");

      client.shutdownOutput();
      Rig.await("gone", () -> door.listener.connectionCount() == 0);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoSendsOnPastTheBoundBehindOurEndIsCut(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door =
            rig.door(connection -> {
              connection.endAndDiscard(null, 100_000);
              return new Discard(connection);
            });
        var client = door.call()) {
      assertThatThrownBy(
              () -> {
                while (true) client.getOutputStream().write(new byte[10_000]);
              })
          .isInstanceOf(java.io.IOException.class);

      Rig.await("gone", () -> door.listener.connectionCount() == 0);
      assertThat(rig.loops.cuts(CutReason.FLOOD)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLongAnswerIsNotCutShortByTheLingerOfItsEnd(Transport transport) throws Exception {
    var debts = new Debts();
    try (var rig = new Rig(transport);
        var door =
            rig.door(connection -> {
              for (int i = 0; i < 300; i++) {
                assertThat(debts.offer(connection, new byte[100_000])).isTrue();
              }
              connection.endAndDiscard(null);
              return new Discard(connection);
            });
        var client = door.call()) {
      assertThat(client.getInputStream().readNBytes(100_000)).hasSize(100_000);
      var pause =
          io.tidegate.testkit.Eventually.within(java.time.Duration.ofSeconds(3), () -> false);
      assertThat(pause).isFalse();

      assertThat(client.getInputStream().readAllBytes()).hasSize(299 * 100_000);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aPeerThatStaysSilentAfterOurEndIsClosedWhenTheLingerIsOver(Transport transport)
      throws Exception {
    try (var rig = new Rig(transport);
        var door =
            rig.door(connection -> {
              connection.endAndDiscard(null);
              return new Discard(connection);
            });
        var client = door.call()) {
      assertThat(client.getInputStream().read()).isEqualTo(-1);

      Rig.await("gone", () -> door.listener.connectionCount() == 0);
    }
  }

  @Test
  void whatTheKernelHasBehindOurEndIsCountedUntilThePeerTakesNothingForTheStallDeadline()
      throws Exception {
    assumeTrue(Transport.best() == Transport.EPOLL); // nobody else tells what was taken
    var debts = new Debts();
    try (var rig = new Rig(Transport.EPOLL);
        var door =
            rig.door(
                local -> local.withWriteLimits(WriteLimits.DEFAULT.withStall(STALL)),
                connection -> {
                  assertThat(debts.offer(connection, new byte[60_000])).isTrue();
                  connection.endAndDiscard(CutReason.OUTBOUND_FULL);
                  return new Discard(connection);
                });
        var client = new Socket()) {
      client.setReceiveBufferSize(4_096);
      client.connect(door.listener.address());
      for (int i = 0; i < 30; i++) { // for longer than a linger
        assertThat(client.getInputStream().readNBytes(1_000)).hasSize(1_000);
        LockSupport.parkNanos(100_000_000);
      }
      assertThat(door.listener.connectionCount()).isEqualTo(1);

      Rig.await("reset", () -> door.listener.connectionCount() == 0);
      assertThatThrownBy(() -> client.getInputStream().readAllBytes())
          .isInstanceOf(SocketException.class)
          .hasMessageContaining("reset");
      assertThat(rig.loops.cuts(CutReason.OUTBOUND_FULL)).isEqualTo(1);
    }
  }

  @Test
  void aPeerThatTakesItsTimeForWhatTheKernelHasIsCutWhenThatLastsForTwoMinutes() throws Exception {
    assumeTrue(Transport.best() == Transport.EPOLL); // nobody else tells what was taken
    var debts = new Debts();
    var clock = new FakeTicker();
    try (var rig = new Rig(Transport.EPOLL, 1, Rig.PLENTY, clock);
        var door =
            rig.door(connection -> {
              assertThat(debts.offer(connection, new byte[60_000])).isTrue();
              connection.endAndDiscard(null);
              return new Discard(connection);
            });
        var client = new Socket()) {
      client.setReceiveBufferSize(4_096);
      client.connect(door.listener.address());
      assertThat(client.getInputStream().readNBytes(1_000)).hasSize(1_000);

      int looks = 0; // the kernel's own clock says at each that it has just sent some
      for (; door.listener.connectionCount() > 0 && looks < 20; looks++) {
        rig.advance(clock, Duration.ofSeconds(10));
      }

      assertThat(looks).isBetween(12, 14);
      assertThat(rig.loops.cuts(CutReason.WRITE_TOO_SLOW)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aVanishedPeerIsGoneAndAFaultOfTheReaderHasItsReason(Transport transport) throws Exception {
    try (var rig = new Rig(transport)) {
      assertThat(endOf(rig, null, true)).containsExactly(Optional.of(CutReason.PEER_GONE));
      assertThat(endOf(rig, new PeerException(CutReason.BAD_MESSAGE, "test"), false))
          .containsExactly(Optional.of(CutReason.BAD_MESSAGE));
      assertThat(endOf(rig, new IllegalStateException("test"), false))
          .containsExactly(Optional.of(CutReason.INTERNAL));
      assertThat(Quiet.expect("A fault of ours")).isEqualTo(1);
    }
  }

  private static List<Optional<CutReason>> endOf(
      Rig rig, @Nullable RuntimeException fault, boolean resets) throws Exception {
    var owned = new CopyOnWriteArrayList<String>();
    try (var door = rig.door(connection -> faulty(connection, fault, owned));
        var client = door.call()) {
      var connection = door.next();
      var recorder = (Faulty) Rig.on(connection.loop(), () -> connection.reader());
      client.getOutputStream().write(1);
      Rig.await("a byte", () -> recorder.record.receivedBytes() == 1);
      if (resets) client.setSoLinger(true, 0);
      if (resets) leave(client);
      Rig.await("closed", recorder.record::isClosed);
      Rig.await("owned is closed", () -> owned.size() == 1);
      return recorder.record.closings();
    }
  }

  private static void leave(Socket client) throws IOException {
    client.close();
  }

  private static ByteStream.Reader faulty(
      Connection connection, @Nullable RuntimeException fault, List<String> owned) {
    var _ = connection.own(() -> owned.add("closed"));
    return new Faulty(Recorder.of(connection), fault);
  }

  private record Faulty(Recorder record, @Nullable RuntimeException fault)
      implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      record.bytes(piece);
      if (fault != null) throw fault;
    }

    @Override
    public void end() {
      record.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      record.closed(reason);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsOwnedIsClosedOnceInReverseUnlessGivenUp(Transport transport) throws Exception {
    var closed = new CopyOnWriteArrayList<String>();
    try (var rig = new Rig(transport);
        var door = rig.door(Recorder::of);
        var client = door.call()) {
      var connection = door.next();
      Rig.run(
          connection.loop(),
          () -> {
            var _ = connection.own(() -> closed.add("first"));
            var removed = connection.own(() -> closed.add("removed"));
            var _ =
                connection.own(() -> {
                  closed.add("faulty");
                  throw new IOException("test");
                });
            var _ = connection.own(() -> closed.add("last"));
            removed.close();
            removed.close();
            connection.reset(CutReason.OPERATOR);
          });

      Rig.await("all closed", () -> closed.contains("first"));

      Rig.run(connection.loop(), () -> connection.own(() -> closed.add("late")).close());
      assertThat(closed).containsExactly("last", "faulty", "first", "late");
      assertThat(Quiet.expect("Closing what")).isEqualTo(1);
      assertThat(client.isConnected()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReaderOfAnEndedConnectionHearsThatAtOnce(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door = rig.door(Recorder::of);
        var client = door.call()) {
      var connection = door.next();
      leave(client);
      Rig.run(connection.loop(), connection::end);
      Rig.await("gone", () -> door.listener.connectionCount() == 0);

      var late = Rig.on(connection.loop(), () -> Recorder.of(connection));
      Rig.run(connection.loop(), () -> connection.read(late));

      assertThat(late.closings()).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void aSocketThatHasJustClosedIsAskedNothing(Transport transport) throws Exception {
    try (var rig = new Rig(transport);
        var door = rig.door(Recorder::of);
        var _ = door.call()) {
      var connection = door.next();
      var recorder = Rig.on(connection.loop(), () -> Recorder.of(connection));

      Rig.run(
          connection.loop(),
          () -> {
            connection.read(recorder);
            var _ = connection.channel().close(); // as Netty does where it reads a reset
            connection.holdLittle();
          });

      Rig.await("closed", recorder::isClosed);
    }
  }
}
