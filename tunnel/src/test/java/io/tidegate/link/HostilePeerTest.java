package io.tidegate.link;

import static io.tidegate.link.RawPeer.DATA;
import static io.tidegate.link.RawPeer.FIN;
import static io.tidegate.link.RawPeer.GO_AWAY;
import static io.tidegate.link.RawPeer.PING;
import static io.tidegate.link.RawPeer.RST;
import static io.tidegate.link.RawPeer.SYN;
import static io.tidegate.link.RawPeer.WINDOW;
import static io.tidegate.link.RawPeer.frame;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import io.tidegate.net.PieceQueue;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Pattern;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// One link against a peer that writes its frames by hand.
@ExtendWith({Balanced.class, Leaks.class})
class HostilePeerTest {
  private static final int FLOOR = LinkConfig.floorFor(LinkRig.BUDGET);

  /// What the test itself and the machine's own threads leave on the heap meanwhile.
  private static final long HEAP_NOISE_BYTES = 256 * 1024;

  private static final byte[] OPENS_2 = frame(WINDOW, SYN, 2, 0);

  static List<Arguments> violations() {
    return List.of(
        Arguments.of("version 1", new byte[] {1, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0}),
        Arguments.of("type 4", frame(4, 0, 0, 0)),
        Arguments.of("type 255", frame(255, 0, 0, 0)),
        Arguments.of("odd id", frame(WINDOW, SYN, 3, 0)),
        Arguments.of("the agent's own id", frame(WINDOW, SYN, 1, 0)),
        Arguments.of("id 0", frame(DATA, 0, 0, 0)),
        Arguments.of("id above 2^31", frame(WINDOW, SYN, 0x8000_0002, 0)),
        Arguments.of("never opened", frame(DATA, 0, 4, 0)),
        Arguments.of("never opened by us", frame(DATA, 0, 1, 0)),
        Arguments.of("opened twice", concat(OPENS_2, OPENS_2)),
        Arguments.of("falling id", concat(frame(WINDOW, SYN, 6, 0), frame(WINDOW, SYN, 4, 0))),
        Arguments.of("past the window", concat(OPENS_2, frame(DATA, 0, 2, FLOOR + 1, new byte[1]))),
        Arguments.of(
            "past the window in two",
            concat(
                OPENS_2,
                frame(DATA, 0, 2, FLOOR, new byte[FLOOR]),
                frame(DATA, 0, 2, 1, new byte[1]))),
        Arguments.of("longer than any window", concat(OPENS_2, frame(DATA, 0, 2, 1L << 21))),
        Arguments.of("length of 2^32 - 1", concat(OPENS_2, frame(DATA, 0, 2, 0xFFFF_FFFFL))),
        Arguments.of(
            "credit past 2^31 - 1", concat(OPENS_2, frame(WINDOW, 0, 2, Integer.MAX_VALUE))),
        Arguments.of("credit of 2^32 - 1", concat(OPENS_2, frame(WINDOW, 0, 2, 0xFFFF_FFFFL))),
        Arguments.of(
            "data behind a FIN", concat(OPENS_2, frame(DATA, FIN, 2, 0), frame(DATA, 0, 2, 1))),
        Arguments.of("ping on a stream", concat(OPENS_2, frame(PING, SYN, 2, 7))),
        Arguments.of("GoAway on a stream", concat(OPENS_2, frame(GO_AWAY, 0, 2, 0))));
  }

  private static byte[] concat(byte[]... parts) {
    var all = new ByteArrayOutputStream();
    for (var part : parts) all.writeBytes(part);
    return all.toByteArray();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("violations")
  void aBrokenRuleIsAnsweredByGoAway1AndEndsTheLink(String rule, byte[] bytes) throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.accept(rig)) {
      rig.agent.ear().holding = true;

      peer.send(bytes);

      assertThat(peer.last()).as(rule).isEqualTo(new RawPeer.Got(GO_AWAY, 0, 0, 1));
      assertThat(rig.agent.ear().ends).containsExactly(CutReason.BAD_MESSAGE);
      assertThat(rig.agent.loop.cuts(CutReason.BAD_MESSAGE)).isEqualTo(1);
      rig.agent.run(() -> rig.agent.ear().sinks.forEach(Sink::letGo));
    }
  }

  @Test
  void onTheEdgeOnlyTheControlStreamMayBeOpened() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.connect(rig.listener.address())) {

      peer.send(frame(WINDOW, SYN, 1, 0), frame(WINDOW, SYN, 3, 0));

      assertThat(peer.last()).isEqualTo(new RawPeer.Got(GO_AWAY, 0, 0, 1));
      assertThat(rig.edge.ear().sinks).hasSize(1);
    }
  }

  @Test
  void moreThanTenPingsASecondEndTheLink() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.accept(rig)) {

      for (int i = 0; i < 11; i++) peer.send(frame(PING, SYN, 0, i));

      assertThat(peer.last()).isEqualTo(new RawPeer.Got(GO_AWAY, 0, 0, 1));
      assertThat(rig.agent.ear().ends).containsExactly(CutReason.FLOOD);
    }
  }

  @Test
  void aPingIsAnsweredWithItsOwnValue() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.accept(rig)) {

      peer.send(frame(PING, SYN, 0, 0xCAFE_BABEL));

      assertThat(peer.next()).isEqualTo(new RawPeer.Got(PING, RawPeer.ACK, 0, 0xCAFE_BABEL));
    }
  }

  @Test
  void framesMayBeCutAnywhere() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.accept(rig)) {
      var bytes =
          concat(
              OPENS_2,
              frame(DATA, 0, 2, 5, Pattern.bytes(0, 5)),
              frame(WINDOW, 0, 2, 9),
              frame(DATA, FIN, 2, 3, Pattern.bytes(5, 3)));

      for (byte octet : bytes) peer.send(new byte[] {octet});

      Eventually.await(LinkRig.SOON, () -> "stream", () -> !rig.agent.ear().sinks.isEmpty());
      var sink = rig.agent.ear().sinks.getFirst();
      sink.awaitReceived(8);
      Eventually.await(LinkRig.SOON, () -> "end", () -> sink.ended);
      assertThat(sink.wrong).isFalse();
    }
  }

  @Test
  void dataOfAStreamThatWasResetIsSkippedByLength() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.accept(rig)) {
      peer.send(OPENS_2, frame(DATA, 0, 2, 3000, Pattern.bytes(0, 1000)));
      Eventually.await(LinkRig.SOON, () -> "stream", () -> !rig.agent.ear().sinks.isEmpty());
      var first = rig.agent.ear().sinks.getFirst();
      first.awaitReceived(1000);

      rig.agent.run(() -> first.stream().reset(CutReason.OTHER_SIDE_GONE));
      var late = new byte[2000];
      peer.send(
          late,
          frame(DATA, 0, 2, 700, new byte[700]),
          frame(WINDOW, 0, 2, 1 << 20),
          frame(DATA, FIN, 2, 0),
          frame(WINDOW, RST, 2, 0),
          frame(WINDOW, SYN, 4, 0),
          frame(DATA, 0, 4, 50, Pattern.bytes(0, 50)));

      Eventually.await(LinkRig.SOON, () -> "second", () -> rig.agent.ear().sinks.size() == 2);
      rig.agent.ear().sinks.getLast().awaitReceived(50);
      assertThat(first.received).isEqualTo(1000);
      assertThat(peer.next()).isEqualTo(new RawPeer.Got(WINDOW, RST, 2, 0));
    }
  }

  @Test
  void flagsThatOthersCombineAreUnderstood() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.accept(rig)) {

      peer.send(
          frame(DATA, SYN | FIN, 2, 9, Pattern.bytes(0, 9)), frame(WINDOW, SYN | RST, 4, 100));

      Eventually.await(LinkRig.SOON, () -> "streams", () -> rig.agent.ear().sinks.size() == 2);
      var sink = rig.agent.ear().sinks.getFirst();
      sink.awaitReceived(9);
      Eventually.await(LinkRig.SOON, () -> "end", () -> sink.ended);
      rig.agent.ear().sinks.getLast().awaitClosed();
    }
  }

  @Test
  void creditReturnsAtHalfAWindowWhetherTheStreamWasIdleOrNot() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.accept(rig)) {
      peer.send(OPENS_2);
      int third = FLOOR / 3;

      for (int i = 0; i < 4; i++) peer.sendData(2, Pattern.bytes((long) i * third, third));

      long credit = 0;
      for (int i = 0; credit <= 4L * third - FLOOR / 2; i++) {
        var update = peer.next(WINDOW);
        assertThat(update.flags()).isEqualTo(i == 0 ? RawPeer.ACK : 0);
        assertThat(update.length()).isGreaterThanOrEqualTo(FLOOR / 2);
        credit += update.length();
      }
      assertThat(credit).isLessThanOrEqualTo(4L * third);
      assertThat(rig.agent.ear().sinks.getFirst().wrong).isFalse();
    }
  }

  @Test
  void aStreamBeyondTheMostIsResetAndTheLinkLives() throws IOException {
    try (var rig = LinkRig.open(LinkRig.config().withStreams(new LinkConfig.StreamCounts(3, 3)));
        var peer = RawPeer.accept(rig)) {

      for (int id = 2; id <= 8; id += 2) peer.send(frame(WINDOW, SYN, id, 0));

      assertThat(peer.next()).isEqualTo(new RawPeer.Got(WINDOW, RST, 8, 0));
      assertThat(rig.agent.ear().sinks).hasSize(3);
    }
  }

  @Test
  void acceptedStreamsAreAcknowledgedBeforeAPeersLimitEvenIfNothingIsSentOnThem()
      throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.accept(rig)) {

      for (int id = 2; id <= 200; id += 2) peer.send(frame(WINDOW, SYN, id, 0));

      for (int i = 0; i < 68; i++) {
        assertThat(peer.next(WINDOW).flags()).isEqualTo(RawPeer.ACK);
      }
    }
  }

  @Test
  void smallFramesOf1024StalledStreamsHoldLittleMoreThanIsCharged() throws IOException {
    int streams = 1_024;
    int window = 16 * 1024;
    var detection = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED); // its records are heap too
    var config =
        LinkRig.config()
            .withFirstWindowBytes(window)
            .withStreams(new LinkConfig.StreamCounts(streams + 1, streams));
    try (var rig = LinkRig.open(config);
        var peer = RawPeer.accept(rig)) {
      peer.send(frame(PING, SYN, 0, 1)); // what the loop takes to read at all, it keeps
      var _ = peer.next();
      long heap = heapInUse();
      long heapCharged = rig.agent.held(Purse.HEAP);
      long direct = Loops.usedDirectBytes();
      long buffers = pool(rig).pinnedDirectMemory();
      var queues = stalledStreams(rig, peer, streams);

      for (int round = 0; round < 40; round++) {
        var burst = new ByteArrayOutputStream();
        int bytes = round % 2 == 0 ? 1 : 13;
        for (int i = 0; i < streams; i++)
          burst.writeBytes(frame(DATA, 0, 2 + 2 * i, bytes, new byte[bytes]));
        peer.send(burst.toByteArray());
      }
      Eventually.await(
          LinkRig.SOON,
          () -> "bytes",
          () -> rig.agent.ear().sinks.stream().allMatch(sink -> sink.received == 280));

      long filled = rig.agent.held(Purse.DIRECT) - rig.agent.loop.unfilled();
      long buffersGrown = pool(rig).pinnedDirectMemory() - buffers;
      long directGrown = Loops.usedDirectBytes() - direct;
      long heapGrown = heapInUse() - heap - (long) streams * Sink.HEAP_BYTES;
      long charged = rig.agent.held(Purse.HEAP) - heapCharged;
      assertThat(buffersGrown).as("bytes of buffers").isGreaterThan(280L * streams);
      assertThat(buffersGrown).as("bytes of buffers").isLessThanOrEqualTo(filled * 5 / 4);
      assertThat(directGrown)
          .as("direct memory, its last chunk aside")
          .isLessThanOrEqualTo(filled * 5 / 4 + pool(rig).metric().chunkSize());
      assertThat(heapGrown).as("heap").isLessThanOrEqualTo(charged * 5 / 4 + HEAP_NOISE_BYTES);
      assertThat(rig.agent.loop.unfilled()).isEqualTo((long) streams * (window - 280));
      rig.agent.run(() -> queues.forEach(PieceQueue::clear));
    } finally {
      ResourceLeakDetector.setLevel(detection);
    }
  }

  private static PooledByteBufAllocator pool(LinkRig rig) {
    return (PooledByteBufAllocator) rig.agent.loop.buffers();
  }

  /// Streams whose bytes wait in a queue each that nobody empties.
  private static List<PieceQueue> stalledStreams(LinkRig rig, RawPeer peer, int streams)
      throws IOException {
    var queues = new ArrayList<PieceQueue>();
    rig.agent.ear().holding = true;
    for (int i = 0; i < streams; i++) peer.send(frame(WINDOW, SYN, 2 + 2 * i, 0));
    Eventually.await(LinkRig.SOON, () -> "streams", () -> rig.agent.ear().sinks.size() == streams);
    rig.agent.run(() -> {
      for (int i = 0; i < streams; i++) {
        var queue = new PieceQueue(rig.agent.loop.buffers(), rig.agent.tunnel);
        queues.add(queue);
        rig.agent.ear().sinks.get(i).into(queue);
      }
    });
    return queues;
  }

  /// The least of several looks: what other threads have just allocated is in use at some of them.
  private static long heapInUse() {
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) {
      System.gc();
      var runtime = Runtime.getRuntime();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }

  @Test
  void aPeerThatNeverReadsIsCutBeforeControlFramesPileUp() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.accept(rig)) {
      var refusals = new ByteArrayOutputStream();
      // beyond 1,024 streams each is answered by a reset
      for (int id = 2; id <= 400_000; id += 2) refusals.writeBytes(frame(WINDOW, SYN, id, 0));

      var writer = Thread.ofVirtual().start(() -> quietly(peer, refusals.toByteArray()));
      Eventually.await(
          LinkRig.SOON.multipliedBy(2), () -> "not cut", () -> !rig.agent.ear().ends.isEmpty());

      assertThat(rig.agent.ear().ends).containsExactly(CutReason.FLOOD);
      join(writer);
    }
  }

  private static void quietly(RawPeer peer, byte[] bytes) {
    try {
      peer.send(bytes);
    } catch (IOException cut) {
      assertThat(cut).isNotNull();
    }
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void controlLinesThatAreNoneEndTheLink() throws IOException {
    for (var line :
        List.of(
            "{\n",
            "[]\n",
            "{\"type\":\"register\"}\n",
            "{\"type\":1}\n",
            "{\"type\":\"rotate\"} {}\n",
            "{\"type\":\"rotate\",\"type\":\"rotate\"}\n",
            "{\"x\":" + "[".repeat(8) + "]".repeat(8) + ",\"type\":\"rotate\"}\n",
            "x".repeat(16 * 1024 + 1))) {
      try (var rig = LinkRig.open();
          var peer = RawPeer.connect(rig.listener.address())) {
        rig.edge.ear().controlled = true;
        var bytes = line.getBytes(StandardCharsets.UTF_8);

        peer.send(frame(WINDOW, SYN, 1, 0), frame(DATA, 0, 1, bytes.length, bytes));

        assertThat(peer.last()).as(line).isEqualTo(new RawPeer.Got(GO_AWAY, 0, 0, 1));
      }
    }
  }

  @Test
  void moreThanTwentyControlLinesASecondEndTheLink() throws IOException {
    try (var rig = LinkRig.open();
        var peer = RawPeer.connect(rig.listener.address())) {
      rig.edge.ear().controlled = true;
      var lines = "{\"type\":\"rotate\"}\n".repeat(21).getBytes(StandardCharsets.UTF_8);

      peer.send(frame(WINDOW, SYN, 1, 0), frame(DATA, 0, 1, lines.length, lines));

      assertThat(peer.last()).isEqualTo(new RawPeer.Got(GO_AWAY, 0, 0, 1));
      assertThat(rig.edge.ear().ends).containsExactly(CutReason.FLOOD);
    }
  }
}
