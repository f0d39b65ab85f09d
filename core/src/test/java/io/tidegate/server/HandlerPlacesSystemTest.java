package io.tidegate.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.HandlerThreads;
import io.tidegate.ledger.Budget;
import io.tidegate.net.CutReason;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import io.tidegate.stream.EventStream;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.HostilePeer;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.WebSocketListener;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Who gets the places of blocking handlers: peers that take their time keep nobody out.
class HandlerPlacesSystemTest {
  /// A tenth of 8 MiB of heap carries 51 handlers.
  private static final Budget BUDGET = new Budget(64L << 20, 8L << 20);

  private static final int PLACES = 51;
  private static final long OF_PLACES = (long) PLACES * HandlerThreads.PRICE;

  /// Nearly all places: who comes behind them finds none.
  private static final int MANY = 48;

  private static final int MORE_THAN_PLACES = 80;

  private static final String UPGRADE =
      """
      GET /ws HTTP/1.1
      Host: x
      Upgrade: websocket
      Connection: Upgrade
      Sec-WebSocket-Version: 13
      Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

      """
          .replace("\n", "\r\n");

  private final List<HostilePeer> peers = new ArrayList<>();

  @AfterEach
  void hangUp() {
    peers.forEach(HostilePeer::close);
  }

  private void crowd(ServerRig rig, String request) throws IOException {
    for (int i = 0; i < MORE_THAN_PLACES; i++) {
      var peer = HostilePeer.openNarrow(rig.address(), 2_048);
      peers.add(peer);
      peer.send(request);
    }
  }

  private static void isServedAtOnce(ServerRig rig) throws Exception {
    for (int i = 0; i < 20; i++) assertThat(rig.get("/").body()).isEqualTo("hello");
  }

  @Test
  void peersWhoseBodiesDoNotComeGiveTheirPlacesToNewcomers() throws Exception {
    try (var rig =
        new ServerRig(
            BUDGET, s -> s.get("/", _ -> "hello").post("/", call -> call.body().text(1_000)))) {
      crowd(rig, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx");

      isServedAtOnce(rig);
      hangUp();
    }
  }

  @Test
  void peersWhoDoNotReadTheirAnswersGiveTheirPlacesToNewcomers() throws Exception {
    try (var rig =
        new ServerRig(
            BUDGET,
            s ->
                s.get("/", _ -> "hello")
                    .get(
                        "/long",
                        _ -> Answer.written("text/plain", HandlerPlacesSystemTest::endless)))) {
      crowd(rig, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n");

      isServedAtOnce(rig);
      hangUp();
    }
  }

  /// Nothing is on its way to them, so that they have no more grace than they need to be looked at:
  /// of ten crowds most keep nobody waiting for as long as the grace of others is.
  @Test
  void aCrowdThatReadsNothingKeepsNewcomersWaitingForNoGrace() throws Exception {
    var inside = new AtomicInteger();
    try (var rig =
        new ServerRig(
            BUDGET,
            s ->
                s.get("/", _ -> "hello")
                    .get("/long", _ -> Answer.written("text/plain", out -> enter(out, inside))))) {
      isServedAtOnce(rig);
      var waits = new ArrayList<Long>();
      for (int i = 0; i < 10; i++) {
        crowd(rig, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
        Eventually.await(ServerRig.PATIENCE, inside::toString, () -> inside.get() >= MANY);
        long began = System.nanoTime();
        assertThat(rig.get("/").body()).isEqualTo("hello");
        waits.add((System.nanoTime() - began) / 1_000_000);
        hangUp();
        peers.clear();
        Eventually.await(ServerRig.PATIENCE, inside::toString, () -> inside.get() == 0);
      }

      waits.sort(null);
      assertThat(waits.get(4)).as("ms: %s", waits).isLessThan(200);
    }
  }

  private static void enter(OutputStream out, AtomicInteger inside) throws IOException {
    var _ = inside.incrementAndGet();
    try {
      endless(out);
    } finally {
      var _ = inside.decrementAndGet();
    }
  }

  /// They fill half of the places and their line four times over, and come back when they are cut.
  @Test
  void noCrowdOfBodiesThatDoNotComeKeepsAWholeRequestOutOrBreaksOffADownload() throws Exception {
    try (var rig =
            new ServerRig(
                BUDGET,
                s ->
                    s.get("/", _ -> "hello")
                        .get(
                            "/long",
                            _ -> Answer.written("text/plain", HandlerPlacesSystemTest::endless))
                        .post("/", call -> call.body().text(1_000)));
        var download = HostilePeer.openNarrow(rig.address(), 2_048)) {
      download.send("GET /long HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(download.readUntil("\r\n", ServerRig.PATIENCE)).contains(" 200 ");
      var crowd = new AtomicBoolean(true);
      var refused = new AtomicInteger();
      var peers = Thread.startVirtualThread(() -> comeBack(rig, 500, crowd, refused));

      Eventually.await(ServerRig.PATIENCE, refused::toString, () -> refused.get() > 500);
      for (int i = 0; i < 50; i++) isServedAtOnce(rig);
      crowd.set(false);
      peers.join();

      assertThat(download.read(1_000_000, ServerRig.PATIENCE)).hasSize(1_000_000);
    }
  }

  /// Keeps `count` peers sending bodies of which a byte comes, as long as `on`; counts answers.
  private static void comeBack(ServerRig rig, int count, AtomicBoolean on, AtomicInteger refused) {
    var peers = new ArrayDeque<HostilePeer>();
    try {
      while (on.get()) {
        while (peers.size() < count) {
          var peer = HostilePeer.open(rig.address());
          peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nx");
          peers.add(peer);
        }
        var oldest = peers.remove();
        if (oldest.readUntil("\r\n", ServerRig.PATIENCE).contains(" 503 "))
          refused.incrementAndGet();
        oldest.close();
      }
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } finally {
      peers.forEach(HostilePeer::close);
    }
  }

  /// A body that came with its head is not one that is still arriving.
  @Test
  void whoSendsAllAtOnceIsServedBesideACrowdOfBodiesThatDoNotCome() throws Exception {
    try (var rig = new ServerRig(BUDGET, s -> s.post("/", call -> call.body().text(1_000)))) {
      var crowd = new AtomicBoolean(true);
      var refused = new AtomicInteger();
      var peers = Thread.startVirtualThread(() -> comeBack(rig, 500, crowd, refused));
      Eventually.await(ServerRig.PATIENCE, refused::toString, () -> refused.get() > 500);

      for (int i = 0; i < 100; i++) {
        try (var polite = HostilePeer.open(rig.address())) {
          polite.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody");
          assertThat(polite.readUntil("\r\n", ServerRig.PATIENCE)).contains(" 200 ");
        }
      }
      crowd.set(false);
      peers.join();
    }
  }

  @Test
  void bodiesHaveTheirShareThoughDownloadsHaveAllPlaces() throws Exception {
    try (var rig =
        new ServerRig(
            BUDGET,
            s ->
                s.post("/", call -> call.body().text(1_000))
                    .get(
                        "/long",
                        _ -> Answer.written("text/plain", HandlerPlacesSystemTest::endless)))) {
      crowd(rig, "GET /long HTTP/1.1\r\nHost: x\r\n\r\n");

      for (int i = 0; i < 20; i++) assertThat(rig.post("/", "a body").body()).isEqualTo("a body");
      hangUp();
    }
  }

  @Test
  void whoseBodyHasComeCountsNoMoreAmongThoseWhoseBodiesAreComing() throws Exception {
    var go = new CountDownLatch(1);
    var read = new CountDownLatch(45);
    try (var rig =
        new ServerRig(
            BUDGET,
            s ->
                s.post(
                    "/",
                    call -> {
                      var text = call.body().text(1_000);
                      read.countDown();
                      go.await();
                      return text;
                    }))) {
      for (int i = 0; i < 45; i++) {
        var peer = HostilePeer.open(rig.address());
        peers.add(peer);
        peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nx");
      }

      assertThat(read.await(5, TimeUnit.SECONDS)).as("%s have not read", read).isTrue();
      go.countDown();
      hangUp();
    }
  }

  private static void endless(OutputStream out) throws IOException {
    while (true) out.write(new byte[16 * 1024]);
  }

  @Test
  void streamsThatLastTakeHalfOfThePlacesAtMost() throws Exception {
    try (var rig =
        new ServerRig(
            BUDGET,
            s ->
                s.get("/", _ -> "hello")
                    .get(
                        "/events",
                        _ ->
                            EventStream.answer(
                                Slow.dropOldest(), HandlerPlacesSystemTest::silence)))) {
      crowd(rig, "GET /events HTTP/1.1\r\nHost: x\r\n\r\n");

      isServedAtOnce(rig);
      hangUp();
    }
  }

  @Test
  void aStreamWhoseRequestHadABodyKeepsNoUploadOut() throws Exception {
    try (var rig =
        new ServerRig(
            BUDGET,
            s ->
                s.post("/", call -> call.body().text(1_000))
                    .get(
                        "/events",
                        _ ->
                            EventStream.answer(
                                Slow.dropOldest(), HandlerPlacesSystemTest::silence)))) {
      crowd(rig, "GET /events HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx");

      for (int i = 0; i < 20; i++) assertThat(rig.post("/", "a body").body()).isEqualTo("a body");
      hangUp();
    }
  }

  private static void silence(EventStream events) throws InterruptedException {
    while (events.await(Duration.ofSeconds(1))) {
      // says nothing until its peer has gone
    }
  }

  @Test
  void webSocketsThatDoNotReadGiveTheirPlacesToNewcomers() throws Exception {
    try (var rig =
        new ServerRig(
            BUDGET,
            s ->
                s.get("/", _ -> "hello")
                    .get("/ws", _ -> Answer.webSocket(WebSocketConfig.DEFAULT, new Talker())))) {
      crowd(rig, UPGRADE);

      isServedAtOnce(rig);
      hangUp();
    }
  }

  /// Says more than anybody takes, as soon as it can.
  private static final class Talker implements WebSocketListener {
    @Override
    public void opened(WebSocket socket) {
      while (!(socket.send(new byte[16 * 1024]) instanceof Sent.Closed)) {
        // waits in there
      }
    }

    @Override
    public void message(WebSocket socket, Message message) {}
  }

  @Test
  void webSocketsWithAThreadOfTheirOwnTakeHalfOfThePlacesAtMost() throws Exception {
    try (var rig =
        new ServerRig(
            BUDGET,
            s -> s.get("/", _ -> "hello").webSocket("/ws", HandlerPlacesSystemTest::listen))) {
      crowd(rig, UPGRADE);

      isServedAtOnce(rig);
      hangUp();
    }
  }

  private static void listen(WebSocket socket) {
    for (var _ : socket) {
      // whose peer says nothing
    }
  }

  @Test
  void moreThanThereArePlacesWaitInALineForHandlersThatEnd() throws Exception {
    var go = new CountDownLatch(1);
    try (var rig =
        new ServerRig(
            BUDGET,
            s ->
                s.get(
                    "/",
                    _ -> {
                      go.await();
                      return "hello";
                    }))) {
      for (int i = 0; i < 80; i++) {
        var peer = HostilePeer.open(rig.address());
        peers.add(peer);
        peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      go.countDown();

      for (var peer : peers)
        assertThat(peer.readUntil("\r\n", ServerRig.PATIENCE)).contains(" 200 ");
      hangUp();
    }
  }

  @Test
  void whoGoesWhileHeWaitsLeavesTheLineAndIsNotServed() throws Exception {
    int waiting = 20;
    var served = new AtomicInteger();
    var go = new CountDownLatch(1);
    try (var rig =
        new ServerRig(
            BUDGET,
            s ->
                s.get(
                    "/",
                    _ -> {
                      var _ = served.incrementAndGet();
                      go.await();
                      return "hello";
                    }))) {
      for (int i = 0; i < PLACES + waiting; i++) {
        var peer = HostilePeer.open(rig.address());
        peers.add(peer);
        peer.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        if (i >= PLACES) continue;
        int inside = i + 1;
        ServerRig.await("a place", () -> served.get() == inside);
      }
      long ofLine = waiting * 256L;
      ServerRig.await("they wait", () -> heldForHandlers(rig) == OF_PLACES + ofLine);

      for (var peer : peers.subList(PLACES, peers.size())) peer.abort();
      ServerRig.await("nobody waits", () -> heldForHandlers(rig) == OF_PLACES);
      go.countDown();

      for (var peer : peers.subList(0, PLACES))
        assertThat(peer.readUntil("\r\n", ServerRig.PATIENCE)).contains(" 200 ");
      assertThat(served).hasValue(PLACES);
      hangUp();
    }
  }

  private static long heldForHandlers(ServerRig rig) {
    for (var account : rig.server.census().children())
      if (account.label().equals("handlers")) return account.heap().held();
    throw new AssertionError("no account of handlers");
  }

  /// A wait for the loop would count as one for the peer, and might be asked to end.
  @Test
  void aBodyThatThereIsNotIsReadThoughTheLoopIsBusy() throws Exception {
    var runs = new CountDownLatch(1);
    var busy = new CountDownLatch(1);
    var read = new CountDownLatch(1);
    try (var rig =
            new ServerRig(s ->
                s.get(
                        "/read",
                        call -> {
                          runs.countDown();
                          busy.await();
                          int next = call.body().stream(10).read();
                          read.countDown();
                          return "read " + next;
                        })
                    .get(
                        "/busy",
                        Handler.onLoop(_ -> {
                          busy.countDown();
                          return read.await(5, TimeUnit.SECONDS) ? "read" : "waited in vain";
                        })));
        var reader = rig.raw();
        var other = rig.raw()) {
      reader.send("GET /read HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(runs.await(5, TimeUnit.SECONDS)).isTrue(); // it begins when a tick ends
      other.send("GET /busy HTTP/1.1\r\nHost: x\r\n\r\n");

      assertThat(other.body(other.finalHead(), "GET").text()).isEqualTo("read");
      assertThat(reader.body(reader.finalHead(), "GET").text()).isEqualTo("read -1");
    }
  }

  /// One in fifty is gone in the moment in which its WebSocket opens.
  @Test
  void peersThatResetWhatTheyHaveJustOpenedLeaveTheirPlaces() throws Exception {
    try (var rig =
        new ServerRig(
            BUDGET,
            s ->
                s.get("/", _ -> "hello")
                    .get("/ws", _ -> Answer.webSocket(WebSocketConfig.DEFAULT, new Talker())))) {
      for (int i = 0; i < 6_000; i++) {
        try (var peer = HostilePeer.open(rig.address())) {
          peer.send(UPGRADE);
          peer.abort();
        }
      }

      isServedAtOnce(rig);
    }
  }

  /// It was asked to leave while its last byte was on its way, and that came first.
  @Test
  void whoseBodyHasComeIsNotCutForOthers() throws Exception {
    var few = new Budget(64L << 20, 1L << 20); // six places, three for requests that arrive
    var loops = new LoopsConfig("server", 2, few, Transport.best(), false);
    var reading = new AtomicInteger();
    var release = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var blocked = new CountDownLatch(1);
    Handler uploads =
        call -> {
          reading.incrementAndGet();
          return "got " + call.body().bytes(100).length;
        };
    Handler blocks =
        Handler.onLoop(_ -> {
          blocked.countDown();
          awaitQuietly(goOn);
          return "done";
        });
    try (var rig =
            new ServerRig(
                few,
                s ->
                    s.loops(loops)
                        .post("/", uploads)
                        .get("/block", blocks)
                        .get("/quick", Handler.onLoop(_ -> "quick")));
        var onFirst = rig.raw();
        var second = rig.raw();
        var third = rig.raw();
        var onSecond = rig.raw();
        var blocker = rig.raw()) {
      int asked = 0;
      for (var peer : List.of(onFirst, second, third)) {
        peer.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nnine byte");
        int begun = ++asked;
        ServerRig.await("it reads", () -> reading.get() == begun);
      }
      for (int i = 0;
          i < 20;
          i++) { // whoever read for long, as new code does, waits no more for it
        blocker.send("GET /quick HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(blocker.body(blocker.head(), "GET").text()).isEqualTo("quick");
      }
      var stands = new CountDownLatch(1);
      Runnable stand =
          () -> {
            stands.countDown();
            awaitQuietly(release);
          };
      assertThat(rig.server.loops().loop(0).later(stand)).isTrue();
      assertThat(stands.await(20, TimeUnit.SECONDS)).isTrue();
      blocker.send("GET /block HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(Eventually.within(Duration.ofMillis(100), () -> false)).isFalse();
      onFirst.send("s");
      assertThat(Eventually.within(Duration.ofMillis(300), () -> false)).isFalse();
      release.countDown();
      assertThat(blocked.await(20, TimeUnit.SECONDS)).isTrue();
      onSecond.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nnine byte");
      assertThat(Eventually.within(Duration.ofMillis(300), () -> false)).isFalse();
      goOn.countDown();

      assertThat(onFirst.body(onFirst.head(), "POST").text()).isEqualTo("got 10");
      assertThat(rig.server.loops().cuts(CutReason.HANDLER_LIMIT)).isZero();
    } finally {
      release.countDown();
      goOn.countDown();
    }
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException ends) {
      Thread.currentThread().interrupt();
    }
  }
}
