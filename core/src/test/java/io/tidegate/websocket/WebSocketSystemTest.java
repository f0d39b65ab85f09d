package io.tidegate.websocket;

import static io.tidegate.http.HttpRig.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.net.CutReason;
import io.tidegate.outbound.Sent;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Cut;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.WebSocketFrame;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// An open WebSocket, from its handshake to its close, as a peer on the wire sees it.
@ExtendWith(Balanced.class)
class WebSocketSystemTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final WebSocketConfig CONFIG = WebSocketConfig.DEFAULT;

  private static final WebSocketFrame PONG = WebSocketFrame.of(WebSocketFrame.PONG, new byte[0]);
  private static final int LONG_BYTES = 1 << 20;

  private final WebSocketRig.Echo echo = new WebSocketRig.Echo();

  private static WebSocketConfig limited(WebSocketLimits limits) {
    return CONFIG.withLimits(limits);
  }

  @Test
  void messagesOfEverySizeComeBackAsTheyWere() throws Exception {
    var random = new Random(1);
    try (var rig = new WebSocketRig(CONFIG, echo);
        var peer = rig.open()) {
      for (int size : new int[] {0, 1, 125, 126, 1_000, 4_096, 65_535, 65_536, 300_000, 1 << 20}) {
        var payload = new byte[size];
        random.nextBytes(payload);

        peer.sendBinary(payload);
        var answer = peer.read();

        assertThat(answer.opcode()).isEqualTo(WebSocketFrame.BINARY);
        assertThat(answer.payload()).isEqualTo(payload);
      }
      peer.sendText("grüß dich");
      assertThat(peer.read().text()).isEqualTo("grüß dich");
    }
  }

  @Test
  void aFragmentedMessageIsOneMessage() throws Exception {
    try (var rig = new WebSocketRig(CONFIG, echo);
        var peer = rig.open()) {
      peer.sendFragmented(new byte[5_000], 13);

      assertThat(peer.read().payload()).hasSize(5_000);
      assertThat(echo.seen).contains("Binary 5000");
    }
  }

  @Test
  void theListenerHearsOfTheOpeningTheMessagesAndTheEndInOrder() throws Exception {
    try (var rig = new WebSocketRig(CONFIG.withProtocols("chat"), echo)) {
      try (var peer = rig.open("Sec-WebSocket-Protocol: chat")) {
        peer.sendText("one");
        peer.sendBinary(new byte[2]);
        peer.sendClose(4_001, "enough");

        assertThat(peer.read().text()).isEqualTo("one");
        assertThat(peer.read().payload()).hasSize(2);
        assertThat(peer.awaitCloseCode(SOON)).isEqualTo(4_001);
        assertThat(peer.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
      }
      await("the end", () -> echo.seen.size() == 4);
      assertThat(echo.seen)
          .containsExactly("opened /chat?x=1 chat", "Text 3", "Binary 2", "closed 4001 enough");
      assertThat(echo.answers).allMatch(Sent::isTaken);
    }
  }

  @Test
  void aPeerThatVanishesIsToldAsAbnormal() throws Exception {
    try (var rig = new WebSocketRig(CONFIG, echo)) {
      try (var peer = rig.open()) {
        peer.sendText("one");
        assertThat(peer.read().text()).isEqualTo("one");
        peer.abort();
      }
      await("the end", () -> echo.seen.size() == 3);
      assertThat(echo.seen.getLast()).startsWith("closed 1006");
    }
  }

  @Test
  void straightCodeReadsMessagesInALoopAndItsReturnClosesWith1000() throws Exception {
    var texts = new CopyOnWriteArrayList<String>();
    WebSocketHandler handler =
        socket -> {
          for (var message : socket) {
            if (message instanceof Message.Text text) texts.add(text.text());
            if (texts.size() == 3) break;
            var _ = socket.send("got " + texts.size());
          }
        };
    try (var rig = WebSocketRig.straight(CONFIG, handler);
        var peer = rig.open()) {
      peer.sendText("a");
      peer.sendText("b");
      peer.sendText("c");

      assertThat(peer.read().text()).isEqualTo("got 1");
      assertThat(peer.read().text()).isEqualTo("got 2");
      var close = peer.read();
      assertThat(close.closeCode()).isEqualTo(1_000);
      peer.sendClose(1_000, "");
      assertThat(peer.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
      assertThat(texts).containsExactly("a", "b", "c");
    }
  }

  @Test
  void theLoopEndsWhenThePeerClosesAndEverythingBeforeIsSeen() throws Exception {
    var seen = new CopyOnWriteArrayList<String>();
    WebSocketHandler handler =
        socket -> {
          for (var message : socket) seen.add("" + message.length());
          seen.add("closed " + socket.ended());
        };
    try (var rig = WebSocketRig.straight(CONFIG, handler);
        var peer = rig.open()) {
      for (int i = 0; i < 100; i++) peer.sendBinary(new byte[i]);
      peer.sendClose(1_001, "bye");

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_001);
      await("the loop has ended", () -> seen.size() == 101);
      assertThat(seen.getLast()).contains("1001").contains("bye");
    }
  }

  @Test
  void aHandlerThatThrowsClosesWith1011AndIsLogged() throws Exception {
    WebSocketListener broken =
        (_, _) -> {
          throw new IOException("broken on purpose");
        };
    try (var rig = new WebSocketRig(CONFIG, broken);
        var peer = rig.open()) {
      peer.sendText("x");

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_011);
      rig.http.expectLogged("A handler failed");
      peer.sendClose(1_011, "");
    }
  }

  @Test
  void aParkedHandlerIsChargedAndAnIdleListenerIsNot() throws Exception {
    var inside = new CountDownLatch(1);
    WebSocketHandler parked =
        socket -> {
          inside.countDown();
          for (var _ : socket) {}
        };
    try (var rig = WebSocketRig.straight(CONFIG, parked);
        var _ = rig.open()) {
      inside.await();
      assertThat(rig.threads.active()).isEqualTo(1);
    }
    try (var rig = new WebSocketRig(CONFIG, echo);
        var _ = rig.open()) {
      await("nobody serves", () -> rig.threads.active() == 0);
      assertThat(echo.seen).hasSize(1);
    }
  }

  @Test
  void aMessageIsGoneWhenItsTimeIsOver() throws Exception {
    var kept = new CopyOnWriteArrayList<Message>();
    try (var rig = new WebSocketRig(CONFIG, (_, message) -> kept.add(message));
        var peer = rig.open()) {
      peer.sendText("x");
      await("it came and went", () -> !kept.isEmpty() && rig.threads.active() == 0);

      org.assertj.core.api.Assertions.assertThatIllegalStateException()
          .isThrownBy(() -> kept.getFirst().length());
    }
  }

  @Test
  void aPeerThatDoesNotAnswerOurCloseIsLeftAfterTheTimeForIt() throws Exception {
    var limits = WebSocketLimits.DEFAULT.withCloseTimeout(Duration.ofMillis(500));
    WebSocketHandler handler = _ -> {};
    try (var rig = WebSocketRig.straight(limited(limits), handler);
        var peer = rig.open()) {
      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_000);

      assertThat(peer.awaitCut(SOON).after()).isLessThan(Duration.ofSeconds(3));
    }
  }

  @Test
  void aHandlerThatDoesNotSeeThePeersCloseDoesNotKeepItWaiting() throws Exception {
    var limits = WebSocketLimits.DEFAULT.withCloseTimeout(Duration.ofMillis(500));
    var done = new CountDownLatch(1);
    WebSocketHandler handler = _ -> done.await();
    try (var rig = WebSocketRig.straight(limited(limits), handler);
        var peer = rig.open()) {
      peer.sendClose(1_000, "");

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_000);
      done.countDown();
    }
  }

  @Test
  void aSilentPeerIsPingedAndThenCut() throws Exception {
    var limits =
        WebSocketLimits.DEFAULT
            .withPingInterval(Duration.ofMillis(300))
            .withPongTimeout(Duration.ofMillis(600));
    try (var rig = new WebSocketRig(limited(limits), echo);
        var peer = rig.open()) {
      assertThat(peer.read().opcode()).isEqualTo(WebSocketFrame.PING);
      peer.send(PONG);

      assertThat(peer.read().opcode()).isEqualTo(WebSocketFrame.PING);
      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_001);
      rig.http.awaitCut(CutReason.SILENT, 1);
    }
  }

  /// It could not see a ping that stands behind a message of which the most still waits.
  @Test
  void aPeerThatIsSlowToTakeALongMessageIsNotSilent() throws Exception {
    var limits =
        WebSocketLimits.DEFAULT
            .withPingInterval(Duration.ofMillis(300))
            .withPongTimeout(Duration.ofSeconds(1));
    try (var rig = new WebSocketRig(limited(limits), echo);
        var peer = rig.open()) {
      peer.sendBinary(new byte[LONG_BYTES]);
      LockSupport.parkNanos(Duration.ofMillis(2_500).toNanos()); // past both, and nothing is read

      assertThat(peer.read().payload()).hasSize(LONG_BYTES);
      peer.sendText("still here");
      var frame = peer.read();
      while (frame.opcode() == WebSocketFrame.PING) frame = peer.read();
      assertThat(frame.text()).isEqualTo("still here");
      assertThat(rig.http.loops.cuts(CutReason.SILENT)).isZero();
    }
  }

  @Test
  void messagesWaitForASlowHandlerAndThenAreNotRead() throws Exception {
    var go = new CountDownLatch(1);
    var sizes = new CopyOnWriteArrayList<Integer>();
    WebSocketListener slow =
        (_, message) -> {
          go.await();
          sizes.add(message.length());
        };
    try (var rig = new WebSocketRig(CONFIG, slow);
        var peer = rig.open()) {
      var sender = Thread.ofVirtual().start(() -> sendMany(peer, 400));
      await("the inbox is full", () -> rig.http.heldDirect() >= Inbox.MOST_BYTES);

      assertThat(peer.silentFor(Duration.ofMillis(300))).isTrue();
      assertThat(rig.http.heldDirect()).isLessThan(400 * 1024);

      go.countDown();
      sender.join();
      await("all came", () -> sizes.size() == 400);
    }
  }

  @Test
  void whatIsLeftOfAReadBehindAFullInboxPinsNoLargeBuffer() throws Exception {
    int peers = 20;
    var began = new CountDownLatch(peers);
    var go = new CountDownLatch(1);
    WebSocketListener busy =
        (_, _) -> {
          began.countDown();
          go.await();
        };
    var frames = new ByteArrayOutputStream();
    var frame = WebSocketFrame.of(WebSocketFrame.BINARY, new byte[1]).maskedBytes(7);
    for (int i = 0; i < Inbox.MOST_MESSAGES + 1; i++) frames.writeBytes(frame);
    List<RawWebSocket> all = new ArrayList<>();
    try (var rig = new WebSocketRig(CONFIG, busy)) {
      for (int i = 0; i < peers; i++) {
        var peer = rig.open();
        all.add(peer);
        peer.sendText("keeps the handler");
      }
      began.await();
      long before = rig.pinnedBytes();
      for (var peer : all) peer.sendRaw(frames.toByteArray());
      await("all is read", () -> rig.http.heldDirect() == peers * (17 + 16 + 7));

      assertThat(rig.pinnedBytes() - before).isLessThan(peers * 1_024L);
      go.countDown();
      for (var peer : all) peer.close();
    }
  }

  private static void sendMany(RawWebSocket peer, int count) {
    try {
      for (int i = 0; i < count; i++) peer.sendBinary(new byte[20_000]);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void framesRightBehindTheHandshakeAreSeen() throws Exception {
    try (var rig = new WebSocketRig(CONFIG, echo);
        var peer = rig.http.peer()) {
      var frame = WebSocketFrame.of(WebSocketFrame.TEXT, new byte[] {'h', 'i'}).maskedBytes(7);
      peer.send(
          "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
              + new String(frame, java.nio.charset.StandardCharsets.ISO_8859_1));

      var answer = peer.readUntil("hi", SOON);
      assertThat(answer).startsWith("HTTP/1.1 101 ").endsWith("hi");
    }
  }

  @Test
  void sendersOnManyThreadsAreNotMixedUp() throws Exception {
    WebSocketHandler handler =
        socket -> {
          var threads = new ArrayList<Thread>();
          for (int t = 0; t < 8; t++) {
            var name = "t" + t;
            threads.add(
                Thread.ofVirtual()
                    .start(() -> {
                      for (int i = 0; i < 200; i++) {
                        var _ = socket.send(name + ":" + i + ":" + "x".repeat(i * 7));
                      }
                    }));
          }
          for (var thread : threads) thread.join();
        };
    try (var rig = WebSocketRig.straight(CONFIG, handler);
        var peer = rig.open()) {
      var next = new int[8];
      for (int i = 0; i < 1_600; i++) {
        var parts = List.of(peer.read().text().split(":", -1));
        int t = parts.getFirst().charAt(1) - '0';
        assertThat(parts.get(1)).isEqualTo("" + next[t]);
        assertThat(parts.get(2)).hasSize(next[t]++ * 7);
      }
      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_000);
      peer.sendClose(1_000, "");
    }
  }
}
