package io.tidegate.client.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.ClientConfig;
import io.tidegate.client.ConnectFailure;
import io.tidegate.client.WebSocketClient;
import io.tidegate.client.pool.Member.Ending;
import io.tidegate.client.pool.PoolListener.Event;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Rate;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Balanced;
import io.tidegate.websocket.WebSocket;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// What a client refuses for want of its own means is not held against an endpoint, not even by a
/// pool that holds one after its first failure.
@ExtendWith(Balanced.class)
class LocalRefusalsSystemTest {
  private final List<Event> events = new CopyOnWriteArrayList<>();

  private static WebSocketClient client(int heapBytes, ClientConfig config) throws IOException {
    var loops =
        new LoopsConfig("pool", 1, new Budget(16 << 20, heapBytes), Transport.best(), false);
    var client = WebSocketClient.start(loops, config);
    Balanced.watch("charged to the client", () -> client.account().held(Purse.HEAP));
    return client;
  }

  private WebSocketPool open(WebSocketClient client, PoolRig rig, int size, PoolHooks hooks) {
    var config =
        PoolConfig.of(rig.uri(), size)
            .withConnects(new Rate(200, Duration.ofSeconds(1)))
            .withCircuitFailures(1)
            .withTimes(PoolConfig.Times.DEFAULT.withGrace(Duration.ofSeconds(2)));
    return WebSocketPool.open(client, config, (_, _) -> {}, hooks, events::add);
  }

  private void assertAllFailuresAreLocal() {
    assertThat(events).noneMatch(event -> event instanceof Event.EndpointHeld);
    assertThat(events)
        .filteredOn(event -> event instanceof Event.Lost)
        .allSatisfy(event ->
            assertThat(((Event.Lost) event).why())
                .isInstanceOfSatisfying(
                    Ending.Failed.class,
                    failed -> {
                      assertThat(failed.why().step()).isEqualTo(ConnectFailure.Step.LOCAL);
                      assertThat(failed.why().lasting()).isFalse();
                    }));
  }

  @Test
  void aClientWithoutMemoryComesWhenThereIsSomeAgain() throws Exception {
    var config = ClientConfig.DEFAULT.withBudget(new Budget(1 << 20, 1 << 20));
    try (var rig = new PoolRig();
        var client = client(16 << 20, config)) {
      int all = 1 << 20;
      assertThat(client.account().charge(Purse.HEAP, all)).isTrue();
      try (var pool = open(client, rig, 2, PoolHooks.NONE)) {
        PoolRig.await("refused", () -> pool.state().totals().failed() >= 4);
        client.account().release(Purse.HEAP, all);

        assertThat(pool.awaitReady(2, PoolRig.PATIENCE)).isTrue();

        assertThat(rig.accepted).hasValue(2);
        assertAllFailuresAreLocal();
      }
    }
  }

  @Test
  void aClientAllOfWhoseThreadsAreTakenComesWhenOneIsFree() throws Exception {
    var gate = new CountDownLatch(1);
    var blocking =
        new PoolHooks() {
          @Override
          public void onOpen(Member member, WebSocket socket, int attempt) throws Exception {
            gate.await();
          }
        };
    try (var rig = new PoolRig();
        var client = client(2 << 20, ClientConfig.DEFAULT)) {
      int size = client.threads().most() + 4;
      try (var pool = open(client, rig, size, blocking)) {
        PoolRig.await("refused", () -> pool.state().totals().failed() >= 4);
        gate.countDown();

        assertThat(pool.awaitReady(size, PoolRig.PATIENCE)).as("%s", pool.state()).isTrue();

        assertAllFailuresAreLocal();
      }
    }
  }
}
