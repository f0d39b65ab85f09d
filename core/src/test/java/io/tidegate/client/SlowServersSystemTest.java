package io.tidegate.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.WriteLimits;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
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

/// A server that stops reading: what waits for it stays at its bound under every policy, and each
/// policy does what it says.
@ExtendWith(Balanced.class)
class SlowServersSystemTest {
  private static final int OUTBOUND = 64 * 1024;
  private static final int KEYS = 12;

  /// What waits, 16 KiB given to the stream, the message that passes them and what gathers them.
  private static final long BOUND = OUTBOUND + 32 * 1024;

  /// What sleeps here wakes again, however slow the machine is.
  private static final WriteLimits PATIENT =
      new WriteLimits(Duration.ofMinutes(5), 1, Duration.ofMinutes(10));

  private static final Duration SOON = Duration.ofSeconds(10);

  /// Says nothing and reads nothing until it is told to; then keeps all texts up to `end`.
  private static final class Sleeper implements AutoCloseable {
    private final CountDownLatch awake = new CountDownLatch(1);
    private final CompletableFuture<List<String>> read = new CompletableFuture<>();
    private final RawServer server;

    Sleeper() throws Exception {
      server = new RawServer(this::serve);
    }

    private void serve(RawServer.Peer peer) throws Exception {
      var _ = peer.accept("");
      awake.await();
      var texts = new ArrayList<String>();
      try {
        var text = text(peer);
        for (; !text.isEmpty() && !text.startsWith("end"); text = text(peer)) texts.add(text);
        texts.add(text);
      } finally {
        var _ = read.complete(texts);
      }
      peer.drain();
    }

    private static String text(RawServer.Peer peer) throws Exception {
      return new String(peer.message(), StandardCharsets.UTF_8);
    }

    List<String> wake() throws Exception {
      awake.countDown();
      return read.get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
      awake.countDown();
      server.close();
    }
  }

  private static ClientRig rig() {
    return new ClientRig(c ->
        c.withWebSocket(WebSocketConfig.DEFAULT.withOutboundBytes(OUTBOUND))
            .withWriteLimits(PATIENT));
  }

  private static long held(ClientRig rig) {
    var direct = rig.client.census().of(Purse.DIRECT);
    return direct.held() - direct.unused();
  }

  private static String message(int number, Random random) {
    return number + ":" + random.nextInt(KEYS) + ":" + "x".repeat(random.nextInt(4_000));
  }

  private static int number(String message) {
    return Integer.parseInt(message.substring(0, message.indexOf(':')));
  }

  private static int key(String message) {
    return Integer.parseInt(message.split(":", 3)[1]);
  }

  private static Slow policy(int choice, String message) {
    return switch (choice) {
      case 0 -> Slow.dropNewest();
      case 1 -> Slow.dropOldest();
      case 2 -> Slow.keepLatest(key(message));
      default -> Slow.waitUpTo(Duration.ofMillis(1));
    };
  }

  /// Sends `count` messages, each by the policy that `choice` names (any by turns, if negative),
  /// and says which were taken.
  private static List<String> send(WebSocket socket, ClientRig rig, int choice, long seed) {
    var random = new Random(seed);
    var taken = new ArrayList<String>();
    for (int i = 0; i < 3_000; i++) {
      var message = message(i, random);
      var sent = socket.send(message, policy(choice < 0 ? random.nextInt(4) : choice, message));
      if (sent.isTaken()) taken.add(message);
      assertThat(socket.waitingBytes()).isLessThanOrEqualTo(OUTBOUND);
      if (i % 100 == 0) assertThat(held(rig)).isLessThanOrEqualTo(BOUND);
    }
    return taken;
  }

  private static List<String> arrived(int choice, long seed, List<String> taken) throws Exception {
    try (var sleeper = new Sleeper();
        var rig = rig();
        var socket = rig.client.open(sleeper.server.uri("/"))) {
      taken.addAll(send(socket, rig, choice, seed));
      var read = CompletableFuture.supplyAsync(() -> wake(sleeper));
      Eventually.await(SOON, () -> "it waits", () -> socket.waitingBytes() == 0);
      assertThat(socket.send("end", Slow.waitUpTo(SOON)).isTaken()).isTrue();

      var texts = read.get(20, TimeUnit.SECONDS);
      assertThat(texts.removeLast()).isEqualTo("end");
      assertThat(texts.size() + socket.droppedMessages()).isEqualTo(3_000);
      assertThat(socket.droppedMessages()).isPositive();
      assertThat(texts).isSubsetOf(taken);
      assertThat(texts).extracting(SlowServersSystemTest::number).isSorted();
      return texts;
    }
  }

  private static List<String> wake(Sleeper sleeper) {
    try {
      return sleeper.wake();
    } catch (Exception fault) {
      throw new IllegalStateException(fault);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = 1)
  void ofTheNewestDroppedAllThatWasTakenArrives(long seed) throws Exception {
    var taken = new ArrayList<String>();

    var texts = arrived(0, seed, taken);

    assertThat(texts).isEqualTo(taken);
  }

  @ParameterizedTest
  @ValueSource(longs = 1)
  void ofTheOldestDroppedTheLastArrive(long seed) throws Exception {
    var taken = new ArrayList<String>();

    var texts = arrived(1, seed, taken);

    assertThat(taken).hasSize(3_000);
    int tail = 20;
    assertThat(texts.subList(texts.size() - tail, texts.size()))
        .isEqualTo(taken.subList(3_000 - tail, 3_000));
  }

  @ParameterizedTest
  @ValueSource(longs = 1)
  void ofEveryKeyTheLatestArrives(long seed) throws Exception {
    var taken = new ArrayList<String>();

    var texts = arrived(2, seed, taken);

    var latest = new HashMap<Integer, String>();
    for (var message : taken) latest.put(key(message), message);
    assertThat(texts).containsAll(latest.values());
  }

  @ParameterizedTest
  @ValueSource(longs = 1)
  void ofSendersThatWaitEveryOneIsTold(long seed) throws Exception {
    var taken = new ArrayList<String>();

    var texts = arrived(3, seed, taken);

    assertThat(texts).isEqualTo(taken);
  }

  @ParameterizedTest
  @ValueSource(longs = {4, 5})
  void whateverPoliciesAreMixedTheBoundHoldsAndOrderStays(long seed) throws Exception {
    assertThat(arrived(-1, seed, new ArrayList<>())).isNotEmpty();
  }

  @Test
  void aServerThatFallsBehindIsCutWhereItsSenderSaysSo() throws Exception {
    try (var sleeper = new Sleeper();
        var rig = rig();
        var socket = rig.client.open(sleeper.server.uri("/"))) {
      var sent = socket.send(new byte[3_000], Slow.close());
      for (int i = 0; sent.isTaken() && i < 10_000; i++) {
        sent = socket.send(new byte[3_000], Slow.close());
      }

      assertThat(sent).isEqualTo(new Sent.Closed(CutReason.OUTBOUND_FULL));
      rig.awaitCut(CutReason.OUTBOUND_FULL);
      assertThat(socket.cutReason()).isEqualTo(CutReason.OUTBOUND_FULL);
    }
  }
}
