package io.tidegate.client.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.Backoff;
import io.tidegate.client.ClientConfig;
import io.tidegate.client.ConnectFailure;
import io.tidegate.client.pool.Member.Ending;
import io.tidegate.client.pool.PoolListener.Event;
import io.tidegate.http.message.Fields;
import io.tidegate.ledger.Rate;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Figures;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketListener;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A pool against a server of ours, over sockets.
@ExtendWith(Balanced.class)
class WebSocketPoolSystemTest {
  private static final WebSocketListener DEAF = (_, _) -> {};
  private static final Rate FAST = new Rate(200, Duration.ofSeconds(1));

  private final List<Event> events = new CopyOnWriteArrayList<>();

  private WebSocketPool open(PoolRig rig, PoolConfig config, WebSocketListener listener) {
    return WebSocketPool.open(rig.client, config, listener, PoolHooks.NONE, events::add);
  }

  private static PoolConfig of(PoolRig rig, int size) {
    return PoolConfig.of(rig.uri(), size)
        .withConnects(FAST)
        .withBackoff(Backoff.DEFAULT.withStable(Duration.ofSeconds(1)))
        .withTimes(PoolConfig.Times.DEFAULT.withGrace(Duration.ofSeconds(2)));
  }

  @Test
  void membersComeUpTakeMessagesInTurnAndGoWith1001() throws Exception {
    var heard = new CopyOnWriteArrayList<String>();
    try (var rig = new PoolRig();
        var pool = open(rig, of(rig, 4), (_, message) -> heard.add(PoolRig.textOf(message)))) {
      assertThat(pool.awaitReady(4, PoolRig.PATIENCE)).isTrue();

      for (int i = 0; i < 8; i++) assertThat(pool.send("echo " + i).isTaken()).isTrue();
      PoolRig.await("8 echoes", () -> heard.size() == 8);
      assertThat(pool.broadcast("echo all", Slow.dropNewest())).isEqualTo(4);
      PoolRig.await("4 more", () -> heard.size() == 12);
      assertThat(pool.members())
          .allSatisfy(member -> assertThat(member.state()).isEqualTo(Member.State.READY));
      assertThat(pool.state().totals().attempts()).isEqualTo(4);

      pool.close();
      PoolRig.await("4 closes", () -> rig.closes.size() == 4);
      assertThat(rig.closes).allSatisfy(how -> assertThat(how.code()).isEqualTo(1001));
      assertThat(pool.send("late")).isInstanceOf(Sent.Closed.class);
    }
  }

  @Test
  void aServerThatRestartsIsFoundAgain() throws Exception {
    try (var rig = new PoolRig();
        var pool = open(rig, of(rig, 6), DEAF)) {
      assertThat(pool.awaitReady(6, PoolRig.PATIENCE)).isTrue();

      rig.stopServer();
      PoolRig.await("none ready", () -> pool.ready() == 0);
      assertThat(pool.send("lost")).isEqualTo(new Sent.Dropped(Sent.Cause.NONE_READY));
      PoolRig.await("refused", () -> pool.state().totals().failed() > 0);
      rig.startServer();

      assertThat(pool.awaitReady(6, Duration.ofSeconds(60))).isTrue();
      assertThat(pool.state().last()).isNotNull();
    }
  }

  @Test
  void whatIsSentWhileNobodyIsReadyWaitsAndComesInOrder() throws Exception {
    try (var rig = new PoolRig()) {
      rig.stopServer();
      var config = of(rig, 1).withParking(10_000, Duration.ofSeconds(60));
      try (var pool = open(rig, config, DEAF)) {
        for (int i = 0; i < 10; i++) assertThat(pool.send("m" + i)).isInstanceOf(Sent.Queued.class);
        assertThat(pool.send("x".repeat(5_000))).isEqualTo(new Sent.Dropped(Sent.Cause.FULL));
        rig.startServer();

        PoolRig.await("10 messages", () -> rig.received.size() == 10);

        assertThat(rig.received)
            .containsExactly("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9");
        assertThat(pool.send("direct")).isInstanceOf(Sent.Now.class);
      }
    }
  }

  @Test
  void hooksRunInTheirOrderBeforeAMemberIsReadyAndBeforeItsPlaceIsTaken() throws Exception {
    var calls = new CopyOnWriteArrayList<String>();
    var onLoop = new AtomicInteger();
    var hooks =
        new PoolHooks() {
          @Override
          public void onOpen(Member member, WebSocket socket, int attempt) throws Exception {
            if (!Thread.currentThread().isVirtual()) onLoop.incrementAndGet();
            calls.add("open " + attempt);
            assertThat(socket.send("echo who").isTaken()).isTrue();
            var answer = socket.receive(Duration.ofSeconds(10));
            calls.add("answer " + (answer == null ? "none" : PoolRig.textOf(answer)));
          }

          @Override
          public void resubscribe(Member member, WebSocket socket) {
            calls.add("resubscribe " + member.number());
          }

          @Override
          public void beforeRotate(Member member, WebSocket old, WebSocket fresh) {
            calls.add("rotate " + (old != fresh && old.isOpen()));
          }
        };
    try (var rig = new PoolRig()) {
      var times =
          PoolConfig.Times.DEFAULT
              .withLifetime(Duration.ofSeconds(2), Duration.ofMillis(300))
              .withGrace(Duration.ofSeconds(2));
      try (var pool =
          WebSocketPool.open(rig.client, of(rig, 1).withTimes(times), DEAF, hooks, events::add)) {
        assertThat(pool.awaitReady(1, PoolRig.PATIENCE)).isTrue();
        assertThat(calls).startsWith("open 1", "answer echo who", "resubscribe 0");

        PoolRig.await("rotated", () -> pool.state().totals().rotated() >= 1);

        assertThat(calls)
            .containsSubsequence(
                "resubscribe 0", "open 1", "answer echo who", "resubscribe 0", "rotate true");
        assertThat(onLoop).hasValue(0);
        PoolRig.await(
            "closed with 1001",
            () -> rig.closes.stream().anyMatch(how -> how.reason().equals("rotated")));
      }
    }
  }

  @Test
  void rotationBelowTheServersCutLeavesAllReadyAtEverySample() throws Exception {
    try (var rig = new PoolRig()) {
      rig.cutAfter(Duration.ofSeconds(5));
      var times =
          PoolConfig.Times.DEFAULT
              .withLifetime(Duration.ofSeconds(3), Duration.ofMillis(300))
              .withGrace(Duration.ofSeconds(2));
      try (var pool = open(rig, of(rig, 60).withTimes(times), DEAF)) {
        assertThat(pool.awaitReady(60, PoolRig.PATIENCE)).isTrue();
        int least = 60;
        var until = System.nanoTime() + Duration.ofSeconds(8).toNanos();

        while (System.nanoTime() < until) {
          least = Math.min(least, pool.ready());
          LockSupport.parkNanos(1_000_000);
        }

        assertThat(least).as("of 60, %s", pool.state()).isEqualTo(60);
        assertThat(pool.state().totals().rotated()).isGreaterThan(100);
        assertThat(pool.state().totals().lost()).isZero();
      }
    }
  }

  @Test
  void aHandlerThatThrowsCostsItsOwnConnection() throws Exception {
    WebSocketListener touchy =
        (_, message) -> {
          if ("echo boom".equals(PoolRig.textOf(message))) throw new IOException("boom");
          if ("echo error".equals(PoolRig.textOf(message))) throw new AssertionError("error");
        };
    try (var rig = new PoolRig();
        var pool = open(rig, of(rig, 3), touchy)) {
      assertThat(pool.awaitReady(3, PoolRig.PATIENCE)).isTrue();

      assertThat(pool.send("echo boom").isTaken()).isTrue();
      assertThat(pool.send("echo error").isTaken()).isTrue();
      PoolRig.await("two lost", () -> pool.state().totals().lost() == 2);

      assertThat(pool.awaitReady(3, PoolRig.PATIENCE)).isTrue();
      assertThat(pool.members())
          .filteredOn(member -> member.last() instanceof Ending.HandlerFailed)
          .hasSize(2);
      PoolRig.await(
          "1011", () -> rig.closes.stream().filter(how -> how.code() == 1011).count() == 2);
    }
  }

  @Test
  void aHandlerThatNeverReturnsIsLeftBehindAndItsMemberReplaced() throws Exception {
    var blocked = new CountDownLatch(1);
    var interrupted = new CountDownLatch(1);
    WebSocketListener stuck =
        (_, message) -> {
          if (!"echo stuck".equals(PoolRig.textOf(message))) return;
          blocked.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException _) {
            interrupted.countDown();
          }
        };
    try (var rig = new PoolRig();
        var pool = open(rig, of(rig, 2), stuck)) {
      assertThat(pool.awaitReady(2, PoolRig.PATIENCE)).isTrue();
      assertThat(pool.send("echo stuck").isTaken()).isTrue();
      blocked.await();

      rig.open.keySet().forEach(WebSocket::cut);
      PoolRig.await("replaced", () -> pool.state().totals().opened() >= 4);
      PoolRig.await("given up", () -> pool.state().totals().stuck() == 1);

      assertThat(interrupted.await(10, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
      assertThat(pool.awaitReady(2, PoolRig.PATIENCE)).isTrue();
      assertThat(events).anyMatch(event -> event instanceof Event.Stuck);
    }
  }

  @Test
  void aServerThatSaysNotFoundIsReportedAsLasting() throws Exception {
    try (var rig = new PoolRig()) {
      var nowhere = rig.uri().resolve("/no");
      try (var pool = open(rig, PoolConfig.of(nowhere, 20), DEAF)) {
        PoolRig.await(
            "lasting",
            () ->
                events.stream()
                    .anyMatch(event -> event instanceof Event.EndpointHeld held && held.lasting()));

        PoolRig.await("seen", () -> pool.state().last() != null);
        assertThat(pool.state().totals().attempts()).isLessThan(12);
        assertThat(pool.state().last())
            .isInstanceOfSatisfying(
                Ending.Failed.class, failed -> assertThat(failed.why().status()).isEqualTo(404));
      }
    }
  }

  @Test
  void aFreshTokenIsFetchedOffTheLoopAndTheMembersCome() throws Exception {
    var asked = new AtomicInteger();
    var hooks =
        new PoolHooks() {
          @Override
          public @Nullable Fields refreshToken(URI endpoint, ConnectFailure why) {
            asked.incrementAndGet();
            return why.status() == 401 && Thread.currentThread().isVirtual()
                ? ClientConfig.DEFAULT.withField("Authorization", "Bearer fresh").fields()
                : null;
          }
        };
    try (var rig = new PoolRig()) {
      var config =
          of(rig, 3).withEndpoints(new PoolConfig.Endpoint(rig.uri().resolve("/token"), 1));
      try (var pool = WebSocketPool.open(rig.client, config, DEAF, hooks, events::add)) {
        assertThat(pool.awaitReady(3, PoolRig.PATIENCE)).isTrue();
        assertThat(asked).hasValue(1);
      }
    }
  }

  @Test
  void anEndpointThatIsFullIsComeBackToLater() throws Exception {
    try (var rig = new PoolRig();
        var pool = open(rig, of(rig, 1), DEAF)) {
      assertThat(pool.awaitReady(1, PoolRig.PATIENCE)).isTrue();

      assertThat(pool.send("close 1013").isTaken()).isTrue();
      PoolRig.await("lost", () -> lost().size() == 1);

      assertThat(lost().getFirst().why().text()).isEqualTo("closed with 1013 as asked");
      assertThat(lost().getFirst().pause())
          .isBetween(Duration.ofSeconds(5), Duration.ofSeconds(31));
    }
  }

  private List<Event.Lost> lost() {
    return events.stream()
        .filter(Event.Lost.class::isInstance)
        .map(Event.Lost.class::cast)
        .toList();
  }

  @Test
  void aListenerThatThrowsOrSleepsStopsNothing() throws Exception {
    var gate = new CountDownLatch(1);
    PoolListener sleeper =
        event -> {
          gate.await();
          events.add(event);
          throw new IOException("no disk");
        };
    try (var rig = new PoolRig();
        var pool = WebSocketPool.open(rig.client, of(rig, 5), DEAF, PoolHooks.NONE, sleeper)) {
      assertThat(pool.awaitReady(5, PoolRig.PATIENCE)).isTrue();
      assertThat(events).isEmpty();
      gate.countDown();

      PoolRig.await("5 events", () -> events.size() == 5);
    }
  }

  /// A load balancer's cut at its true length: with the pool's defaults, and with rotation below
  /// it.
  @Test
  @Tag("long")
  void fiveHundredMembersBehindALoadBalancer() throws Exception {
    try (var rig = new PoolRig()) {
      rig.cutAfter(Duration.ofSeconds(30));
      var plain = sample(rig, PoolConfig.of(rig.uri(), 500), Duration.ofMinutes(2));
      assertThat(plain.least()).as("%s", plain).isGreaterThanOrEqualTo(475);
      assertThat(plain.attemptsASecond()).isLessThanOrEqualTo(2 * 500 / 30.0);

      var below =
          PoolConfig.Times.DEFAULT.withLifetime(Duration.ofSeconds(27), Duration.ofSeconds(2));
      var rotated =
          sample(
              rig,
              PoolConfig.of(rig.uri(), 500).withTimes(below).withConnects(new Rate(33, second())),
              Duration.ofMinutes(2));
      assertThat(rotated.least()).as("%s", rotated).isEqualTo(500);
      Figures.note("pool of 500, cut at 30 s: " + plain + "\nrotated at 27 s: " + rotated);
    }
  }

  private static Duration second() {
    return Duration.ofSeconds(1);
  }

  private record Samples(int least, double attemptsASecond, PoolState state) {}

  private Samples sample(PoolRig rig, PoolConfig config, Duration span) throws Exception {
    try (var pool = open(rig, config, DEAF)) {
      assertThat(pool.awaitReady(500, Duration.ofSeconds(60))).isTrue();
      int least = 500;
      long before = pool.state().totals().attempts();
      var began = System.nanoTime();
      while (System.nanoTime() - began < span.toNanos()) {
        least = Math.min(least, pool.ready());
        LockSupport.parkNanos(5_000_000);
      }
      var state = pool.state();
      double rate = (state.totals().attempts() - before) / (double) span.toSeconds();
      return new Samples(least, rate, state);
    }
  }

  /// Of what lives on the heap 160 B a member are the pool's, 450 its WebSocket's and connection's
  /// here, 980 those of Netty's channel.
  @Test
  @Tag("long")
  void fiveThousandMembersLiveInAHeapOf128MiB() throws Exception {
    try (var rig = new PoolRig();
        var child =
            ChildProcess.java(
                List.of(
                    "-Xmx128m",
                    "-XX:+UseSerialGC",
                    "-XX:+UseCompactObjectHeaders",
                    "--enable-native-access=ALL-UNNAMED"),
                List.of(IdleMembers.class.getName(), rig.uri().toString(), "5000"))) {
      var line = child.awaitLine(said -> said.startsWith("PER MEMBER "), Duration.ofMinutes(4));

      assertThat(line).contains(" ready 5000 ");
      assertThat(Integer.parseInt(line.split(" ", -1)[2])).as(line).isLessThan(1_750);
      assertThat(child.awaitExit(Duration.ofMinutes(1))).isZero();
    }
  }

  @Test
  void whatTheFlightRecorderIsToldNamesPoolAndEvent() throws Exception {
    try (var recording = new FlightRecording();
        var rig = new PoolRig();
        var pool = open(rig, of(rig, 2).withName("feeds"), DEAF)) {
      assertThat(pool.awaitReady(2, PoolRig.PATIENCE)).isTrue();
      assertThat(
              Eventually.within(
                  Duration.ofSeconds(30), () -> recording.seen.contains("feeds Ready")))
          .isTrue();
    }
  }

  @Test
  void messagesOfAnyMemberComeToTheListener() throws Exception {
    var heard = new CopyOnWriteArrayList<Integer>();
    WebSocketListener listener = (_, message) -> heard.add(message.length());
    try (var rig = new PoolRig();
        var pool = open(rig, of(rig, 2), listener)) {
      assertThat(pool.awaitReady(2, PoolRig.PATIENCE)).isTrue();

      for (var socket : rig.open.keySet()) assertThat(socket.send("four").isTaken()).isTrue();

      PoolRig.await("two", () -> heard.equals(List.of(4, 4)));
    }
  }
}
