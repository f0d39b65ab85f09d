package io.tidegate.websocket;

import static io.tidegate.http.HttpRig.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.tidegate.http.HttpRig;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.FakeTicker;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.WebSocketFrame;
import io.tidegate.websocket.frame.CloseFrame;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// How a WebSocket ends while something else goes on: nothing that came or waits is lost, both
/// sides hear why, and all is given back.
@ExtendWith(Balanced.class)
class ClosingSystemTest {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final WebSocketConfig CONFIG = WebSocketConfig.DEFAULT;

  /// More than kernels take of a peer that does not read.
  private static final int MESSAGES = 28;

  private static final int MESSAGE_BYTES = 50_000;
  private static final byte[] NO_OPCODE = {(byte) 0x8B, (byte) 0x80, 0, 0, 0, 0};

  private static WebSocketConfig limited(WebSocketLimits limits) {
    return CONFIG.withLimits(limits);
  }

  private static WebSocketRig sendingMuch() {
    return sendingMuch(Ticker.SYSTEM, _ -> {});
  }

  private static WebSocketRig sendingMuch(Ticker ticker, Consumer<WebSocket> first) {
    var config = CONFIG.withOutboundBytes(MESSAGES * (MESSAGE_BYTES + 1_000));
    return WebSocketRig.straight(
        config,
        ticker,
        socket -> {
          first.accept(socket);
          for (int i = 0; i < MESSAGES; i++) {
            var _ = socket.send(new byte[MESSAGE_BYTES]);
          }
        });
  }

  /// The handler has returned, and so begun to close, behind messages that wait.
  private static void awaitClosing(WebSocketRig rig) throws Exception {
    await("the handler has returned", () -> rig.threads.active() == 0);
    rig.http.settle();
    assertThat(rig.http.heldDirect()).as("messages wait").isGreaterThan(2 * MESSAGE_BYTES);
  }

  private static int readMessages(RawWebSocket peer) throws IOException {
    for (int i = 0; i < MESSAGES; i++) {
      var message = peer.read();
      assertThat(message.opcode()).isEqualTo(WebSocketFrame.BINARY);
      assertThat(message.payload()).hasSize(MESSAGE_BYTES);
    }
    return peer.awaitCloseCode(SOON);
  }

  @Test
  void ourCloseFollowsWhatWaitsThoughThePeerClosesMeanwhile() throws Exception {
    try (var rig = sendingMuch();
        var peer = rig.open()) {
      awaitClosing(rig);
      peer.sendClose(1_001, "leaving");
      rig.http.settle();

      assertThat(readMessages(peer)).isEqualTo(1_000);
    }
  }

  @Test
  void whoBreaksARuleWhileOursWaitsIsToldWhich() throws Exception {
    try (var rig = sendingMuch();
        var peer = rig.open()) {
      awaitClosing(rig);
      peer.sendRaw(NO_OPCODE);

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_002);
    }
  }

  @Test
  void whoTakesTooLongBehindHisOwnCloseHasItAnsweredBeforeWhatWaits() throws Exception {
    var clock = new FakeTicker();
    try (var rig = sendingMuch(clock, _ -> {});
        var peer = rig.open()) {
      awaitClosing(rig);
      peer.sendClose(1_001, "leaving");
      rig.http.settle();
      rig.http.advance(clock, CONFIG.limits().closeTimeout());

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_000);
    }
  }

  /// It takes enough not to be cut for that.
  @Test
  void whoTakesTooLongForWhatWaitsHearsOurCloseAndItsReasonIsKnown() throws Exception {
    var clock = new FakeTicker();
    var sender = new CompletableFuture<WebSocket>();
    try (var rig = sendingMuch(clock, sender::complete);
        var peer = rig.open()) {
      awaitClosing(rig);
      rig.http.advance(clock, Duration.ofSeconds(15));
      long waited = rig.http.heldDirect();
      for (; rig.http.heldDirect() == waited; rig.http.settle())
        assertThat(peer.read()).isNotNull();
      assertThat(rig.http.heldDirect()).as("most still waits").isGreaterThan(2 * MESSAGE_BYTES);
      rig.http.advance(clock, Duration.ofSeconds(15));

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_000);
      assertThat(sender.join().cutReason()).isEqualTo(CutReason.WRITE_TOO_SLOW);
      rig.http.awaitCut(CutReason.WRITE_TOO_SLOW, 1);
    }
  }

  /// Notes what it is told, from when it may go on.
  private record Noting(List<String> seen, CountDownLatch goOn) implements WebSocketListener {
    private Noting() {
      this(new CopyOnWriteArrayList<>(), new CountDownLatch(1));
    }

    @Override
    public void message(WebSocket socket, Message message) throws Exception {
      goOn.await();
      seen.add("" + message.length());
    }

    @Override
    public void closed(WebSocket socket, CloseFrame how) {
      seen.add("closed " + how.code());
    }
  }

  /// As a process that exits does.
  @Test
  void whatCameBeforeThePeersCloseIsServedThoughItsFinIsThere() throws Exception {
    var handler = new Noting();
    try (var rig = new WebSocketRig(CONFIG, handler);
        var peer = rig.open()) {
      for (int i = 1; i <= 3; i++) peer.sendBinary(new byte[i]);
      peer.sendClose(1_000, "");
      peer.sendFin();
      rig.http.settle();
      handler.goOn.countDown();

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_000);
      await("told", () -> handler.seen.size() == 4);
      assertThat(handler.seen).containsExactly("1", "2", "3", "closed 1000");
    }
  }

  /// As a process that is killed does.
  @Test
  void whatCameBeforeAFinWithoutAWordIsServed() throws Exception {
    var handler = new Noting();
    try (var rig = new WebSocketRig(CONFIG, handler);
        var peer = rig.open()) {
      for (int i = 1; i <= 3; i++) peer.sendBinary(new byte[i]);
      peer.sendFin();
      rig.http.settle();
      handler.goOn.countDown();

      await("told", () -> handler.seen.size() == 4);
      assertThat(handler.seen).containsExactly("1", "2", "3", "closed 1006");
      await("it has gone", () -> rig.http.listener.connectionCount() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoServesTooSlowlyWhatCameBeforeTheEndLearnsThatItIsLost(boolean isSaid) throws Exception {
    var clock = new FakeTicker();
    var goOn = new CountDownLatch(1);
    var served = new CompletableFuture<WebSocket>();
    WebSocketHandler slow =
        socket -> {
          served.complete(socket);
          goOn.await();
        };
    try (var rig = WebSocketRig.straight(CONFIG, clock, slow);
        var peer = rig.open()) {
      peer.sendText("x");
      if (isSaid) peer.sendClose(1_000, "");
      peer.sendFin();
      await("the end has come", () -> !served.join().inbox().isOpen());
      assertThat(served.join().cutReason()).isNull();
      rig.http.advance(clock, CONFIG.limits().closeTimeout());

      await("it has gone", () -> rig.http.listener.connectionCount() == 0);
      assertThat(served.join().cutReason()).isEqualTo(CutReason.HANDLER_LIMIT);
      rig.http.awaitCut(CutReason.HANDLER_LIMIT, 1);
      goOn.countDown();
    }
  }

  /// RFC 6455 §1.4. 30 messages are more than wait for a handler: the close frame is read later.
  @ParameterizedTest
  @ValueSource(ints = {2, 30})
  void whatFollowsThePeersCloseIsDropped(int messages) throws Exception {
    var handler = new Noting();
    try (var rig = new WebSocketRig(CONFIG, handler);
        var peer = rig.open()) {
      for (int i = 0; i < messages; i++) peer.sendBinary(new byte[1]);
      peer.sendClose(1_001, "");
      peer.sendBinary(new byte[2]);
      peer.send(WebSocketFrame.of(WebSocketFrame.PING, new byte[3]));
      peer.sendBinary(new byte[70_000]);
      rig.http.settle();
      handler.goOn.countDown();

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_001);
      await("told", () -> handler.seen.contains("closed 1001"));
      assertThat(handler.seen).hasSize(messages + 1).doesNotContain("2").endsWith("closed 1001");
    }
  }

  @Test
  void whoBreaksARuleAndEndsIsToldWhichOnceAllBeforeIsServed() throws Exception {
    var seen = new AtomicInteger();
    var goOn = new CountDownLatch(1);
    WebSocketListener busy =
        (_, _) -> {
          goOn.await();
          seen.incrementAndGet();
        };
    try (var rig = new WebSocketRig(CONFIG, busy);
        var peer = rig.open()) {
      for (int i = 0; i < 3; i++) peer.sendText("x");
      peer.sendRaw(NO_OPCODE);
      peer.sendFin();
      rig.http.settle();
      goOn.countDown();

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_002);
      assertThat(seen.get()).isEqualTo(3);
    }
  }

  @Test
  void anErrorOfTheHandlerClosesWith1011AndItsEndIsTold() throws Exception {
    var ends = new AtomicInteger();
    var listener =
        new WebSocketListener() {
          @Override
          public void message(WebSocket socket, Message message) {
            throw new StackOverflowError("on purpose");
          }

          @Override
          public void closed(WebSocket socket, CloseFrame how) {
            ends.incrementAndGet();
          }
        };
    try (var rig = new WebSocketRig(CONFIG, listener);
        var peer = rig.open()) {
      peer.sendText("x");

      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_011);
      rig.http.expectLogged("A handler failed");
      peer.sendClose(1_011, "");
      await("the end is told", () -> ends.get() == 1);
    }
  }

  @Test
  void whoBrokeARuleIsToldThatAndNotThatItsMessageIsLate() throws Exception {
    var limits = WebSocketLimits.DEFAULT.withMessageTimeout(Duration.ofMillis(300));
    var goOn = new CountDownLatch(1);
    try (var rig = new WebSocketRig(limited(limits), (_, _) -> goOn.await());
        var peer = rig.open()) {
      peer.sendText("keeps the handler");
      peer.sendRaw(new byte[] {0x01, (byte) 0x81, 0, 0, 0, 0, 'a'}); // a message begins
      peer.sendRaw(NO_OPCODE);

      assertThat(peer.silentFor(Duration.ofSeconds(1))).isTrue();
      goOn.countDown();
      assertThat(peer.awaitCloseCode(SOON)).isEqualTo(1_002);
    }
  }

  @Test
  void aMessageIsChargedUntilItsHandlerIsDoneThoughItsPeerHasGone() throws Exception {
    int bytes = 500_000;
    var began = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    WebSocketListener busy =
        (_, _) -> {
          began.countDown();
          goOn.await();
        };
    try (var rig = new WebSocketRig(CONFIG, busy)) {
      try (var peer = rig.open()) {
        peer.sendBinary(new byte[bytes]);
        began.await();
        peer.abort();
      }
      await("the peer has gone", () -> rig.http.listener.connectionCount() == 0);

      assertThat(HttpRig.held(rig.http.loops.root())).isGreaterThan(bytes);
      goOn.countDown();
      rig.http.awaitIdle();
    }
  }

  @Test
  void allEndsAreToldThoughTheLineIsFull() throws Exception {
    int peers = 18; // four in the line, and as many as rest
    var ends = new AtomicInteger();
    var busy = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var listener =
        new WebSocketListener() {
          @Override
          public void message(WebSocket socket, Message message) throws Exception {
            busy.countDown();
            goOn.await();
          }

          @Override
          public void closed(WebSocket socket, CloseFrame how) {
            ends.incrementAndGet();
          }
        };
    List<RawWebSocket> others = new ArrayList<>();
    try (var rig = WebSocketRig.narrow(CONFIG, listener);
        var first = rig.open()) {
      for (int i = 0; i < peers; i++) {
        others.add(rig.open());
        await("opened", () -> rig.threads.active() == 0);
      }
      first.sendText("keeps the only place");
      busy.await();
      for (var other : others) other.abort();
      await("all have gone", () -> rig.http.listener.connectionCount() == 1);
      goOn.countDown();

      await("all ends are told", () -> ends.get() == peers);
    }
  }

  @Test
  void anEndIsToldThoughWhoWasToTellItIsRefusedAfterIt() throws Exception {
    var ends = new AtomicInteger();
    var opened = new CompletableFuture<WebSocket>();
    var listener =
        new WebSocketListener() {
          @Override
          public void opened(WebSocket socket) {
            opened.complete(socket);
          }

          @Override
          public void message(WebSocket socket, Message message) {}

          @Override
          public void closed(WebSocket socket, CloseFrame how) {
            ends.incrementAndGet();
          }
        };
    try (var rig = new WebSocketRig(CONFIG, listener)) {
      try (var peer = rig.open()) {
        var socket = opened.get();
        await("opened", () -> rig.threads.active() == 0);
        rig.http.run(() -> awaitService(socket));
        peer.abort();
        await("the peer has gone", () -> rig.http.listener.connectionCount() == 0);
        socket.unserved();

        await("the end is told", () -> ends.get() == 1);
      }
    }
  }

  /// As if a message had come, for which somebody stands in the line.
  private static void awaitService(WebSocket socket) {
    assertThat(socket.account().charge(Purse.HEAP, Payload.ENTRY_BYTES)).isTrue();
    var payload = new Payload(Unpooled.EMPTY_BUFFER, socket.account(), 0);
    assertThat(socket.inbox().put(new Message.Binary(payload))).isTrue();
  }

  @Test
  void whoOpenedWhileItsHandlerWaitedIsCutWhenThatIsRefused() throws Exception {
    var busy = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    WebSocketListener listener =
        (_, _) -> {
          busy.countDown();
          goOn.await();
        };
    try (var rig = WebSocketRig.narrow(CONFIG, listener);
        var first = rig.open()) {
      await("opened", () -> rig.threads.active() == 0);
      first.sendText("keeps the only place");
      busy.await();
      try (var second = rig.open()) {
        rig.threads.close();

        assertThat(second.awaitCloseCode(SOON)).isEqualTo(1_013);
      }
      goOn.countDown();
    }
  }

  @Test
  void whatCanNeverHaveRoomIsRefusedAtOnce() throws Exception {
    var answers = new CopyOnWriteArrayList<Sent>();
    WebSocketListener listener =
        (socket, _) ->
            answers.add(socket.send(new byte[3 << 20], new Slow.WaitUpTo(Duration.ofMinutes(5))));
    try (var rig = new WebSocketRig(CONFIG, listener);
        var peer = rig.open()) {
      peer.sendText("x");

      await("refused", () -> !answers.isEmpty());
      assertThat(answers).containsExactly(new Sent.Dropped(Sent.Cause.MEMORY));
    }
  }

  @Test
  void whatOpensWhileTheServerDrainsIsToldToGo() throws Exception {
    try (var rig = new WebSocketRig(CONFIG, new WebSocketRig.Echo());
        var peer = rig.http.client()) {
      peer.send("GET /chat HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\n");
      await("it has begun", () -> rig.http.heldHeap() > Connection.HEAP_PRICE);
      rig.http.listener.beginDrain();
      peer.send(
          "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
              + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

      assertThat(peer.head().status()).isEqualTo(101);
      assertThat(peer.read(4)).startsWith(0x88).endsWith(0x03, 0xE9);
    }
  }
}
