package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.demo.SampleApp;
import io.tidegate.http.HttpLimits;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.HostileCrowd;
import io.tidegate.testkit.HostileCrowd.Script;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// As many silent connections as a machine can make against an edge of 64 MiB heap and 64 MiB
/// direct memory, with slow heads, slow bodies and half frames beside them.
@EnabledOnOs(OS.LINUX)
@Tag("long")
class CrowdSystemTest {
  private static final int SILENT = 15_000;
  private static final int SLOW = 200;
  private static final int HALF = 50;
  private static final Duration DRIP = Duration.ofMillis(500);
  private static final Duration HEAD = Duration.ofSeconds(10);
  private static final Duration MESSAGE = Duration.ofSeconds(30);

  /// The sweep's grain, and what a machine with two busy cores adds.
  private static final Duration SLACK = Duration.ofSeconds(8);

  /// Of the app: nobody is cut there for what the edge is to cut him for.
  private static final HttpLimits PATIENT =
      HttpLimits.DEFAULT.withBodyGrace(Duration.ofMinutes(10));

  @TempDir private Path keys;

  @Test
  void theyAreCutAtTheirDeadlinesAndAPoliteVisitorIsAnsweredThroughout() throws Exception {
    try (var loops = Loops.open(LoopsConfig.forCommand("app"));
        var app = SampleApp.open(loops, PATIENT);
        var tunnel = Tunnelled.open(keys, app.port())) {
      tunnel.rest();
      var over = new AtomicBoolean();
      var polite = new Polite(tunnel, over);
      var asking = Thread.ofVirtual().start(polite);
      try (var silent = open(tunnel, SILENT, Script.SILENT);
          var heads = open(tunnel, SLOW, Script.dripping(head(tunnel) + "X-Slow: ", "x", DRIP));
          var bodies = open(tunnel, SLOW, Script.dripping(upload(tunnel), "x", DRIP));
          var frames = open(tunnel, HALF, Script.dripping(halfFrame(tunnel), "", DRIP))) {
        var patience = MESSAGE.plus(HEAD).plus(SLACK);
        var all = List.of(silent, heads, bodies, frames);
        var counts = List.of(SILENT, SLOW, SLOW, HALF);
        for (int i = 0; i < all.size(); i++) {
          boolean cut = all.get(i).awaitCut(counts.get(i), patience);
          Figures.note(all.get(i).report().toString());
          assertThat(cut).as("cut: " + all.get(i).report()).isTrue();
        }

        assertThat(silent.report().refused()).isZero();
        assertThat(silent.report().lastCut()).isLessThan(HEAD.plus(SLACK));
        assertThat(heads.report().lastCut()).isLessThan(HEAD.plus(SLACK));
        assertThat(frames.report().lastCut()).isLessThan(MESSAGE.plus(SLACK));
      } finally {
        over.set(true);
        asking.join();
      }
      polite.say();
      assertThat(polite.failures).isEmpty();
      long byName = tunnel.desk.cuts("head_timeout") + tunnel.desk.cuts("oldest_incomplete");
      assertThat(byName).isEqualTo(SILENT + SLOW);
      assertThat(tunnel.desk.cuts("body_too_slow")).isEqualTo(SLOW);
      assertThat(tunnel.mostResident()).isLessThan(Tunnelled.MOST_RESIDENT_BYTES);
      tunnel.awaitRest();
    }
  }

  /// A visitor that comes again and again, each time anew.
  private static final class Polite implements Runnable {
    private final Tunnelled tunnel;
    private final AtomicBoolean over;
    final List<String> failures = new ArrayList<>();
    private final List<Long> nanos = new ArrayList<>();

    Polite(Tunnelled tunnel, AtomicBoolean over) {
      this.tunnel = tunnel;
      this.over = over;
    }

    @Override
    public void run() {
      while (!over.get()) {
        long began = System.nanoTime();
        try (var visitor = tunnel.visit()) {
          int status = visitor.get(tunnel.host(), "/json").status();
          if (status != 200) failures.add("status " + status);
        } catch (IOException failed) {
          failures.add(failed.toString());
        }
        nanos.add(System.nanoTime() - began);
      }
    }

    void say() {
      var sorted = nanos.stream().sorted().toList();
      Figures.note(
          "polite: %d answers, median %.1f ms, 99 %% %.1f ms, most %.1f ms"
              .formatted(
                  sorted.size(),
                  sorted.get(sorted.size() / 2) / 1e6,
                  sorted.get(sorted.size() * 99 / 100) / 1e6,
                  sorted.getLast() / 1e6));
    }
  }

  private static HostileCrowd open(Tunnelled tunnel, int count, Script script) throws IOException {
    var sources = new ArrayList<InetAddress>();
    for (int third = 1; third <= 59; third++)
      sources.add(InetAddress.ofLiteral("127.0." + third + ".1"));
    return HostileCrowd.open(count, tunnel.address(), sources, script);
  }

  private static String head(Tunnelled tunnel) {
    return "GET / HTTP/1.1\r\nHost: " + tunnel.host() + "\r\n";
  }

  private static String upload(Tunnelled tunnel) {
    return "POST /upload HTTP/1.1\r\nHost: "
        + tunnel.host()
        + "\r\nContent-Length: 1000000\r\n\r\n";
  }

  /// An upgrade, and behind it 10 bytes of a masked frame that announces 100.
  private static String halfFrame(Tunnelled tunnel) {
    return "GET /ws HTTP/1.1\r\nHost: "
        + tunnel.host()
        + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        + "\u0082\u00e4abcd0123456789";
  }
}
