package io.tidegate.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResolverTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  private static List<InetAddress> ask(Resolver resolver, String name) throws Exception {
    var found = new CompletableFuture<List<InetAddress>>();
    var _ = resolver.resolve(name, found::complete);
    return found.get(20, TimeUnit.SECONDS);
  }

  @Test
  void allAddressesAreFoundAndNoneOfWhatDoesNotExist() throws Exception {
    try (var resolver =
        new Resolver(name -> {
          if (!name.equals("a")) throw new UnknownHostException(name);
          return new InetAddress[] {
            InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("::1")
          };
        })) {
      assertThat(ask(resolver, "a"))
          .containsExactly(InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("::1"));
      assertThat(ask(resolver, "b")).isEmpty();
    }
  }

  @Test
  void aHundredDeadNamesTakeSixteenThreadsAndWhatWaitsCanBeGivenUp() throws Exception {
    var end = new CountDownLatch(1);
    var running = new AtomicInteger();
    var answers = new AtomicInteger();
    try (var resolver =
        new Resolver(name -> {
          running.incrementAndGet();
          await(end);
          throw new UnknownHostException(name);
        })) {
      var asked = new ArrayList<AutoCloseable>();
      for (int i = 0; i < 100; i++) {
        asked.add(resolver.resolve("n" + i, _ -> answers.incrementAndGet()));
      }
      io.tidegate.testkit.Eventually.await(
          ClientRig.PATIENCE, () -> running + " run", () -> running.get() == 16);

      for (var one : asked) one.close();
      end.countDown();

      io.tidegate.testkit.Eventually.await(
          ClientRig.PATIENCE, () -> answers + " answers", () -> answers.get() == 16);
      assertThat(running).hasValue(16);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "0|PT0S",
        "120|PT2M",
        "Sat, 21 Nov 2026 10:00:30 GMT|PT30S",
        "Sat, 21 Nov 2026 09:00:00 GMT|PT0S",
        "-1|",
        "1.5|",
        "9999999999|",
        "soon|"
      })
  void retryAfterIsSecondsOrADate(String value, java.time.Duration wait) {
    var fields =
        new io.tidegate.http.message.HeadBuilder()
            .fields()
            .field("Retry-After", value)
            .buildFields();

    assertThat(RetryAfter.of(fields, NOW)).isEqualTo(wait);
  }
}
