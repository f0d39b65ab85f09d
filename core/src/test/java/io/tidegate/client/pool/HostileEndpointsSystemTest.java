package io.tidegate.client.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.Backoff;
import io.tidegate.client.ClientConfig;
import io.tidegate.client.ClientTimeouts;
import io.tidegate.client.HostileServers;
import io.tidegate.client.HostileServers.Attack;
import io.tidegate.client.HostileServers.BadAnswer;
import io.tidegate.client.RawServer;
import io.tidegate.client.WebSocketClient;
import io.tidegate.client.pool.Member.Ending;
import io.tidegate.client.pool.PoolListener.Event;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Rate;
import io.tidegate.net.CutReason;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.outbound.Slow;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// A pool over two endpoints, one of which does harm to its first connections, to each its own:
/// that costs those, one after the other is replaced, and the other endpoint's members do not
/// notice.
@ExtendWith(Balanced.class)
class HostileEndpointsSystemTest {
  /// A pool half of whose members are one endpoint's, and what it has told.
  private static final class Rig implements AutoCloseable {
    final List<Event.Lost> lost = new CopyOnWriteArrayList<>();
    final Map<Integer, Duration> lasted = new ConcurrentHashMap<>();
    final AtomicInteger echoed = new AtomicInteger();
    private final Map<Integer, Long> readyAt = new ConcurrentHashMap<>();
    private final AtomicInteger calls = new AtomicInteger();
    private final RawServer good;
    private final RawServer bad;
    final WebSocketClient client;
    final WebSocketPool pool;

    /// `attacks` are what the bad endpoint does to its first connections, one each; `step` is for
    /// each step of opening one.
    Rig(List<? extends RawServer.Script> attacks, Duration step) throws IOException {
      var next = new AtomicInteger();
      good =
          new RawServer(peer -> {
            calls.incrementAndGet();
            HostileServers.echo(peer);
          });
      bad =
          new RawServer(peer -> {
            int number = next.getAndIncrement();
            if (number < attacks.size()) attacks.get(number).play(peer);
            else HostileServers.echo(peer);
          });
      var loops =
          new LoopsConfig("pool", 1, new Budget(16 << 20, 16 << 20), Transport.best(), false);
      var strict = HostileServers.strict(ClientConfig.DEFAULT);
      client = WebSocketClient.start(loops, strict.withTimeouts(ClientTimeouts.ofEach(step)));
      Balanced.watch("charged to the client", () -> client.account().held(Purse.HEAP));
      pool =
          WebSocketPool.open(
              client, config(2 * attacks.size()), this::heard, PoolHooks.NONE, this::happened);
    }

    private PoolConfig config(int size) {
      return PoolConfig.of(good(), size)
          .withEndpoints(
              new PoolConfig.Endpoint(good(), 1), new PoolConfig.Endpoint(bad.uri("/"), 1))
          .withConnects(new Rate(200, Duration.ofSeconds(1)))
          .withCircuitFailures(1_000)
          .withBackoff(Backoff.DEFAULT.withStable(Duration.ofMillis(10)))
          .withTimes(PoolConfig.Times.DEFAULT.withGrace(Duration.ofSeconds(1)));
    }

    URI good() {
      return good.uri("/");
    }

    private void heard(WebSocket socket, Message message) {
      echoed.incrementAndGet();
    }

    private void happened(Event event) {
      switch (event) {
        case Event.Ready(var member, _, _) -> readyAt.put(member, System.nanoTime());
        case Event.Lost gone -> {
          var since = readyAt.get(gone.member());
          if (since != null) lasted.put(gone.member(), Duration.ofNanos(System.nanoTime() - since));
          lost.add(gone);
        }
        case Event.Rotated _,
            Event.EndpointHeld _,
            Event.EndpointBack _,
            Event.RestartsHeld _,
            Event.Cut _,
            Event.Stuck _,
            Event.Expired _,
            Event.Missed _ -> {}
      }
    }

    void awaitLost(int count) {
      Eventually.await(
          PoolRig.PATIENCE, () -> lost + "\n" + pool.state(), () -> lost.size() >= count);
    }

    /// Why members ended, as each of them keeps it.
    <T> List<T> endings(Function<Ending, T> as) {
      var all = new ArrayList<T>();
      for (var member : pool.members()) {
        if (member.last() != null) all.add(as.apply(member.last()));
      }
      return all;
    }

    void assertTheOthersNoticedNothing(int size) throws InterruptedException {
      assertThat(pool.awaitReady(2 * size, PoolRig.PATIENCE)).as("%s", pool.state()).isTrue();
      assertThat(calls).as("connections to the good endpoint").hasValue(size);
      assertThat(lost).noneMatch(event -> event.endpoint().equals(good()));
      assertThat(client.loops().cuts(CutReason.MEMORY_REFUSED)).isZero();
      assertThat(pool.broadcast("still here", Slow.dropNewest())).isEqualTo(2 * size);
      PoolRig.await("all answer", () -> echoed.get() == 2 * size);
    }

    @Override
    public void close() throws IOException {
      pool.close();
      client.close();
      good.close();
      bad.close();
    }
  }

  @Test
  void whatIsDoneToOpenConnectionsCostsThemAloneAndIsNamed() throws Exception {
    var attacks = Attack.values();
    var scripts = Arrays.stream(attacks).map(HostileEndpointsSystemTest::script).toList();
    try (var rig = new Rig(scripts, Duration.ofSeconds(5))) {
      rig.awaitLost(attacks.length);

      rig.assertTheOthersNoticedNothing(attacks.length);
      assertThat(rig.endings(HostileEndpointsSystemTest::cut))
          .containsExactlyInAnyOrder(
              Arrays.stream(attacks).map(attack -> attack.reason).toArray(CutReason[]::new));
      assertThat(rig.lasted.values())
          .hasSize(attacks.length)
          .allSatisfy(time -> assertThat(time).isLessThan(HostileServers.SOON));
    }
  }

  private static RawServer.Script script(Attack attack) {
    return attack::serve;
  }

  private static CutReason cut(Ending ending) {
    var cut = ending instanceof Ending.Closed(_, var reason) ? reason : null;
    if (cut == null) throw new AssertionError("not cut: " + ending);
    return cut;
  }

  @Test
  void whatIsDoneInPlaceOfAnAnswerCostsAnAttemptAndIsNamed() throws Exception {
    var answers = BadAnswer.values();
    var scripts = Arrays.stream(answers).map(HostileEndpointsSystemTest::script).toList();
    try (var rig = new Rig(scripts, Duration.ofSeconds(2))) {
      long began = System.nanoTime();
      rig.awaitLost(answers.length);

      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(HostileServers.SOON);
      rig.assertTheOthersNoticedNothing(answers.length);
      Eventually.await(
          HostileServers.SOON,
          () -> "heard: " + rig.endings(Ending::text),
          () -> rig.endings(Ending::text).size() >= answers.length);
      var said = rig.endings(Ending::text);
      assertThat(said).hasSize(answers.length);
      for (var answer : answers) assertThat(said).anyMatch(text -> text.contains(answer.words));
      assertThat(rig.endings(ending -> ((Ending.Failed) ending).why().lasting()))
          .doesNotContain(true);
    }
  }

  private static RawServer.Script script(BadAnswer answer) {
    return answer::serve;
  }
}
