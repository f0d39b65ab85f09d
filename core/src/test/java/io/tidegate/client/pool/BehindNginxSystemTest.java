package io.tidegate.client.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.Backoff;
import io.tidegate.client.ClientConfig;
import io.tidegate.client.RealServers;
import io.tidegate.client.WebSocketClient;
import io.tidegate.client.pool.Member.Ending;
import io.tidegate.client.pool.PoolListener.Event;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Rate;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Figures;
import io.tidegate.websocket.WebSocketConfig;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Pools of connections to Node's `ws` behind nginx, which cuts each of them once the server has
/// been silent for long, as it does by itself after 60 s: one pool bears with that, another
/// replaces its members before. Nobody pings.
@ExtendWith(Balanced.class)
class BehindNginxSystemTest {
  /// The longest pause before a member that was stable is opened again, and how late the pool's
  /// ticks and a loaded machine may be.
  private static final Duration AT_ONCE = Duration.ofMillis(500);

  private static final Duration LATE = Duration.ofMillis(1_500);

  @TempDir private Path folder;

  /// One pool and how it fared.
  private static final class Watched implements AutoCloseable {
    private final Map<Integer, Long> lostAt = new ConcurrentHashMap<>();
    private final List<Event.Lost> lost = new CopyOnWriteArrayList<>();
    private final List<Duration> away = new CopyOnWriteArrayList<>();
    private final int size;
    private final WebSocketPool pool;
    private int least;

    Watched(WebSocketClient client, PoolConfig config) {
      size = config.size();
      least = size;
      pool = WebSocketPool.open(client, config, (_, _) -> {}, PoolHooks.NONE, this::happened);
    }

    private void happened(Event event) {
      if (event instanceof Event.Lost gone) {
        lost.add(gone);
        lostAt.put(gone.member(), System.nanoTime());
      } else if (event instanceof Event.Ready back) {
        var since = lostAt.remove(back.member());
        if (since != null) away.add(Duration.ofNanos(System.nanoTime() - since));
      }
    }

    void sample() {
      least = Math.min(least, pool.ready());
    }

    void assertItNeverLostOne(int leastRotated) {
      assertThat(least).as("%s", pool.state()).isEqualTo(size);
      assertThat(lost).isEmpty();
      assertThat(pool.state().totals().rotated()).isGreaterThanOrEqualTo(leastRotated);
    }

    void assertAllCameBackAtOnce(int leastLost) throws InterruptedException {
      assertThat(pool.awaitReady(size, PoolRig.PATIENCE)).isTrue();
      assertThat(lost).hasSizeGreaterThanOrEqualTo(leastLost);
      assertThat(lost)
          .allSatisfy(event -> {
            assertThat(event.pause()).isLessThanOrEqualTo(AT_ONCE);
            assertThat(event.why())
                .isInstanceOfSatisfying(
                    Ending.Closed.class, end -> assertThat(end.how().code()).isEqualTo(1006));
          });
      assertThat(away).allSatisfy(time -> assertThat(time).isLessThan(AT_ONCE.plus(LATE)));
    }

    @Override
    public String toString() {
      return "ready at least %d of %d, lost %d, longest away %s, %s"
          .formatted(
              least,
              size,
              lost.size(),
              away.stream().max(Duration::compareTo).orElse(Duration.ZERO),
              pool.state().totals());
    }

    @Override
    public void close() {
      pool.close();
    }
  }

  private static WebSocketClient client() throws IOException {
    var never =
        WebSocketLimits.DEFAULT
            .withPingInterval(Duration.ofMinutes(10))
            .withPongTimeout(Duration.ofMinutes(1));
    var loops = new LoopsConfig("pool", 2, new Budget(64 << 20, 64 << 20), Transport.best(), false);
    var client =
        WebSocketClient.start(
            loops, ClientConfig.DEFAULT.withWebSocket(WebSocketConfig.DEFAULT.withLimits(never)));
    Balanced.watch("charged to the client", () -> client.account().held(Purse.HEAP));
    return client;
  }

  private static PoolConfig of(URI uri, int size) {
    return PoolConfig.of(uri, size)
        .withConnects(new Rate(200, Duration.ofSeconds(1)))
        .withBackoff(Backoff.DEFAULT.withStable(Duration.ofSeconds(1)))
        .withTimes(PoolConfig.Times.DEFAULT.withGrace(Duration.ofSeconds(2)));
  }

  private static PoolConfig rotated(URI uri, int size, Duration life, Duration drain) {
    var config = of(uri, size);
    return config.withTimes(config.times().withLifetime(life, drain));
  }

  /// Keeps two pools for `span`, once both stand.
  private static void watch(Watched one, Watched other, Duration span) throws InterruptedException {
    for (var each : List.of(one, other)) {
      assertThat(each.pool.awaitReady(each.size, PoolRig.PATIENCE)).as("%s", each).isTrue();
      each.least = each.size;
    }
    var until = System.nanoTime() + span.toNanos();
    while (System.nanoTime() < until) {
      one.sample();
      other.sample();
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Test
  void rotationBelowTheCutLosesNobodyAndWithoutItTheLostComeBackAtOnce() throws Exception {
    try (var node = RealServers.node(folder);
        var nginx = RealServers.nginx(folder, node, Duration.ofSeconds(2));
        var client = client();
        var plain = new Watched(client, of(nginx.uri("/"), 20));
        var rotated =
            new Watched(
                client,
                rotated(nginx.uri("/"), 20, Duration.ofMillis(1_200), Duration.ofMillis(200)))) {
      watch(plain, rotated, Duration.ofSeconds(5));

      rotated.assertItNeverLostOne(4 * 20);
      plain.assertAllCameBackAtOnce(20);
    }
  }

  /// nginx as it comes.
  @Test
  @Tag("long")
  void soItIsAtItsTrue60Seconds() throws Exception {
    try (var node = RealServers.node(folder);
        var nginx = RealServers.nginx(folder, node, Duration.ofSeconds(60));
        var client = client();
        var plain = new Watched(client, of(nginx.uri("/"), 100));
        var rotated =
            new Watched(
                client,
                rotated(nginx.uri("/"), 100, Duration.ofSeconds(55), Duration.ofSeconds(2)))) {
      watch(plain, rotated, Duration.ofSeconds(150));

      Figures.note("pool of 100 behind nginx: " + plain + "\nrotated at 55 s: " + rotated);
      rotated.assertItNeverLostOne(2 * 100);
      plain.assertAllCameBackAtOnce(2 * 100);
    }
  }
}
