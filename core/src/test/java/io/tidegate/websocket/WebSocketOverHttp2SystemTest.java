package io.tidegate.websocket;

import static io.tidegate.http.HttpRig.await;
import static io.tidegate.testkit.RawHttp2.DATA;
import static io.tidegate.testkit.RawHttp2.END_HEADERS;
import static io.tidegate.testkit.RawHttp2.END_STREAM;
import static io.tidegate.testkit.RawHttp2.HEADERS;
import static io.tidegate.testkit.RawHttp2.WINDOW_UPDATE;
import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.net.CutReason;
import io.tidegate.outbound.Sent;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.FakeTicker;
import io.tidegate.testkit.RawHttp2;
import io.tidegate.testkit.WebSocketFrame;
import io.tidegate.websocket.frame.CloseCode;
import io.tidegate.websocket.frame.CloseFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A WebSocket on a stream of HTTP/2, RFC 8441: what differs where it shares its connection, and
/// has a window and an end of its own.
@ExtendWith(Balanced.class)
class WebSocketOverHttp2SystemTest {
  private static final WebSocketConfig CONFIG = WebSocketConfig.DEFAULT;

  /// What a peer lets come that says nothing of windows.
  private static final int WINDOW = 65_535;

  private static final int LONG_BYTES = 200_000;

  /// Header of a long message, and a close frame with a code alone.
  private static final int AROUND_BYTES = 10 + 4;

  private static final int CLOSED_WITH_1000 = 0x8802_03E8;

  private static RawHttp2 open(WebSocketRig rig) throws IOException {
    var peer = RawHttp2.open(rig.http.address());
    open(peer, 1);
    return peer;
  }

  private static void open(RawHttp2 peer, int stream) throws IOException {
    var request =
        RawHttp2.request(
            "CONNECT",
            "a.example",
            "/chat",
            ":protocol",
            "websocket",
            "sec-websocket-version",
            "13");
    peer.send(HEADERS, END_HEADERS, stream, request);
    assertThat(peer.await(frame -> frame.type() == HEADERS).status()).isEqualTo(200);
  }

  private static byte[] binary(int bytes) {
    return WebSocketFrame.of(WebSocketFrame.BINARY, new byte[bytes]).maskedBytes(7);
  }

  private static RawHttp2.Frame nextOfStream(RawHttp2 peer) throws IOException {
    var frame = peer.await(next -> next.stream() == 1);
    assertThat(frame.type()).isEqualTo(DATA);
    return frame;
  }

  @Test
  void whatIsStillLeavingIsNotTornByTheTimeForTheClose() throws Exception {
    var clock = new FakeTicker();
    WebSocketHandler sends =
        socket -> {
          var _ = socket.send(new byte[LONG_BYTES]);
        };
    try (var rig = WebSocketRig.straight(CONFIG, clock, sends);
        var peer = open(rig)) {
      int came = 0;
      while (came < WINDOW) came += nextOfStream(peer).bytes();
      await("the handler has returned", () -> rig.threads.active() == 0);
      rig.http.settle();
      for (int i = 0; i < 5; i++) rig.http.advance(clock, Duration.ofSeconds(2));
      peer.sendWord(WINDOW_UPDATE, 0, LONG_BYTES);
      peer.sendWord(WINDOW_UPDATE, 1, LONG_BYTES);

      var last = nextOfStream(peer);
      for (; !last.ends(); last = nextOfStream(peer)) came += last.bytes();
      assertThat(came + last.bytes()).isEqualTo(LONG_BYTES + AROUND_BYTES);
      assertThat(last.word(last.bytes() - 4)).isEqualTo(CLOSED_WITH_1000);
    }
  }

  @Test
  void whatCameBeforeTheStreamsEndIsServedThoughTheInboxWasFull() throws Exception {
    int messages = 3 * Inbox.MOST_MESSAGES;
    var seen = new CopyOnWriteArrayList<String>();
    var goOn = new CountDownLatch(1);
    var listener =
        new WebSocketListener() {
          @Override
          public void message(WebSocket socket, Message message) throws Exception {
            goOn.await();
            seen.add("" + message.length());
          }

          @Override
          public void closed(WebSocket socket, CloseFrame how) {
            seen.add("closed " + how.code());
          }
        };
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < messages; i++) all.writeBytes(binary(i));
    all.writeBytes(WebSocketFrame.close(1_000, "").maskedBytes(7));
    try (var rig = new WebSocketRig(CONFIG, listener);
        var peer = open(rig)) {
      peer.send(DATA, END_STREAM, 1, all.toByteArray());
      rig.http.settle();
      goOn.countDown();

      var answer = nextOfStream(peer);
      assertThat(answer.word(answer.bytes() - 4)).isEqualTo(CLOSED_WITH_1000);
      await("the end is told", () -> seen.contains("closed 1000"));
      assertThat(seen).hasSize(messages + 1).endsWith("closed 1000");
    }
  }

  @Test
  void whoEndsBehindAFullInboxWithoutAWordIsServedAndLeft() throws Exception {
    int messages = 3 * Inbox.MOST_MESSAGES;
    var seen = new AtomicInteger();
    var goOn = new CountDownLatch(1);
    WebSocketListener busy =
        (_, _) -> {
          goOn.await();
          seen.incrementAndGet();
        };
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < messages; i++) all.writeBytes(binary(i));
    try (var rig = new WebSocketRig(CONFIG, busy);
        var peer = open(rig)) {
      peer.send(DATA, END_STREAM, 1, all.toByteArray());
      rig.http.settle();
      goOn.countDown();

      assertThat(nextOfStream(peer).ends()).isTrue();
      assertThat(seen).hasValue(messages);
    }
  }

  @Test
  void whatIsSentBehindTheStreamsEndIsAnsweredThatItIsClosed() throws Exception {
    var sender = new CompletableFuture<WebSocket>();
    var goOn = new CountDownLatch(1);
    WebSocketHandler sends =
        socket -> {
          var _ = socket.send(new byte[LONG_BYTES]);
          for (int i = 0; i < 10; i++) {
            var _ = socket.send("waits");
          }
          sender.complete(socket);
          goOn.await();
        };
    try (var rig = WebSocketRig.straight(CONFIG.withOutboundBytes(1 << 20), sends);
        var peer = open(rig)) {
      var socket = sender.join();
      for (int came = 0; came < WINDOW; ) came += nextOfStream(peer).bytes();
      assertThat(socket.waitingBytes()).isPositive();
      peer.send(DATA, END_STREAM, 1);
      await("what waits is dropped", () -> socket.waitingBytes() == 0);

      assertThat(socket.send("x")).isEqualTo(new Sent.Closed(CutReason.PEER_GONE));
      assertThat(socket.droppedMessages()).isEqualTo(10);
      goOn.countDown();
    }
  }

  /// A window, or the end of a frame, cuts what leaves where it likes.
  @Test
  void pongsThatLeaveInPartsAreAnsweredForAll() throws Exception {
    int initialWindow = 4;
    int pongBytes = 127;
    var ping = WebSocketFrame.of(WebSocketFrame.PING, new byte[125]).maskedBytes(7);
    try (var rig = new WebSocketRig(CONFIG, (_, _) -> {});
        var peer = RawHttp2.open(rig.http.address(), initialWindow, 0)) {
      open(peer, 1);
      for (int i = 0; i < 40; i++) {
        peer.send(DATA, 0, 1, ping);
        peer.sendWord(WINDOW_UPDATE, 1, 3);
        assertThat(nextOfStream(peer).bytes()).isEqualTo(3);
        peer.sendWord(WINDOW_UPDATE, 1, pongBytes - 3);
        assertThat(nextOfStream(peer).bytes()).isEqualTo(pongBytes - 3);
      }
    }
  }

  /// A stream that was reset a moment before its connection went hears of its end behind that.
  @Test
  void whatHandlersHoldIsGivenBackOnceThoughTheirConnectionEndsBeforeTheirStream()
      throws Exception {
    var sockets = new CopyOnWriteArrayList<WebSocket>();
    var goOn = List.of(new CountDownLatch(1), new CountDownLatch(1));
    WebSocketListener busy =
        (socket, _) -> {
          sockets.add(socket);
          goOn.get(sockets.indexOf(socket)).await();
        };
    try (var rig = new WebSocketRig(CONFIG, busy);
        var peer = open(rig)) {
      open(peer, 3);
      peer.send(DATA, 0, 1, binary(100));
      await("the first is served", () -> sockets.size() == 1);
      peer.send(DATA, 0, 3, binary(50));
      await("both are", () -> sockets.size() == 2);
      rig.http.run(() -> {
        Objects.requireNonNull(rig.connection).reset(CutReason.CLOSING);
        sockets.getFirst().cut();
      });
      await("it has gone", () -> rig.http.listener.connectionCount() == 0);
      assertThat(rig.http.heldDirect()).isEqualTo(150);
      goOn.getFirst().countDown();
      await("one has gone on", () -> rig.http.heldDirect() == 50);
      goOn.getLast().countDown();

      rig.http.awaitIdle();
    }
  }

  /// What is left of a frame of HTTP/2 is a part of the buffer that it was read in.
  @Test
  void whatIsLeftOfAReadBehindAFullInboxPinsNoLargeBuffer() throws Exception {
    int peers = 20;
    var began = new CountDownLatch(peers);
    var goOn = new CountDownLatch(1);
    WebSocketListener busy =
        (_, _) -> {
          began.countDown();
          goOn.await();
        };
    var frames = new ByteArrayOutputStream();
    for (int i = 0; i < Inbox.MOST_MESSAGES; i++) frames.writeBytes(binary(1));
    frames.writeBytes(binary(200));
    List<RawHttp2> all = new ArrayList<>();
    try (var rig = new WebSocketRig(CONFIG, busy)) {
      for (int i = 0; i < peers; i++) {
        var peer = open(rig);
        all.add(peer);
        peer.send(DATA, 0, 1, binary(1));
      }
      began.await();
      long before = rig.pinnedBytes();
      long held = rig.http.heldHeap() + peers * Inbox.MOST_MESSAGES * Payload.ENTRY_BYTES;
      for (var peer : all) peer.send(DATA, 0, 1, frames.toByteArray());
      await("all is read", () -> rig.http.heldHeap() >= held);

      assertThat(rig.pinnedBytes() - before).isLessThan(peers * 1_024L);
      goOn.countDown();
      for (var peer : all) peer.close();
    }
  }

  @Test
  void aServerThatDrainsTellsItsWebSockets() throws Exception {
    var handler = new WebSocketRig.Echo();
    try (var rig = new WebSocketRig(CONFIG, handler);
        var peer = open(rig)) {
      rig.http.listener.beginDrain();

      assertThat(peer.awaitGoAway()).isZero();
      assertThat(nextOfStream(peer).word(0) & 0xFFFF).isEqualTo(CloseCode.GOING_AWAY);
    }
  }
}
