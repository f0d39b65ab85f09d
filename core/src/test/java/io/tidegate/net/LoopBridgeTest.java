package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Purse;
import io.tidegate.testkit.Balanced;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith({Balanced.class, Quiet.class})
class LoopBridgeTest {
  private final Debts debts = new Debts();
  private Rig rig;
  private ByteStream a;
  private ByteStream b;
  private Recorder atA;
  private Recorder atB;

  @BeforeEach
  void bridge() throws Exception {
    rig = new Rig(Transport.NIO);
    var pair = LoopBridge.between(rig.loops.loop(0), rig.loops.loop(1), rig.loops.root());
    a = pair.a();
    b = pair.b();
    atA = Recorder.of(a);
    atB = Recorder.of(b);
    read(a, atA);
    read(b, atB);
  }

  @AfterEach
  void nothingIsLeft() {
    rig.close();
    assertThat(debts.arePaid()).isTrue();
  }

  private static void read(ByteStream stream, ByteStream.Reader reader) throws Exception {
    Rig.run(stream.loop(), () -> stream.read(reader));
  }

  private void offer(ByteStream stream, byte[] bytes, int most, long seed) throws Exception {
    var sizes = new Random(seed);
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(1 + sizes.nextInt(most), bytes.length - at);
      var piece = Arrays.copyOfRange(bytes, at, at + length);
      Rig.run(stream.loop(), () -> assertThat(debts.offer(stream, piece)).isTrue());
      at += length;
    }
  }

  private void endBoth() throws Exception {
    Rig.run(a.loop(), a::end);
    Rig.run(b.loop(), b::end);
    Rig.await("both closed", () -> atA.isClosed() && atB.isClosed());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void bytesPassBothWaysInOrderAndEndInOrder(long seed) throws Exception {
    var there = new byte[700_000];
    var back = new byte[300_000];
    new Random(seed).nextBytes(there);
    new Random(-seed).nextBytes(back);

    offer(a, there, 9_000, seed);
    offer(b, back, 300 * (int) seed * (int) seed, seed);
    endBoth();

    assertThat(Arrays.equals(atB.received(), there)).isTrue();
    assertThat(Arrays.equals(atA.received(), back)).isTrue();
    assertThat(atA.events()).containsExactly("end", "closed");
    assertThat(atB.events()).containsExactly("end", "closed");
    assertThat(atA.closings()).containsExactly(Optional.empty());
    assertThat(atB.closings()).containsExactly(Optional.empty());
  }

  @Test
  void noMoreThanTheWindowPassesBeforeItIsReleased() throws Exception {
    var holding = Recorder.holding(b);
    read(b, holding);

    offer(a, new byte[1_000_000], 4_000, 1);
    Rig.await("the window", () -> holding.receivedBytes() >= LoopBridge.WINDOW_BYTES);
    for (int turn = 0; turn < 50; turn++) Rig.run(b.loop(), () -> {});

    assertThat(holding.receivedBytes()).isLessThan(LoopBridge.WINDOW_BYTES + 4_000);
    assertThat(debts.owed()).as("bytes in passage are paid for").isEqualTo(1_000_000);
    while (holding.receivedBytes() < 1_000_000) Rig.runs(b.loop(), holding::release);
    Rig.runs(b.loop(), holding::release);
    Rig.await("paid", debts::arePaid);
    Rig.run(a.loop(), a::end);
    Rig.run(b.loop(), b::end);
    Rig.await("both closed", () -> atA.isClosed() && holding.isClosed());
  }

  @Test
  void aResetPassesAndWhatIsInPassageStaysPaidForUntilItIsReleased() throws Exception {
    var holding = Recorder.holding(b);
    read(b, holding);
    offer(a, new byte[400_000], 4_000, 1);
    Rig.await("the window", () -> holding.receivedBytes() >= LoopBridge.WINDOW_BYTES);

    Rig.run(a.loop(), () -> a.reset(CutReason.OPERATOR));
    Rig.await("both closed", () -> atA.isClosed() && holding.isClosed());

    assertThat(atA.closings()).containsExactly(Optional.of(CutReason.OPERATOR));
    assertThat(holding.closings()).containsExactly(Optional.of(CutReason.OPERATOR));
    assertThat(debts.owed()).isGreaterThanOrEqualTo(holding.receivedBytes());
    Rig.runs(b.loop(), holding::release);
    Rig.await("paid", debts::arePaid);
  }

  @Test
  void bothMayResetAtOnce() throws Exception {
    offer(a, new byte[200_000], 4_000, 1);
    offer(b, new byte[200_000], 4_000, 1);

    Rig.run(a.loop(), () -> a.reset(CutReason.OPERATOR));
    Rig.run(b.loop(), () -> b.reset(CutReason.SILENT));

    Rig.await("both closed", () -> atA.isClosed() && atB.isClosed());
    assertThat(atA.closings()).hasSize(1);
    assertThat(atB.closings()).hasSize(1);
    Rig.await("paid", debts::arePaid);
    assertThat(rig.loops.root().held(Purse.HEAP)).isZero();
  }

  @Test
  void anEndThatIsOverTakesNothingAndTellsThePayerAtOnce() throws Exception {
    endBoth();

    Rig.run(a.loop(), () -> assertThat(debts.offer(a, new byte[10])).isFalse());

    assertThat(debts.arePaid()).isTrue();
  }

  @Test
  void aStoppedLoopIsAnEnd() throws Exception {
    offer(a, new byte[10], 10, 1);
    endBoth();
    var single = new Rig(Transport.NIO);
    var bridged = LoopBridge.between(rig.loops.loop(0), single.loops.loop(0), rig.loops.root());
    var recorder = Recorder.of(bridged.a());
    read(bridged.a(), recorder);
    single.close();

    Rig.run(rig.loops.loop(0), () -> assertThat(debts.offer(bridged.a(), new byte[9])).isTrue());

    Rig.await("closed", recorder::isClosed);
    assertThat(recorder.closings()).containsExactly(Optional.of(CutReason.CLOSING));
    assertThat(debts.arePaid()).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void aSpliceThroughABridgeEchoes(Transport transport) throws Exception {
    endBoth();
    var sent = new byte[2_000_000];
    new Random(4).nextBytes(sent);
    try (var bridged = new Rig(transport);
        var door = bridged.door(visitor -> echoed(bridged, visitor));
        var client = door.call()) {
      var writer = Thread.ofVirtual().start(() -> write(client, sent));

      assertThat(Arrays.equals(client.getInputStream().readAllBytes(), sent)).isTrue();

      writer.join();
    }
  }

  private static void write(java.net.Socket client, byte[] bytes) {
    try {
      client.getOutputStream().write(bytes);
      client.shutdownOutput();
    } catch (java.io.IOException broken) {
      throw new java.io.UncheckedIOException(broken);
    }
  }

  private static ByteStream.Reader echoed(Rig rig, Connection visitor) {
    var far = rig.loops.loop(1 - visitor.loop().index());
    var pair = LoopBridge.between(visitor.loop(), far, rig.loops.root());
    assertThat(far.run(() -> pair.b().read(Splice.into(pair.b(), pair.b())))).isTrue();
    pair.a().read(Splice.into(pair.a(), visitor));
    return Splice.into(visitor, pair.a());
  }
}
