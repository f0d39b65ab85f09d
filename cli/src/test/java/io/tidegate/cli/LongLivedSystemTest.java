package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.Figures;
import io.tidegate.testkit.OriginExchange;
import io.tidegate.testkit.RawBody;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import io.tidegate.testkit.TestOrigin;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Answers that last, and sockets that stay, through processes.
@EnabledOnOs(OS.LINUX)
class LongLivedSystemTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final long LATE_NANOS = Duration.ofMillis(50).toNanos();

  @TempDir private Path keys;
  private TestOrigin origin;
  private Tunnelled tunnel;

  @BeforeEach
  void aTunnel() throws IOException {
    origin = TestOrigin.open();
    tunnel = Tunnelled.open(keys, origin.address().getPort());
    tunnel.rest();
  }

  @AfterEach
  void nothingStays() {
    tunnel.close();
    origin.close();
  }

  @Test
  void anEventIsSeenWithin50Milliseconds() throws IOException {
    seesEvents(Duration.ofSeconds(3), Duration.ofMillis(100), 3);
  }

  @Test
  @Tag("long")
  void anEventIsSeenWithin50MillisecondsForTenMinutesOfSilencesAndEvents() throws IOException {
    seesEvents(Duration.ofMinutes(10), Duration.ofSeconds(12), 1);
  }

  /// One event in a hundred may be later, and all takes but one: the machine, not the tunnel, may
  /// have been busy.
  private void seesEvents(Duration time, Duration longestGap, int takes) throws IOException {
    origin.on("/events", exchange -> writeEvents(exchange, time, longestGap));
    long latest = latestOfAHundred(time, longestGap);
    for (int i = 1; i < takes && latest >= LATE_NANOS; i++) {
      latest = latestOfAHundred(time, longestGap);
    }
    assertThat(latest).isLessThan(LATE_NANOS);
    tunnel.awaitRest();
  }

  /// The 99th percentile of how late events are seen, in nanoseconds.
  private long latestOfAHundred(Duration time, Duration longestGap) throws IOException {
    var late = new ArrayList<Long>();
    try (var visitor = RawHttp.open(tunnel.address(), longestGap.plus(SOON))) {
      visitor.send("GET /events HTTP/1.1\r\nHost: " + tunnel.host() + "\r\n\r\n");
      var head = visitor.finalHead();
      assertThat(head.first("Content-Type")).isEqualTo("text/event-stream");
      readEvents(visitor.body(head, "GET"), late);
    }

    var sorted = late.stream().sorted().toList();
    Figures.note(
        "%d events in %d s: median %.2f ms, 99 %% %.1f ms, most %.1f ms"
            .formatted(
                sorted.size(),
                time.toSeconds(),
                sorted.get(sorted.size() / 2) / 1e6,
                sorted.get(sorted.size() * 99 / 100) / 1e6,
                sorted.getLast() / 1e6));
    assertThat(sorted).hasSizeGreaterThan(20);
    return sorted.get((sorted.size() - 1) * 99 / 100);
  }

  private static void writeEvents(OriginExchange exchange, Duration time, Duration longestGap)
      throws IOException {
    exchange.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    long until = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < until) {
      exchange.pause(
          Duration.ofMillis(ThreadLocalRandom.current().nextLong(longestGap.toMillis())));
      var event = "data: " + System.nanoTime() + "\n\n";
      exchange.writeChunk(event.getBytes(StandardCharsets.US_ASCII));
    }
    exchange.writeChunk(new byte[0]);
  }

  private static void readEvents(RawBody body, List<Long> late) throws IOException {
    var buffer = new byte[4096];
    for (int n = body.read(buffer); n > 0; n = body.read(buffer)) {
      long now = System.nanoTime();
      var text = new String(buffer, 0, n, StandardCharsets.US_ASCII);
      for (var line : text.lines().toList())
        if (line.startsWith("data: ")) late.add(now - Long.parseLong(line.substring(6)));
    }
  }

  @Test
  void aHundredWebSocketsEchoAndAreGoneAfterwards() throws IOException {
    echo(100);
  }

  @Test
  @Tag("long")
  void aThousandWebSocketsEchoAndAreGoneAfterwards() throws IOException {
    echo(1_000);
  }

  private void echo(int count) throws IOException {
    var sockets = new ArrayList<RawWebSocket>();
    try {
      for (int i = 0; i < count; i++)
        sockets.add(RawWebSocket.open(tunnel.address(), tunnel.host(), "/ws"));
      assertThat(origin.openWebSockets()).isEqualTo(count);
      assertThat(tunnel.desk.streams()).isEqualTo(count);
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < count; i++) sockets.get(i).sendText("visitor " + i);
        for (int i = 0; i < count; i++)
          assertThat(sockets.get(i).read(SOON).text()).isEqualTo("visitor " + i);
      }
      for (var socket : sockets) socket.sendClose(1000, "bye");
      for (var socket : sockets) assertThat(socket.awaitCloseCode(SOON)).isEqualTo(1000);
    } finally {
      sockets.forEach(RawWebSocket::close);
    }
    Eventually.await(
        SOON, () -> "at the app: " + origin.openWebSockets(), () -> origin.openWebSockets() == 0);
    tunnel.awaitRest();
    assertThat(tunnel.mostResident()).isLessThan(Tunnelled.MOST_RESIDENT_BYTES);
  }
}
