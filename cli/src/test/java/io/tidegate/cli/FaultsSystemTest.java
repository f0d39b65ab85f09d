package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.ChildProcess;
import io.tidegate.testkit.ChildProcess.Signal;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Pattern;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.TestOrigin;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Processes that are killed, stopped and started again, with requests under way.
@EnabledOnOs(OS.LINUX)
class FaultsSystemTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int IN_FLIGHT = 100;
  private static final int CHUNK_BYTES = 16 * 1024;

  @TempDir private Path keys;

  @Test
  void aKilledAgentsVisitorsHearWithinASecondAndItsNameIsFreeAtOnce() throws Exception {
    try (var origin = TestOrigin.open();
        var tunnel = Tunnelled.open(keys, origin.address().getPort());
        var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      tunnel.rest();
      var answers = new ArrayList<java.util.concurrent.Future<Long>>();
      for (int i = 0; i < IN_FLIGHT; i++) answers.add(pool.submit(endOf(tunnel)));
      Eventually.await(
          SOON,
          () -> "requests at the app: " + origin.log().requests(),
          () -> origin.log().requests() >= IN_FLIGHT);

      tunnel.agent.signal(Signal.KILL);
      long killed = System.nanoTime();

      for (var answer : answers)
        assertThat(Duration.ofNanos(answer.get() - killed)).isLessThan(Duration.ofSeconds(1));
      tunnel.exposeAgain();
      assertThat(tunnel.status()).isEqualTo(200);
      tunnel.awaitRest();
    }
  }

  /// When a request that the app never answers ended, whatever ended it.
  private static Callable<Long> endOf(Tunnelled tunnel) {
    return () -> {
      try (var http = RawHttp.open(tunnel.address(), Duration.ofMinutes(1))) {
        http.send("GET /never HTTP/1.1\r\nHost: " + tunnel.host() + "\r\n\r\n");
        assertThat(http.finalHead().status()).isIn(502, 503);
      }
      return System.nanoTime();
    };
  }

  @Test
  void aRestartedEdgeHasItsTunnelBackUnderTheSameName() throws IOException {
    try (var origin = TestOrigin.open();
        var tunnel = Tunnelled.open(keys, origin.address().getPort())) {
      tunnel.rest();

      tunnel.edge.signal(Signal.KILL);
      var _ = tunnel.edge.awaitExit(SOON);
      tunnel.openEdgeAgain();

      Eventually.await(
          SOON, () -> "the tunnel: " + tunnel.agent.tail(), () -> tunnel.status() == 200);
      tunnel.awaitRest();
    }
  }

  @Test
  @Tag("long")
  void aStoppedAgentIsGoneWithin25SecondsAndComesBackWhenItGoesOn() throws IOException {
    try (var origin = TestOrigin.open();
        var tunnel = Tunnelled.open(keys, origin.address().getPort())) {
      tunnel.rest();

      tunnel.agent.signal(Signal.STOP);
      Eventually.await(Duration.ofSeconds(27), () -> "offline", () -> tunnel.status() == 503);
      tunnel.agent.signal(Signal.CONT);

      Eventually.await(SOON, () -> "back: " + tunnel.agent.tail(), () -> tunnel.status() == 200);
      tunnel.awaitRest();
    }
  }

  @Test
  void twoAgentsOfOneKeyDoNotFight() throws IOException {
    try (var origin = TestOrigin.open();
        var tunnel = Tunnelled.open(keys, origin.address().getPort())) {
      tunnel.rest();
      var first = tunnel.agent;

      tunnel.exposeAgain();

      assertThat(first.awaitExit(SOON)).isEqualTo(ExitCode.NAME.status());
      assertThat(tunnel.status()).isEqualTo(200);
      tunnel.awaitRest();
    }
  }

  @Test
  void largeBodiesPassThroughProcessesThatStayUnder200Megabytes() throws IOException {
    passes(10_000_000);
  }

  @Test
  @Tag("long")
  void aGigabyteEachWayPassesThroughProcessesThatStayUnder200Megabytes() throws IOException {
    passes(1_000_000_000);
  }

  private void passes(long bytes) throws IOException {
    try (var origin = TestOrigin.open();
        var processes = new Processes(keys)) {
      var edge = processes.edge(0);
      int port = Processes.port(edge);
      var agent = processes.expose("demo", origin.address().getPort(), port);
      Processes.awaitUp(agent, "demo", port);

      for (var kind : new String[] {"bytes", "chunked"}) down(port, kind, bytes);
      for (boolean chunked : new boolean[] {false, true}) up(port, chunked, bytes);

      for (ChildProcess process : new ChildProcess[] {edge, agent})
        assertThat(process.memory().peakResidentBytes()).isLessThan(200_000_000);
    }
  }

  private static void down(int port, String kind, long bytes) throws IOException {
    try (var http = RawHttp.open(new InetSocketAddress("127.0.0.1", port), SOON)) {
      http.send(
          "GET /" + kind + "/" + bytes + " HTTP/1.1\r\nHost: demo.localhost:" + port + "\r\n\r\n");
      var body = http.body(http.finalHead(), "GET").drain();
      assertThat(body.isPattern(bytes)).as(kind + " down: " + body).isTrue();
    }
  }

  /// The app sends back what it gets, so that each byte passes twice.
  private static void up(int port, boolean chunked, long bytes) throws IOException {
    try (var http = RawHttp.open(new InetSocketAddress("127.0.0.1", port), SOON)) {
      var framing = chunked ? "Transfer-Encoding: chunked" : "Content-Length: " + bytes;
      http.send(
          "POST /echo HTTP/1.1\r\nHost: demo.localhost:" + port + "\r\n" + framing + "\r\n\r\n");
      var sending = Thread.ofVirtual().start(() -> send(http, chunked, bytes));
      var body = http.body(http.finalHead(), "POST").drain();
      assertThat(body.isPattern(bytes)).as(framing + " up: " + body).isTrue();
      sending.interrupt();
    }
  }

  private static void send(RawHttp http, boolean chunked, long bytes) {
    try {
      if (!chunked) {
        http.sendPattern(bytes);
        return;
      }
      for (long at = 0; at < bytes; at += CHUNK_BYTES) {
        http.sendChunk(Pattern.bytes(at, (int) Math.min(CHUNK_BYTES, bytes - at)));
      }
      http.sendChunk(new byte[0]);
    } catch (IOException ended) {
      throw new IllegalStateException(ended);
    }
  }
}
