package io.tidegate.stream;

import io.tidegate.server.ServerRig;
import io.tidegate.testkit.RawBody;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/// 40 viewers of a camera's motion JPEG, and 10 on a line that carries a tenth of its pictures.
/// Each checks that all it gets are whole pictures.
public final class CameraCrowd implements AutoCloseable {
  public static final int PICTURE_BYTES = 120_000;
  public static final int A_SECOND = 15;
  public static final int VIEWERS = 40;
  public static final int THROTTLED = 10;

  private static final byte[] NEXT =
      "\r\n--picture\r\nContent-Type: image/jpeg\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /// Number and moment.
  private static final int HEAD_BYTES = 12;

  /// What one viewer reads at once, and how often a throttled one does: 180 kB/s, a tenth of the
  /// camera's.
  private static final int SIP_BYTES = 16 * 1024;

  private static final long SIP_NANOS = 90_000_000;

  private final int pictures;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Future<List<Seen>>> viewers = new ArrayList<>();

  /// A picture that came, and how long before it was made.
  public record Seen(int number, long ageNanos) {}

  /// Sends all to `target`, where they stay until the last of so many `pictures`.
  public CameraCrowd(ServerRig rig, String target, int pictures) {
    this.pictures = pictures;
    for (int i = 0; i < VIEWERS + THROTTLED; i++) {
      boolean throttled = i >= VIEWERS;
      viewers.add(threads.submit(() -> view(rig, target, throttled)));
    }
  }

  /// Makes all pictures at the camera's pace.
  public void film(Consumer<byte[]> camera) {
    long began = System.nanoTime();
    for (int i = 0; i < pictures; i++) {
      for (long due = began + i * 1_000_000_000L / A_SECOND; due > System.nanoTime(); )
        LockSupport.parkNanos(due - System.nanoTime());
      camera.accept(picture(i, System.nanoTime()));
    }
  }

  /// A picture of which every byte tells its number.
  private static byte[] picture(int number, long madeNanos) {
    var picture = new byte[PICTURE_BYTES];
    Arrays.fill(picture, (byte) number);
    var _ = ByteBuffer.wrap(picture).putInt(number).putLong(madeNanos);
    return picture;
  }

  private List<Seen> view(ServerRig rig, String target, boolean throttled) throws IOException {
    try (RawHttp peer = rig.raw()) {
      peer.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
      var body = new Picky(peer.body(peer.head(), "GET"), throttled);
      var seen = new ArrayList<Seen>();
      requireNext(body);
      while (seen.isEmpty() || seen.getLast().number() != pictures - 1) {
        seen.add(seen(body.take(PICTURE_BYTES)));
        requireNext(body);
      }
      return seen;
    }
  }

  private static void requireNext(Picky body) throws IOException {
    if (!Arrays.equals(body.take(NEXT.length), NEXT)) throw new AssertionError("no next part");
  }

  private static Seen seen(byte[] picture) {
    long age = System.nanoTime() - ByteBuffer.wrap(picture).getLong(4);
    int number = ByteBuffer.wrap(picture).getInt();
    for (int i = HEAD_BYTES; i < PICTURE_BYTES; i++)
      if (picture[i] != (byte) number)
        throw new AssertionError("picture " + number + " is torn at " + i);
    return new Seen(number, age);
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

  /// What all of them saw, for which they have 30 s once the last picture is made.
  ///
  /// @param least pictures that one of those saw who take all
  /// @param slowest pictures that one of the throttled saw, at least
  /// @param quickest pictures that one of the throttled saw, at most
  /// @param ages of the pictures of those who take all, in nanoseconds, in their order
  public record Sight(int least, int slowest, int quickest, long[] ages) {
    /// The age that 99 of 100 pictures do not pass.
    public long p99Millis() {
      return ages[ages.length * 99 / 100] / 1_000_000;
    }
  }

  /// Waits for all, who have seen pictures in their order, none twice, and the last.
  public Sight sight() throws Exception {
    int least = pictures;
    int slowest = pictures;
    int quickest = 0;
    var ages = new ArrayList<Long>();
    for (int i = 0; i < viewers.size(); i++) {
      var seen = viewers.get(i).get(30, TimeUnit.SECONDS);
      requireRising(seen);
      if (i < VIEWERS) {
        least = Math.min(least, seen.size());
        for (var each : seen) ages.add(each.ageNanos());
      } else {
        slowest = Math.min(slowest, seen.size());
        quickest = Math.max(quickest, seen.size());
      }
    }
    return new Sight(
        least, slowest, quickest, ages.stream().mapToLong(Long::longValue).sorted().toArray());
  }

  private static void requireRising(List<Seen> seen) {
    for (int i = 1; i < seen.size(); i++)
      if (seen.get(i).number() <= seen.get(i - 1).number())
        throw new AssertionError(seen.get(i) + " behind " + seen.get(i - 1));
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
