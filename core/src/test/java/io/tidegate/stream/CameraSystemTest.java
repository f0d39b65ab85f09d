package io.tidegate.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.server.ServerRig;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.RawBody;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A camera page with 50 viewers, of whom 10 are on a line that carries a tenth of the pictures.
class CameraSystemTest {
  private static final String GET = "GET /cam HTTP/1.1\r\nHost: x\r\n\r\n";
  private static final byte[] NEXT =
      "\r\n--picture\r\nContent-Type: image/jpeg\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int PICTURE_BYTES = 120_000;
  private static final int A_SECOND = 15;
  private static final int VIEWERS = 40;
  private static final int THROTTLED = 10;

  /// What one viewer reads at once, and how often a throttled one does: 180 kB/s, a tenth of the
  /// camera's.
  private static final int SIP_BYTES = 16 * 1024;

  private static final long SIP_NANOS = 90_000_000;

  /// Each viewer's own: a picture under way, one that waits, and what the kernel is about to take.
  private static final long MOST_HELD = (VIEWERS + THROTTLED) * (2L * PICTURE_BYTES + 64 * 1024);

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
    int published = (int) (time.toSeconds() * A_SECOND);
    var camera = new LatestFrame();
    try (var rig = new ServerRig(s -> s.get("/cam", camera.motion()));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var viewers = new ArrayList<Future<List<Integer>>>();
      for (int i = 0; i < VIEWERS + THROTTLED; i++) {
        boolean throttled = i >= VIEWERS;
        viewers.add(threads.submit(() -> view(rig, throttled, published - 1)));
      }
      ServerRig.await("viewers", () -> camera.viewers() == VIEWERS + THROTTLED);

      long most = publish(camera, published, rig);

      int least = published;
      int slowest = published;
      int quickest = 0;
      for (int i = 0; i < viewers.size(); i++) {
        var seen = viewers.get(i).get(time.toSeconds() + 30, TimeUnit.SECONDS);
        assertThat(seen).isSorted().doesNotHaveDuplicates().endsWith(published - 1);
        if (i < VIEWERS) least = Math.min(least, seen.size());
        else slowest = Math.min(slowest, seen.size());
        if (i >= VIEWERS) quickest = Math.max(quickest, seen.size());
      }
      Figures.note(
          "camera, %d pictures: others saw at least %d, throttled %d to %d; %d kB held at most"
              .formatted(published, least, slowest, quickest, most / 1000));
      assertThat(least)
          .as("pictures that others saw")
          .isGreaterThanOrEqualTo(published * leastPercent / 100);
      assertThat(quickest).as("pictures of a throttled one").isLessThan(published / 2);
      assertThat(slowest).as("pictures of a throttled one").isGreaterThanOrEqualTo(2);
      assertThat(most).isLessThan(MOST_HELD);
    }
  }

  /// Publishes at the camera's pace; the most bytes that were charged when somebody looked.
  private static long publish(LatestFrame camera, int count, ServerRig rig) {
    long began = System.nanoTime();
    long most = 0;
    for (int i = 0; i < count; i++) {
      for (long due = began + i * 1_000_000_000L / A_SECOND; due > System.nanoTime(); )
        LockSupport.parkNanos(due - System.nanoTime());
      camera.publish(numbered(i));
      var direct = rig.server.census().direct();
      most = Math.max(most, direct.held() - direct.unused());
    }
    return most;
  }

  /// A picture of which every byte tells its number.
  private static byte[] numbered(int number) {
    var picture = new byte[PICTURE_BYTES];
    Arrays.fill(picture, (byte) (number % 100 + 100));
    picture[0] = (byte) (number >> 8);
    picture[1] = (byte) number;
    return picture;
  }

  /// The numbers of the pictures that one viewer sees up to `last`, each of them whole.
  private static List<Integer> view(ServerRig rig, boolean throttled, int last) throws IOException {
    try (RawHttp peer = rig.raw()) {
      peer.send(GET);
      var body = new Picky(peer.body(peer.head(), "GET"), throttled);
      var seen = new ArrayList<Integer>();
      var _ = body.take(NEXT.length);
      while (seen.isEmpty() || seen.getLast() != last) {
        seen.add(numberOf(body.take(PICTURE_BYTES)));
        assertThat(body.take(NEXT.length)).isEqualTo(NEXT);
      }
      return seen;
    }
  }

  private static int numberOf(byte[] picture) {
    int number = (picture[0] & 0xff) << 8 | (picture[1] & 0xff);
    int torn = Arrays.mismatch(picture, numbered(number));
    if (torn >= 0) throw new AssertionError("picture " + number + " is torn at " + torn);
    return number;
  }

  /// A body that is taken in exact lengths.
  private record Picky(RawBody body, boolean throttled) {
    byte[] take(int bytes) throws IOException {
      var taken = new byte[bytes];
      for (int at = 0; at < bytes; ) {
        var sip = new byte[Math.min(bytes - at, SIP_BYTES)];
        int read = body.read(sip);
        if (read < 0) throw new IOException("the stream ended");
        System.arraycopy(sip, 0, taken, at, read);
        at += read;
        if (throttled && read > NEXT.length) LockSupport.parkNanos(SIP_NANOS * read / SIP_BYTES);
      }
      return taken;
    }
  }
}
