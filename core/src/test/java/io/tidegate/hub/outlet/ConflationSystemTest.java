package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

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
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// 10,000 keys that are updated 100,000 times a second, for readers at one round a second.
class ConflationSystemTest {
  private static final int KEYS = 10_000;
  private static final int A_SECOND = 100_000;
  private static final int A_BATCH = 1_000;

  /// Between two rounds nothing comes for a second.
  private static final long PAUSE_NANOS = 500_000_000;

  private final Hub hub =
      Hub.open(
          HubConfig.DEFAULT
              .withBudget(new Budget(32 << 20, 32 << 20))
              .withTopic(
                  TopicRule.of("prices", TopicKind.Keyed.DEFAULT.withRingBytes(16 << 20))
                      .withPublishRate(new Rate(1_000_000, Duration.ofSeconds(1)))));

  private volatile boolean isOver;

  private long head() {
    var head = hub.head("prices");
    return head == null ? 0 : head.offset();
  }

  /// The offset of the last update of `key` up to `head`: they are updated in turn, which is what
  /// hunts a reader most, who has the oldest first.
  private static long latest(int key, long head) {
    long offset = head - Math.floorMod(head - 1 - key, KEYS);
    return Math.max(0, offset);
  }

  /// What one reader holds.
  private final class Prices {
    private final long[] offsets = new long[KEYS];
    private long lastNanos = System.nanoTime();
    private long headAtLast;
    private long headBefore;
    private int rounds;
    private int messages;
    private int roundMessages;
    private long roundNanos;
    private final List<String> log = new ArrayList<>();
    private int behind;

    void take(long offset, String text) {
      long now = System.nanoTime();
      if (now - lastNanos > PAUSE_NANOS) {
        endRound();
        roundNanos = now;
      }
      int key = Integer.parseInt(text, 1, text.indexOf('='), 10);
      assertThat(offset).isGreaterThan(offsets[key]);
      offsets[key] = offset;
      messages++;
      roundMessages++;
      lastNanos = now;
      headAtLast = head();
    }

    private void endRound() {
      rounds++;
      int late = 0;
      if (rounds > 2)
        for (int key = 0; key < KEYS; key++) if (offsets[key] < latest(key, headBefore)) late++;
      log.add(roundMessages + " in " + (lastNanos - roundNanos) / 1_000_000 + " ms, late " + late);
      behind += late;
      headBefore = headAtLast;
      roundMessages = 0;
    }

    boolean hasLatest() {
      long head = head();
      for (int key = 0; key < KEYS; key++) if (offsets[key] != latest(key, head)) return false;
      return true;
    }
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
        var lines = new String(socket.read().payload(), UTF_8).split("\n", 2);
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

  /// Updates all keys in turn, for `time`, and once more before it returns.
  private Effort publish(Duration time) {
    long began = System.nanoTime();
    long cpuBegan = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    long count = 0;
    while (System.nanoTime() - began < time.toNanos() || count % KEYS != 0) {
      for (int i = 0; i < A_BATCH; i++) {
        int key = (int) (count++ % KEYS);
        var text = "k" + key + "=" + count;
        var accepted = hub.publish("prices", Publication.text(text).withKey("k" + key));
        if (!accepted.isAccepted()) throw new AssertionError(accepted);
      }
      long due = began + count * 1_000_000_000L / A_SECOND;
      while (due > System.nanoTime()) LockSupport.parkNanos(due - System.nanoTime());
    }
    long cpu = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - cpuBegan;
    return new Effort(count, System.nanoTime() - began, cpu);
  }

  private Prices read(Source from) throws IOException {
    var prices = new Prices();
    try (from) {
      while (!isOver || !prices.hasLatest()) from.next(prices);
    }
    return prices;
  }

  private void flood(Duration time) throws Exception {
    var routes = HubRoutes.of(hub);
    try (hub;
        var rig =
            new ServerRig(s ->
                s.get("/ws/{topic}", routes.webSocket()).get("/events/{topic}", routes.events()));
        var threads = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().factory())) {
      var socket = socket(rig);
      var events = events(rig);
      var bySocket = threads.submit(() -> read(socket));
      var byEvents = threads.submit(() -> read(events));
      ServerRig.await("readers", () -> hub.figures().subscriptions() == 2);

      var effort = publish(time);
      isOver = true;
      var prices = List.of(bySocket.get(30, TimeUnit.SECONDS), byEvents.get(30, TimeUnit.SECONDS));

      Figures.note(
          "conflation, %.0f updates a second of 10,000 keys: %.2f us CPU a publish"
              .formatted(effort.aSecond(), effort.cpuMicros()));
      for (var each : prices) Figures.note(each.log.toString());
    }
  }

  @Test
  void aReaderAtOneRoundASecondHoldsEachKeysLatest() throws Exception {
    flood(Duration.ofSeconds(6));
  }
}
