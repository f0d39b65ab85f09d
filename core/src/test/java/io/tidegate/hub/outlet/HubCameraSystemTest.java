package io.tidegate.hub.outlet;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.Publication;
import io.tidegate.hub.TopicKind;
import io.tidegate.server.ServerRig;
import io.tidegate.stream.CameraCrowd;
import io.tidegate.testkit.Figures;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A camera's topic with 50 viewers, of whom 10 are on a line that carries a tenth of the pictures.
class HubCameraSystemTest {
  private static final int ALL = CameraCrowd.VIEWERS + CameraCrowd.THROTTLED;

  /// A picture in the ring, and one under way to each, as if no two had the same: pooled buffers
  /// come in steps of a quarter.
  private static final long MOST_OF_HUB = (1 + ALL) * 131_072L;

  /// Of those who read all, the viewers of one picture share it; each throttled one may have its
  /// own.
  private static final long FEW_OF_HUB = (6 + CameraCrowd.THROTTLED) * 131_072L;

  /// A connection's own: heads of parts.
  private static final long MOST_OF_SERVER = ALL * 8 * 1024L;

  @Test
  void throttledViewersSkipPicturesAndTheOthersKeepTheirRate() throws Exception {
    // seconds beside other tests' work; a queue behind the throttled would leave them their tenth
    watch(Duration.ofSeconds(4), 6, Duration.ofSeconds(2), MOST_OF_HUB);
  }

  @Tag("long")
  @Test
  void soItIsForMinutes() throws Exception {
    watch(Duration.ofMinutes(3), 14, Duration.ofMillis(200), FEW_OF_HUB);
  }

  /// Most that was charged when somebody looked.
  private static final class Peak {
    private final AtomicLong ofHub = new AtomicLong();
    private final AtomicLong ofServer = new AtomicLong();

    void look(Hub hub, ServerRig rig) {
      var direct = rig.server.census().direct();
      ofServer.set(Math.max(ofServer.get(), direct.held() - direct.unused()));
      ofHub.set(Math.max(ofHub.get(), hub.census().direct().held()));
    }
  }

  private static void watch(Duration time, int leastFps, Duration oldest, long mostOfHub)
      throws Exception {
    int seconds = (int) time.toSeconds();
    int published = seconds * CameraCrowd.A_SECOND;
    var peak = new Peak();
    try (var hub = Hub.open(HubConfig.DEFAULT.withTopic("cam/*", TopicKind.Latest.DEFAULT));
        var rig =
            new ServerRig(
                s -> s.get("/cam/{topic}", HubRoutes.of(hub).withPrefix("cam/").motionJpeg()));
        var crowd = new CameraCrowd(rig, "/cam/door.mjpg", published)) {
      ServerRig.await("viewers", () -> hub.figures().subscriptions() == ALL);

      crowd.film(picture -> {
        assertThat(hub.publish("cam/door", Publication.binary(picture)).isAccepted()).isTrue();
        peak.look(hub, rig);
      });

      var sight = crowd.sight();
      ServerRig.await("nobody", () -> hub.figures().subscriptions() == 0);
      var figures = hub.figures();
      Figures.note(
          "a topic's camera, %d pictures: others saw at least %d (%.1f a second), p99 %d ms old, throttled %d to %d; the hub held %d kB at most, the server %d kB"
              .formatted(
                  published,
                  sight.least(),
                  (double) sight.least() / seconds,
                  sight.p99Millis(),
                  sight.slowest(),
                  sight.quickest(),
                  peak.ofHub.get() / 1000,
                  peak.ofServer.get() / 1000));
      assertThat(sight.least()).as("of others").isGreaterThanOrEqualTo(seconds * leastFps);
      assertThat(sight.p99Millis()).isLessThan(oldest.toMillis());
      assertThat(sight.quickest()).as("of the throttled").isLessThan(published / 2);
      assertThat(sight.slowest()).as("of the throttled").isGreaterThanOrEqualTo(2);
      assertThat(peak.ofHub.get()).isLessThanOrEqualTo(mostOfHub);
      assertThat(peak.ofServer.get()).isLessThanOrEqualTo(MOST_OF_SERVER);
      assertThat(figures.leftBytes()).isZero();
      assertThat(figures.delivered() + figures.dropped()).isEqualTo((long) ALL * published);
    }
  }
}
