package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.TestOrigin;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Visitors that ask for 10 MB and read nothing but the head, against processes of 64 MiB heap and
/// 64 MiB direct memory.
@EnabledOnOs(OS.LINUX)
@Tag("long")
class StalledProcessesSystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration STALL = Duration.ofSeconds(20);
  private static final int FLOOR_BYTES = 24 * 1024;
  private static final long SLACK_BYTES = 5 << 20;
  private static final int FETCHES = 20;

  @TempDir private Path keys;

  @ParameterizedTest
  @ValueSource(ints = {64, 1_000})
  void theyStayWithinTheBudgetAndOthersAreServedOrRefusedByName(int count) throws IOException {
    try (var origin = TestOrigin.open();
        var tunnel = Tunnelled.open(keys, origin.address().getPort());
        var polite = tunnel.visit()) {
      for (int i = 0; i < 300; i++) assertThat(fetch(tunnel, polite)).isEqualTo(200);
      warmUp(tunnel);
      long granted = tunnel.desk.directGranted();
      long used = tunnel.desk.directUsed();
      long resident = tunnel.edge.memory().residentBytes();
      long cutBefore = tunnel.desk.cuts("write_stalled");

      var stalled = new ArrayList<RawHttp>();
      try {
        int served = stall(tunnel, count, stalled);
        var nanos = new long[FETCHES];
        int fetched = fetchAll(tunnel, polite, nanos);
        System.out.printf(
            "%d stalled, %d refused; beside them %d of %d were served, median %.1f ms, most %.1f ms%n",
            served,
            count - served,
            fetched,
            FETCHES,
            nanos[FETCHES / 2] / 1e6,
            nanos[FETCHES - 1] / 1e6);
        System.out.printf(
            "grown by %d KiB charged, %d KiB direct, %d KiB resident%n",
            (tunnel.desk.directGranted() - granted) >> 10,
            (tunnel.desk.directUsed() - used) >> 10,
            (tunnel.edge.memory().residentBytes() - resident) >> 10);

        assertThat(tunnel.desk.directPeak()).isLessThanOrEqualTo(tunnel.desk.directLimit());
        if (count == 64) {
          long most = (long) count * FLOOR_BYTES + SLACK_BYTES;
          assertThat(served).isEqualTo(count);
          assertThat(fetched).isEqualTo(FETCHES);
          assertThat(nanos[FETCHES / 2]).isLessThan(Duration.ofMillis(50).toNanos());
          assertThat(tunnel.desk.directGranted() - granted).isLessThan(most);
          assertThat(tunnel.desk.directUsed() - used).isLessThan(most);
          assertThat(tunnel.edge.memory().residentBytes() - resident).isLessThan(most);
        }
        Eventually.await(
            STALL.plus(SOON),
            () -> served + " stalled, cut: " + tunnel.desk.page("/metrics"),
            () -> tunnel.desk.cuts("write_stalled") - cutBefore == served);
        assertThat(tunnel.desk.cutsInCensus("write_stalled")).isEqualTo(cutBefore + served);
      } finally {
        stalled.forEach(RawHttp::abort);
      }
      assertThat(tunnel.mostResident()).isLessThan(Tunnelled.MOST_RESIDENT_BYTES);
      assertThat(fetch(tunnel, polite)).isEqualTo(200);
      tunnel.awaitRest();
    }
  }

  /// The same once before: what a process takes when it does something for the first time, it
  /// keeps.
  private static void warmUp(Tunnelled tunnel) throws IOException {
    var stalled = new ArrayList<RawHttp>();
    try {
      assertThat(stall(tunnel, 64, stalled)).isEqualTo(64);
    } finally {
      stalled.forEach(RawHttp::abort);
    }
    tunnel.rest();
  }

  /// Opens `count` visitors and returns how many were served; the others were refused by name.
  private static int stall(Tunnelled tunnel, int count, List<RawHttp> stalled) throws IOException {
    int served = 0;
    for (int i = 0; i < count; i++) {
      var visitor = tunnel.visit();
      stalled.add(visitor);
      visitor.send("GET /bytes/10000000 HTTP/1.1\r\nHost: " + tunnel.host() + "\r\n\r\n");
    }
    for (var visitor : stalled) {
      var head = visitor.finalHead();
      if (head.status() == 200) served++;
      else assertRefusedByName(head.status(), head.first("Tidegate-Error"));
    }
    int all = served;
    Eventually.await(
        SOON, () -> "stalled: " + tunnel.desk.queued(), () -> tunnel.desk.queued() >= all);
    return served;
  }

  private static void assertRefusedByName(int status, String error) {
    assertThat(status).isEqualTo(503);
    assertThat(error).isIn("tunnel_full", "memory_refused", "overloaded");
  }

  private static int fetchAll(Tunnelled tunnel, RawHttp polite, long[] nanos) throws IOException {
    int fetched = 0;
    for (int i = 0; i < nanos.length; i++) {
      long began = System.nanoTime();
      if (fetch(tunnel, polite) == 200) fetched++;
      nanos[i] = System.nanoTime() - began;
    }
    Arrays.sort(nanos);
    return fetched;
  }

  private static int fetch(Tunnelled tunnel, RawHttp polite) throws IOException {
    var answer = polite.get(tunnel.host(), "/bytes/100000");
    if (answer.status() == 200) assertThat(answer.body()).hasSize(100_000);
    else
      assertRefusedByName(answer.status(), String.valueOf(answer.head().first("Tidegate-Error")));
    return answer.status();
  }
}
