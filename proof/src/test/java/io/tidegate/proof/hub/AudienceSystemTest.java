package io.tidegate.proof.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.proof.Children;
import io.tidegate.proof.ServerProcess;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Against the two servers of this package that run on the JVM, in processes of their own.
class AudienceSystemTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Children children = new Children();

  @AfterEach
  void endServers() {
    children.close();
  }

  private ServerProcess start(Class<?> program) throws IOException {
    return ServerProcess.java(
        children, Stage.flags("64m"), List.of(program.getName(), "100", "128", "1", "1"));
  }

  @Test
  void everySubscriberHearsEveryMessageOfNettyOnce() throws IOException {
    var server = start(NettyBroadcast.class);
    try (var audience = new Audience(server.port(), "/ws", Dialect.PLAIN)) {
      audience.open(20, false);
      audience.forget();

      var heard =
          audience.listenUntil(
              () -> audience.seats().stream().allMatch(seat -> seat.last() > 50), PATIENCE);

      assertThat(heard).isTrue();
      assertThat(audience.tally().missed()).isZero();
      assertThat(audience.tally().repeatedCount()).isZero();
    }
  }

  @Test
  void whoComesBackToOurHubGoesOnWhereItWas() throws IOException {
    var server = start(HubServer.class);
    var plan = new HubPlan(1, 1, 1, 1, 128, 100, 1, 0, 1, 20, List.of(Broadcaster.TIDEGATE), "64m");

    var storm = Storm.run(server, plan);

    assertThat(storm.lost()).isZero();
    assertThat(storm.gaps()).isZero();
    assertThat(storm.repeated()).isZero();
    assertThat(storm.deliveries()).isGreaterThanOrEqualTo(20 * HubPlan.STORM_GAP);
  }

  @Test
  void sleepersAreLetInAndReadNothing() throws IOException {
    var server = start(HubServer.class);
    var path = Broadcaster.TIDEGATE.path();
    try (var audience = new Audience(server.port(), path, Dialect.PLAIN)) {
      audience.open(5, false);
      audience.open(5, true);

      var _ =
          audience.listenUntil(
              () -> audience.seats().getFirst().last() > 0 && audience.awake() == 5, PATIENCE);

      assertThat(audience.seats().stream().filter(Seat::sleeps))
          .allMatch(Seat::isOpen)
          .allMatch(seat -> seat.last() == 0);
    }
  }
}
