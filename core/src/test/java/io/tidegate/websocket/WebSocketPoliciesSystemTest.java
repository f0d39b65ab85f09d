package io.tidegate.websocket;

import static io.tidegate.http.HttpRig.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.net.CutReason;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.WebSocketFrame;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of messages for a peer who does not read, under every policy.
@ExtendWith(Balanced.class)
class WebSocketPoliciesSystemTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int OUTBOUND = 128 * 1024;

  /// Waiting, given to the stream, and a message's worth of buffers around them.
  private static final long BOUND = OUTBOUND + 64 * 1024;

  private static final WebSocketConfig CONFIG = WebSocketConfig.DEFAULT.withOutboundBytes(OUTBOUND);

  /// Publishes `count` messages of seeded sizes to a peer who sleeps, lets it read on, and checks
  /// what came against what was answered to the sender.
  private static void publish(Slow slow, long seed, int count) throws Exception {
    var sent = new CompletableFuture<int[]>();
    var read = new CountDownLatch(1);
    WebSocketHandler publisher =
        socket -> {
          var random = new Random(seed);
          var taken = new int[1];
          for (int i = 0; i < count; i++) {
            var text = i + ":" + "x".repeat(random.nextInt(4_000));
            if (socket.send(text, slow).isTaken()) taken[0]++;
          }
          var _ = sent.complete(new int[] {taken[0]});
          read.await();
          await("all has left", () -> socket.waitingBytes() == 0);
          var _ = socket.send("end " + socket.droppedMessages(), Slow.waitUpTo(SOON));
        };
    try (var rig = WebSocketRig.straight(CONFIG, publisher);
        var peer = rig.open()) {
      var taken = sent.get(20, TimeUnit.SECONDS)[0];
      assertThat(rig.http.heldDirect()).isLessThanOrEqualTo(BOUND);
      read.countDown();

      int delivered = 0;
      int last = -1;
      var text = peer.read().text();
      while (!text.startsWith("end")) {
        int number = Integer.parseInt(text.substring(0, text.indexOf(':')));
        assertThat(number).isGreaterThan(last);
        last = number;
        delivered++;
        text = peer.read().text();
      }
      int dropped = Integer.parseInt(text.substring(4));
      assertThat(delivered + dropped).isEqualTo(count);
      if (slow instanceof Slow.DropNewest) assertThat(delivered).isEqualTo(taken);
      if (slow instanceof Slow.DropOldest) assertThat(last).isEqualTo(count - 1);
      assertThat(dropped).isPositive();
      assertThat(rig.peakDirect()).isLessThanOrEqualTo(BOUND + 64 * 1024);
      peer.sendClose(1_000, "");
      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_000);
    }
  }

  @Test
  void whatCanNeverHaveRoomDisplacesNothing() throws Exception {
    var opened = new CompletableFuture<WebSocket>();
    var goOn = new CountDownLatch(1);
    WebSocketHandler idle =
        socket -> {
          opened.complete(socket);
          goOn.await();
        };
    try (var rig = WebSocketRig.straight(CONFIG, idle);
        var _ = rig.open()) {
      var socket = opened.join();
      var text = "x".repeat(4_000);
      for (long before = -1; before != socket.waitingBytes(); rig.http.settle()) {
        before = socket.waitingBytes();
        while (socket.send(text, Slow.dropNewest()).isTaken()) rig.http.settle();
      }
      assertThat(socket.send("state", Slow.keepLatest("k")).isTaken()).isTrue();
      long waiting = socket.waitingBytes();
      long dropped = socket.droppedMessages();

      for (var policy : List.of(Slow.dropOldest(), Slow.keepLatest("k")))
        assertThat(socket.send(new byte[3 << 20], policy))
            .isEqualTo(new Sent.Dropped(Sent.Cause.MEMORY));
      assertThat(socket.waitingBytes()).isEqualTo(waiting).isPositive();
      assertThat(socket.droppedMessages()).isEqualTo(dropped + 2);
      goOn.countDown();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void ofTheNewestDroppedEveryOneIsCounted(long seed) throws Exception {
    publish(Slow.dropNewest(), seed, 3_000);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void ofTheOldestDroppedTheLastStillArrives(long seed) throws Exception {
    publish(Slow.dropOldest(), seed, 3_000);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void ofEveryKeyTheLatestArrivesLast(long seed) throws Exception {
    var published = new CompletableFuture<HashMap<Integer, Integer>>();
    WebSocketHandler publisher =
        socket -> {
          var random = new Random(seed);
          var latest = new HashMap<Integer, Integer>();
          for (int i = 0; i < 5_000; i++) {
            int key = random.nextInt(20);
            var text = key + ":" + i + ":" + "x".repeat(random.nextInt(4_000));
            assertThat(socket.send(text, Slow.keepLatest(key)).isTaken()).isTrue();
            var _ = latest.put(key, i);
          }
          var _ = published.complete(latest);
          await("all has left", () -> socket.waitingBytes() == 0);
          var _ = socket.send("end " + socket.droppedMessages(), Slow.waitUpTo(SOON));
        };
    try (var rig = WebSocketRig.straight(CONFIG, publisher);
        var peer = rig.open()) {
      var expected = published.get(20, TimeUnit.SECONDS);
      assertThat(rig.http.heldDirect()).isLessThanOrEqualTo(BOUND);

      var seen = new HashMap<Integer, Integer>();
      int delivered = 0;
      var text = peer.read().text();
      for (; !text.startsWith("end"); text = peer.read().text()) {
        var parts = text.split(":", 3);
        var before = seen.put(Integer.valueOf(parts[0]), Integer.valueOf(parts[1]));
        if (before != null) assertThat(Integer.parseInt(parts[1])).isGreaterThan(before);
        delivered++;
      }

      assertThat(seen).isEqualTo(expected);
      assertThat(delivered + Integer.parseInt(text.substring(4))).isEqualTo(5_000);
      peer.sendClose(1_000, "");
      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_000);
    }
  }

  @Test
  void aSenderThatMayWaitWaitsForRoomAndLosesNothing() throws Exception {
    WebSocketHandler publisher =
        socket -> {
          for (int i = 0; i < 1_000; i++) {
            assertThat(socket.send(new byte[3_000], Slow.waitUpTo(SOON)).isTaken()).isTrue();
          }
        };
    try (var rig = WebSocketRig.straight(CONFIG, publisher);
        var peer = rig.open()) {
      await("it waits", () -> rig.http.heldDirect() >= OUTBOUND - 3_100);
      for (int i = 0; i < 1_000; i++) assertThat(peer.read().payload()).hasSize(3_000);
      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_000);
      peer.sendClose(1_000, "");
    }
  }

  @Test
  void aSenderThatHasWaitedLongEnoughIsToldSo() throws Exception {
    var outcome = new CompletableFuture<Sent>();
    WebSocketHandler publisher =
        socket -> {
          var sent = socket.send(new byte[3_000], Slow.waitUpTo(Duration.ofMillis(300)));
          while (sent.isTaken()) {
            sent = socket.send(new byte[3_000], Slow.waitUpTo(Duration.ofMillis(300)));
          }
          var _ = outcome.complete(sent);
          socket.close(1_001, "");
        };
    try (var rig = WebSocketRig.straight(CONFIG, publisher);
        var peer = rig.open()) {
      assertThat(outcome.get(20, TimeUnit.SECONDS)).isEqualTo(new Sent.Dropped(Sent.Cause.WAITED));
      assertThat(rig.http.heldDirect()).isLessThanOrEqualTo(BOUND);
      peer.abort();
    }
  }

  @Test
  void aPeerWhoFallsBehindIsCutWhereItsSenderSaysSo() throws Exception {
    var outcome = new CompletableFuture<Sent>();
    WebSocketHandler publisher =
        socket -> {
          var sent = socket.send(new byte[3_000], Slow.close());
          while (sent.isTaken()) sent = socket.send(new byte[3_000], Slow.close());
          var _ = outcome.complete(sent);
        };
    try (var rig = WebSocketRig.straight(CONFIG, publisher);
        var peer = rig.open()) {
      assertThat(outcome.get(20, TimeUnit.SECONDS))
          .isEqualTo(new Sent.Closed(CutReason.OUTBOUND_FULL));
      rig.http.awaitCut(CutReason.OUTBOUND_FULL, 1);

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_008);
      assertThat(peer.awaitCut(SOON).end()).isNotEqualTo(Cut.End.OPEN);
    }
  }

  @Test
  void aMessageThatHasBegunIsNeverTorn() throws Exception {
    WebSocketHandler publisher =
        socket -> {
          for (int i = 0; i < 400; i++) {
            var _ = socket.send(new byte[100_000], Slow.dropOldest());
          }
          var _ = socket.send("end", Slow.waitUpTo(SOON));
        };
    try (var rig = WebSocketRig.straight(CONFIG, publisher);
        var peer = rig.open()) {
      var frame = peer.read();
      for (; frame.opcode() == WebSocketFrame.BINARY; frame = peer.read()) {
        assertThat(frame.payload()).hasSize(100_000);
      }
      assertThat(frame.text()).isEqualTo("end");
      peer.sendClose(1_000, "");
      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_000);
    }
  }
}
