package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.util.ResourceLeakDetector;
import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.Position;
import io.tidegate.hub.Publication;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.TopicRule;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Rate;
import io.tidegate.server.ServerRig;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.RawBody;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.WebSocketFrame;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// 10,000 keys that are updated 100,000 times a second, for readers at one round a second.
///
/// The keys are updated in turn, which is what hunts a reader most, who begins with the one that
/// was updated longest ago and is the next to be: the newest of all keys are the last 10,000
/// messages, whenever one looks. So a round is as many in a row, and nothing between two rounds.
class ConflationSystemTest {
  private static final int KEYS = 10_000;
  private static final int A_SECOND = 100_000;
  private static final int A_BATCH = 1_000;

  /// The newest of all keys in two formats, and what both readers' rounds keep beside them.
  private static final int RING_BYTES = 32 << 20;

  /// What a minute's garbage collection and leak detection leave here and there; four bytes of each
  /// message in minutes would be more.
  private static final long MOST_MORE_HEAP = 64 << 20;

  private final Hub hub =
      Hub.open(
          HubConfig.DEFAULT
              .withBudget(new Budget(64 << 20, 64 << 20))
              .withTopic(
                  TopicRule.of("prices", TopicKind.Keyed.DEFAULT.withRingBytes(RING_BYTES))
                      .withPublishRate(new Rate(1_000_000, Duration.ofSeconds(1)))));

  private volatile boolean isOver;
  private volatile long mostHeld;

  /// The stack traces of a thorough search for leaks cost 60 us a message.
  private final ResourceLeakDetector.Level level = ResourceLeakDetector.getLevel();

  @BeforeEach
  void leaksAreSoughtInSamples() {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.SIMPLE);
  }

  @AfterEach
  void nothingIsOnItsWayAnyMore() {
    ResourceLeakDetector.setLevel(level);
    ServerRig.await("on its way", () -> hub.figures().leftBytes() == 0);
    assertThat(hub.figures().subscriptions()).isZero();
    hub.close();
  }

  private long head() {
    var head = hub.head("prices");
    return head == null ? 0 : head.offset();
  }

  /// What one reader gets.
  private final class Prices {
    private final long begunNanos = System.nanoTime();
    private long runBegan = 1;
    private long last;
    private long headAtLast;
    private long messages;
    private int jumps;

    void take(long offset, String text) {
      assertThat(text).isEqualTo(text(offset));
      if (offset != last + 1) jump(offset);
      last = offset;
      headAtLast = head();
      messages++;
    }

    /// From the end of one round to the begin of the next, which is as of a moment after that.
    private void jump(long to) {
      if (messages > 0)
        assertThat(last - runBegan + 1).as("updates in a row").isGreaterThanOrEqualTo(KEYS);
      assertThat(to).as("of the newest keys").isGreaterThan(headAtLast - KEYS);
      runBegan = to;
      jumps++;
    }

    boolean isComplete() {
      return isOver && last == head();
    }

    private double seconds() {
      return (System.nanoTime() - begunNanos) / 1e9;
    }

    @Override
    public String toString() {
      return "%d messages in %.1f s with %d jumps".formatted(messages, seconds(), jumps);
    }
  }

  private static String key(long offset) {
    return "k" + (offset - 1) % KEYS;
  }

  private static String text(long offset) {
    return key(offset) + "=" + offset;
  }

  private interface Source extends AutoCloseable {
    /// Hands the next message to `prices`.
    void next(Prices prices) throws IOException;

    @Override
    void close();
  }

  private static Source socket(ServerRig rig) throws IOException {
    var socket =
        RawWebSocket.open(
            rig.address(),
            "127.0.0.1:" + rig.address().getPort(),
            "/ws/prices?ids=true&interval=1000");
    return new Source() {
      @Override
      public void next(Prices prices) throws IOException {
        var frame = socket.read();
        if (frame.opcode() == WebSocketFrame.PING) {
          socket.send(WebSocketFrame.of(WebSocketFrame.PONG, frame.payload()));
          return;
        }
        var lines = new String(frame.payload(), UTF_8).split("\n", 2);
        if (lines.length == 2) prices.take(offset(lines[0]), lines[1]);
        else assertThat(lines[0]).endsWith(" open");
      }

      @Override
      public void close() {
        socket.close();
      }
    };
  }

  private static long offset(String id) {
    return ((Position) java.util.Objects.requireNonNull(Position.parse(id))).offset();
  }

  private static Source events(ServerRig rig) throws IOException {
    RawHttp http = rig.raw();
    http.send("GET /events/prices?interval=1000 HTTP/1.1\r\nHost: x\r\n\r\n");
    var lines = new Lines(http.body(http.head(), "GET"));
    return new Source() {
      private long id;

      @Override
      public void next(Prices prices) throws IOException {
        var line = lines.next();
        if (line.startsWith("id: ")) id = offset(line.substring(4));
        else if (line.startsWith("data: ")) prices.take(id, line.substring(6));
        else assertThat(line).isIn("", ":");
      }

      @Override
      public void close() {
        http.close();
      }
    };
  }

  private static final class Lines {
    private final RawBody body;
    private final byte[] read = new byte[64 * 1024];
    private int at;
    private int end;

    Lines(RawBody body) {
      this.body = body;
    }

    String next() throws IOException {
      var line = new StringBuilder();
      while (true) {
        if (at == end) {
          at = 0;
          end = body.read(read);
          if (end < 0) throw new IOException("the events ended");
        }
        byte b = read[at++];
        if (b == '\n') return line.toString();
        line.append((char) b);
      }
    }
  }

  /// What became of a publisher's time.
  ///
  /// @param published messages
  /// @param nanos that passed
  /// @param cpuNanos that its thread had of a processor
  private record Effort(long published, long nanos, long cpuNanos) {
    double aSecond() {
      return published * 1e9 / nanos;
    }

    double cpuMicros() {
      return cpuNanos / 1e3 / published;
    }
  }

  /// Updates all keys in turn, once or for `time`.
  private Effort publish(Duration time) {
    long began = System.nanoTime();
    long cpuBegan = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    long first = head();
    long offset = first;
    do {
      for (int i = 0; i < A_BATCH; i++) {
        offset++;
        var update = Publication.text(text(offset)).withKey(key(offset));
        if (!hub.publish("prices", update).isAccepted()) throw new AssertionError("not accepted");
      }
      var census = hub.census();
      mostHeld = Math.max(mostHeld, census.direct().held() + census.heap().held());
      long due = began + (offset - first) * 1_000_000_000L / A_SECOND;
      while (due > System.nanoTime()) LockSupport.parkNanos(due - System.nanoTime());
    } while (System.nanoTime() - began < time.toNanos() || offset % KEYS != 0);
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuBegan;
    return new Effort(offset - first, System.nanoTime() - began, cpu);
  }

  private Prices read(Source from) throws IOException {
    var prices = new Prices();
    try (from) {
      while (!prices.isComplete()) from.next(prices);
    }
    assertThat(prices.last - prices.runBegan + 1).isGreaterThanOrEqualTo(KEYS);
    return prices;
  }

  private static long heapBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }

  private void flood(Duration time) throws Exception {
    var routes = HubRoutes.of(hub);
    var _ = publish(Duration.ZERO);
    try (var rig =
            new ServerRig(s ->
                s.get("/ws/{topic}", routes.webSocket()).get("/events/{topic}", routes.events()));
        var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      var socket = socket(rig);
      var events = events(rig);
      var bySocket = threads.submit(() -> read(socket));
      var byEvents = threads.submit(() -> read(events));
      ServerRig.await("readers", () -> hub.figures().subscriptions() == 2);
      var _ = publish(time.dividedBy(4));
      long heap = heapBytes();

      var effort = publish(time);
      isOver = true;
      var _ = publish(Duration.ZERO);
      var readers = List.of(bySocket.get(60, TimeUnit.SECONDS), byEvents.get(60, TimeUnit.SECONDS));

      long moreHeap = heapBytes() - heap;
      Figures.note(
          "conflation, %.0f updates a second of 10,000 keys: %.2f us CPU a publish; %d kB charged at most, %d kB more heap; %s"
              .formatted(
                  effort.aSecond(), effort.cpuMicros(), mostHeld / 1000, moreHeap / 1000, readers));
      for (var each : readers)
        assertThat(each.messages).isLessThanOrEqualTo((long) ((each.seconds() + 2) * KEYS));
      assertThat(mostHeld).isLessThan(RING_BYTES + (4 << 20));
      if (time.toMinutes() == 0) return; // seconds beside other tests' work tell nothing of these
      assertThat(effort.aSecond()).isGreaterThan(0.95 * A_SECOND);
      assertThat(moreHeap).isLessThan(MOST_MORE_HEAP);
    }
  }

  @Test
  void aReaderAtOneRoundASecondGetsEachKeysLatestInEachRound() throws Exception {
    flood(Duration.ofSeconds(4));
  }

  @Tag("long")
  @Test
  void soItIsForAMinute() throws Exception {
    flood(Duration.ofMinutes(1));
  }
}
