package io.tidegate.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tidegate.proof.LiveVisitor.Latencies;
import io.tidegate.testkit.TestOrigin;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LiveVisitorTest {
  private static final Duration SHORT = Duration.ofMillis(50);
  private static final String BODY = "x".repeat(Row.PAGE_64.bodyBytes());

  @Test
  void percentilesAreThoseOfTheFiguresAlone() {
    var nanos = new long[200]; // zeros behind the figures must not count
    for (int i = 0; i < 101; i++) {
      nanos[i] = (101 - i) * 1_000_000L;
    }

    assertThat(Latencies.of(nanos, 101)).isEqualTo(new Latencies(101, 51, 100));
  }

  @Test
  void noFigureHasNoPercentile() {
    assertThatIllegalArgumentException().isThrownBy(() -> Latencies.of(new long[1], 0));
  }

  @Test
  void itFetchesWholeBodiesOverOneConnection() throws IOException {
    var served = new AtomicInteger();
    try (var origin = TestOrigin.open()) {
      origin.on(
          Row.PAGE_64.target(),
          exchange -> {
            var _ = served.incrementAndGet();
            exchange.write(answer("Content-Length: " + BODY.length() + "\r\n"));
          });
      try (var visitor = new LiveVisitor(way(origin), Row.PAGE_64)) {
        assertThat(visitor.fetchFor(SHORT).count()).isEqualTo(served.get()).isPositive();
      }

      assertThat(origin.accepted()).isEqualTo(1);
    }
  }

  @Test
  void itConnectsAnewWhereTheServerCloses() throws IOException {
    try (var origin = TestOrigin.open()) {
      origin.on(
          Row.PAGE_64.target(),
          exchange ->
              exchange.write(
                  answer("content-length:" + BODY.length() + "\r\nConnection: close\r\n")));
      try (var visitor = new LiveVisitor(way(origin), Row.PAGE_64)) {
        var fetched = visitor.fetchFor(SHORT).count();

        assertThat(origin.accepted()).isEqualTo(fetched);
      }
    }
  }

  @Test
  void aCutAnswerIsAFailureNotAFigure() throws IOException {
    try (var origin = TestOrigin.open()) {
      origin.on(
          Row.PAGE_64.target(),
          exchange -> {
            exchange.write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nshort");
            throw new EOFException("cut here");
          });
      try (var visitor = new LiveVisitor(way(origin), Row.PAGE_64)) {
        assertThatExceptionOfType(IOException.class).isThrownBy(() -> visitor.fetchFor(SHORT));
      }
    }
  }

  @Test
  void anErrorIsAFailureNotAFigure() throws IOException {
    try (var origin = TestOrigin.open();
        var visitor = new LiveVisitor(way(origin), Row.PAGE_64)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> visitor.fetchFor(SHORT))
          .withMessageContaining("404");
    }
  }

  private static String answer(String fields) {
    return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + BODY;
  }

  private static Way way(TestOrigin origin) {
    return new Way(Variant.DIRECT, origin.address().getPort(), "localhost", List.of());
  }
}
