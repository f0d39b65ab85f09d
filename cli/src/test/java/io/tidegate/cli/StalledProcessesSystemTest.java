package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.HostilePeer;
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

  /// As many find room. Of more, the agent refuses some, and a few may see the agent's own deadline
  /// for a stalled stream before the edge's.
  private static final int ALL_SERVED = 64;

  /// Of a thousand: small, or the kernel takes 3 GB before they stall.
  private static final int RECEIVE_BYTES = 16 * 1024;

  private static final String REFUSALS =
      "Tidegate-Error: (tunnel_full|memory_refused|overloaded)\r\n";

  @TempDir private Path keys;

  @ParameterizedTest
  @ValueSource(ints = {ALL_SERVED, 1_000})
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

      var stalled = new ArrayList<HostilePeer>();
      try {
        int served = stall(tunnel, count, stalled);
        var nanos = new long[FETCHES];
        int fetched = fetchAll(tunnel, polite, nanos);
        Figures.note(
            ("%d stalled, %d refused; beside them %d of %d were served, median %.1f ms, most %.1f"
                    + " ms")
                .formatted(
                    served,
                    count - served,
                    fetched,
                    FETCHES,
                    nanos[FETCHES / 2] / 1e6,
                    nanos[FETCHES - 1] / 1e6));
        Figures.note(
            "grown by %d KiB charged, %d KiB direct, %d KiB resident"
                .formatted(
                    (tunnel.desk.directGranted() - granted) >> 10,
                    (tunnel.desk.directUsed() - used) >> 10,
                    (tunnel.edge.memory().residentBytes() - resident) >> 10));

        assertThat(tunnel.desk.directPeak()).isLessThanOrEqualTo(tunnel.desk.directLimit());
        if (count == ALL_SERVED) {
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
            () -> "still streams: " + tunnel.desk.page("/census"),
            () -> tunnel.desk.streams() == 0);
        long cut = tunnel.desk.cuts("write_stalled") - cutBefore;
        Figures.note("%d of %d cut as write_stalled".formatted(cut, served));
        assertThat(cut).isBetween(count == ALL_SERVED ? served : served * 9L / 10, (long) served);
        assertThat(tunnel.desk.cutsInCensus("write_stalled")).isEqualTo(cutBefore + cut);
      } finally {
        stalled.forEach(HostilePeer::abort);
      }
      assertThat(tunnel.mostResident()).isLessThan(Tunnelled.MOST_RESIDENT_BYTES);
      assertThat(fetch(tunnel, polite)).isEqualTo(200);
      tunnel.awaitRest();
    }
  }

  /// The same once before: what a process takes when it does something for the first time, it
  /// keeps.
  private static void warmUp(Tunnelled tunnel) throws IOException {
    touchYoungHeap(tunnel);
    var stalled = new ArrayList<HostilePeer>();
    try {
      assertThat(stall(tunnel, ALL_SERVED, stalled)).isEqualTo(ALL_SERVED);
    } finally {
      stalled.forEach(HostilePeer::abort);
    }
    tunnel.rest();
  }

  /// A young generation (a fifth of 64 MB) is resident once it has been filled: a request takes
  /// about 2 KiB of it.
  private static void touchYoungHeap(Tunnelled tunnel) throws IOException {
    for (int visitor = 0; visitor < 10; visitor++) {
      try (var small = tunnel.visit()) {
        for (int i = 0; i < 900; i++) {
          assertThat(small.get(tunnel.host(), "/bytes/13").status()).isEqualTo(200);
        }
      }
    }
  }

  /// Opens `count` visitors and returns how many were served; the others were refused by name.
  private static int stall(Tunnelled tunnel, int count, List<HostilePeer> stalled)
      throws IOException {
    int served = 0;
    for (int i = 0; i < count; i++) {
      var visitor =
          count > ALL_SERVED
              ? HostilePeer.openNarrow(tunnel.address(), RECEIVE_BYTES)
              : HostilePeer.open(tunnel.address());
      stalled.add(visitor);
      visitor.send("GET /bytes/10000000 HTTP/1.1\r\nHost: " + tunnel.host() + "\r\n\r\n");
      var head = visitor.readUntil("\r\n\r\n", SOON);
      if (head.startsWith("HTTP/1.1 200 ")) served++;
      else assertThat(head).startsWith("HTTP/1.1 503 ").containsPattern(REFUSALS);
    }
    long all = served;
    Eventually.await(
        SOON,
        () -> "stalled: " + tunnel.desk.queued() + " of " + all,
        () -> tunnel.desk.queued() >= all || count > ALL_SERVED);
    return served;
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
    else assertThat(answer.head().raw()).startsWith("HTTP/1.1 503 ").containsPattern(REFUSALS);
    return answer.status();
  }
}
