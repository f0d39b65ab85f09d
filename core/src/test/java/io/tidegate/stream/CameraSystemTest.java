package io.tidegate.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.server.ServerRig;
import io.tidegate.testkit.Figures;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A camera page with 50 viewers, of whom 10 are on a line that carries a tenth of the pictures.
class CameraSystemTest {
  private static final int ALL = CameraCrowd.VIEWERS + CameraCrowd.THROTTLED;

  /// Each viewer's own: a picture under way, one that waits, and what the kernel is about to take.
  private static final long MOST_HELD = ALL * (2L * CameraCrowd.PICTURE_BYTES + 64 * 1024);

  @Test
  void throttledViewersSkipPicturesAndTheOthersKeepTheirRate() throws Exception {
    // seconds beside other tests' work; a queue behind the throttled would leave them their tenth
    watch(Duration.ofSeconds(4), 60);
  }

  @Tag("long")
  @Test
  void soItIsForMinutes() throws Exception {
    watch(Duration.ofMinutes(3), 95);
  }

  private static void watch(Duration time, int leastPercent) throws Exception {
    int published = (int) (time.toSeconds() * CameraCrowd.A_SECOND);
    var camera = new LatestFrame();
    try (var rig = new ServerRig(s -> s.get("/cam", camera.motion()));
        var crowd = new CameraCrowd(rig, "/cam", published)) {
      ServerRig.await("viewers", () -> camera.viewers() == ALL);
      var most = new AtomicLong();

      crowd.film(picture -> {
        camera.publish(picture);
        var direct = rig.server.census().direct();
        most.set(Math.max(most.get(), direct.held() - direct.unused()));
      });

      var sight = crowd.sight();
      Figures.note(
          "camera, %d pictures: others saw at least %d, p99 %d ms old, throttled %d to %d; %d kB held at most"
              .formatted(
                  published,
                  sight.least(),
                  sight.p99Millis(),
                  sight.slowest(),
                  sight.quickest(),
                  most.get() / 1000));
      assertThat(sight.least())
          .as("pictures that others saw")
          .isGreaterThanOrEqualTo(published * leastPercent / 100);
      assertThat(sight.quickest()).as("pictures of a throttled one").isLessThan(published / 2);
      assertThat(sight.slowest()).as("pictures of a throttled one").isGreaterThanOrEqualTo(2);
      assertThat(most.get()).isLessThan(MOST_HELD);
    }
  }
}
