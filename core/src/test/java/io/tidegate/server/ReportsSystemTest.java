package io.tidegate.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.outbound.Slow;
import io.tidegate.stream.EventStream;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.testkit.Pattern;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.frame.CloseFrame;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What was reported of other servers, against the library's; docs/reports.md says which is which.
class ReportsSystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int JPEG_BYTES = 120_000;

  // ---- nobody delays another

  private static long p99Millis(ServerRig rig, int requests) throws IOException {
    var nanos = new long[requests];
    try (var peer = rig.raw()) {
      for (int i = 0; i < requests; i++) {
        long before = System.nanoTime();
        assertThat(peer.get("x", "/small").status()).isEqualTo(200);
        nanos[i] = System.nanoTime() - before;
      }
    }
    Arrays.sort(nanos);
    return nanos[requests * 99 / 100] / 1_000_000;
  }

  @Test
  void aSlowDownloadOrALongStreamDelaysNobody() throws Exception {
    var slow = new ArrayList<HostilePeer>();
    try (var rig =
        new ServerRig(s ->
            s.get("/small", _ -> "x")
                .get("/big", _ -> Answer.written("x/y", ReportsSystemTest::forever))
                .get("/events", _ -> EventStream.answer(Slow.dropOldest(), _ -> {})))) {
      long alone = p99Millis(rig, 300);
      for (int i = 0; i < 20; i++) {
        var peer = HostilePeer.openNarrow(rig.address(), 16 * 1024);
        peer.send("GET " + (i % 2 == 0 ? "/big" : "/events") + " HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(peer.readUntil("\r\n\r\n", SOON)).startsWith("HTTP/1.1 200 ");
        slow.add(peer);
      }

      assertThat(p99Millis(rig, 300)).isLessThanOrEqualTo(3 * alone + 50);
      slow.forEach(HostilePeer::abort);
    }
  }

  private static void forever(java.io.OutputStream out) throws IOException {
    while (true) out.write(Pattern.bytes(0, 16 * 1024));
  }

  @Test
  void aPageThatCancelsHalfOfItsPicturesIsNoEventAndCountsAsSuch() throws Exception {
    var picture = Pattern.bytes(0, JPEG_BYTES);
    try (var loud = new LoudLines();
        var rig =
            new ServerRig(s ->
                s.get("/small", _ -> "x")
                    .get("/picture", _ -> Answer.bytes("image/jpeg", picture))
                    .get("/metrics", Diagnostics.metrics()))) {
      long alone = p99Millis(rig, 300);
      var viewers = new ArrayList<Future<?>>();
      try (var pages = Executors.newVirtualThreadPerTaskExecutor()) {
        for (int i = 0; i < 6; i++) {
          boolean cancels = i % 2 == 0;
          viewers.add(pages.submit(() -> pictures(rig, cancels)));
        }

        assertThat(p99Millis(rig, 300)).isLessThanOrEqualTo(3 * alone + 50);
        for (var viewer : viewers) viewer.get(60, TimeUnit.SECONDS);
      }

      ServerRig.await("aborts are counted", () -> aborts(rig) >= 20);
      assertThat(loud.lines).isEmpty();
    }
  }

  private static int pictures(ServerRig rig, boolean cancels) throws IOException {
    for (int i = 0; i < 20; i++) {
      if (cancels) {
        try (var peer = HostilePeer.openNarrow(rig.address(), 8 * 1024)) {
          peer.send("GET /picture HTTP/1.1\r\nHost: x\r\n\r\n");
          assertThat(peer.readUntil("\r\n\r\n", SOON)).startsWith("HTTP/1.1 200 ");
          peer.abort();
        }
      } else {
        try (var peer = rig.raw()) {
          peer.send("GET /picture HTTP/1.1\r\nHost: x\r\n\r\n");
          assertThat(peer.body(peer.head(), "GET").drain().isPattern(JPEG_BYTES)).isTrue();
        }
      }
    }
    return 20;
  }

  private static long aborts(ServerRig rig) {
    try (var peer = rig.raw()) {
      var line = "tidegate_cuts_total{reason=\"peer_gone\"} ";
      var page = peer.get("x", "/metrics").body();
      int at = page.indexOf(line) + line.length();
      return (long) Double.parseDouble(page.substring(at, page.indexOf('\n', at)));
    } catch (IOException fault) {
      throw new java.io.UncheckedIOException(fault);
    }
  }

  // ---- a large message to many, some of whom sleep

  private static final class Registry implements WebSocketListener {
    private final Set<WebSocket> open = ConcurrentHashMap.newKeySet();

    @Override
    public void opened(WebSocket socket) {
      open.add(socket);
    }

    @Override
    public void message(WebSocket socket, Message message) {}

    @Override
    public void closed(WebSocket socket, CloseFrame how) {
      open.remove(socket);
    }
  }

  @Test
  void aLargeMessageReachesThoseWhoReadAndARegistryForgetsWhoLeaves() throws Exception {
    var registry = new Registry();
    var peers = new ArrayList<RawWebSocket>();
    try (var rig =
        new ServerRig(s -> s.get("/", _ -> Answer.webSocket(WebSocketConfig.DEFAULT, registry)))) {
      for (int i = 0; i < 100; i++) peers.add(RawWebSocket.open(rig.address(), "x", "/"));
      ServerRig.await("all are open", () -> registry.open.size() == 100);
      var awake = new ArrayList<Future<Integer>>();
      try (var readers = Executors.newVirtualThreadPerTaskExecutor()) {
        for (var peer : peers.subList(20, 100)) awake.add(readers.submit(() -> readToLast(peer)));
        for (int number = 1; number <= 10; number++) {
          var message = new byte[300_000];
          Arrays.fill(message, (byte) number);
          for (var socket : registry.open) {
            var _ = socket.send(message, Slow.keepLatest());
          }
        }

        for (var reader : awake) assertThat(reader.get(60, TimeUnit.SECONDS)).isPositive();
      }
      for (var socket : registry.open)
        assertThat(socket.waitingBytes()).isLessThanOrEqualTo(512 * 1024L);
      peers.forEach(RawWebSocket::abort);
      ServerRig.await("the registry is empty", registry.open::isEmpty);
    }
  }

  /// Reads whole messages, none of them torn, up to the last; returns how many.
  private static int readToLast(RawWebSocket peer) throws IOException {
    int count = 0;
    byte number = 0;
    while (number != 10) {
      var payload = peer.read(SOON).payload();
      assertThat(payload).hasSize(300_000);
      assertThat(payload[0]).isGreaterThan(number);
      number = payload[0];
      for (byte one : payload) if (one != number) throw new AssertionError("torn");
      count++;
    }
    return count;
  }

  // ---- handlers that answer late, fail or outlive their server

  @Test
  void aHandlerThatFirstAnswersNothingIsHeardLater() throws Exception {
    var heard = new AtomicInteger();
    try (var rig =
            new ServerRig(s ->
                s.webSocket(
                        "/ws",
                        socket -> {
                          for (var _ : socket) {
                            if (heard.incrementAndGet() < 3) continue;
                            var _ = socket.send("third");
                          }
                        })
                    .post("/body", call -> "" + call.body().text(100)));
        var socket = RawWebSocket.open(rig.address(), "x", "/ws");
        var peer = rig.raw()) {
      for (int i = 0; i < 3; i++) socket.sendText("one of three");
      assertThat(socket.read().text()).isEqualTo("third");

      peer.send("POST /body HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (var piece : List.of("first ", "second ", "third")) {
        assertThat(peer.silentFor(Duration.ofMillis(50))).isTrue();
        peer.sendChunk(piece.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      }
      peer.sendChunk(new byte[0]);
      assertThat(peer.body(peer.head(), "POST").text()).isEqualTo("first second third");
    }
  }

  @Test
  void ofAHandlerThatAnswersNullNothingIsLeft() throws Exception {
    try (var rig = new ServerRig(s -> s.get("/", _ -> nothing()).get("/x", _ -> "x"));
        RawHttp peer = rig.raw()) {
      assertThat(peer.get("x", "/").status()).isEqualTo(500);
      assertThat(peer.get("x", "/x").status()).isEqualTo(200);
    }
  }

  /// Null, as a handler in another language may return it.
  private static Object nothing() {
    return new AtomicReference<Object>().get();
  }

  @Test
  void aServerThatClosesLeavesNoHandlerBehind() throws Exception {
    var ended = new CountDownLatch(3);
    var begun = new CountDownLatch(3);
    var rig =
        new ServerRig(s ->
            s.get("/http", _ -> blocked(begun, ended))
                .webSocket(
                    "/ws",
                    _ -> {
                      var _ = blocked(begun, ended);
                    })
                .get(
                    "/events",
                    _ ->
                        EventStream.answer(
                            Slow.close(),
                            _ -> {
                              var _ = blocked(begun, ended);
                            })));
    try (var http = rig.raw();
        var events = rig.raw();
        var socket = RawWebSocket.open(rig.address(), "x", "/ws")) {
      http.send("GET /http HTTP/1.1\r\nHost: x\r\n\r\n");
      events.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();

      rig.server.close();

      assertThat(ended.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(socket.awaitCloseCode(SOON)).isIn(1_001, 1_006);
    }
    assertThat(rig.server.ended().toCompletableFuture()).succeedsWithin(SOON);
  }

  private static String blocked(CountDownLatch begun, CountDownLatch ended) throws Exception {
    begun.countDown();
    try {
      new CompletableFuture<String>().get();
      return "never";
    } finally {
      ended.countDown();
    }
  }
}
