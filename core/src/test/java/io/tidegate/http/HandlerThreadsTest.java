package io.tidegate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.HandlerThreads.Line;
import io.tidegate.http.HandlerThreads.Start;
import io.tidegate.http.HandlerThreads.Work;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.testkit.Eventually;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HandlerThreadsTest {
  private static final Duration SOON = Duration.ofSeconds(5);

  private final Account root = Ledger.open(new Budget(1 << 20, 20L * HandlerThreads.PRICE));
  private final HandlerThreads threads = HandlerThreads.of(root);
  private final CountDownLatch leave = new CountDownLatch(1);

  @AfterEach
  void nothingIsHeldAfterwards() {
    threads.close();

    assertThat(root.held(Purse.HEAP)).isZero();
    root.close();
  }

  private void waitToLeave() {
    try {
      leave.await();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aTenthOfTheHeapPurseIsForHandlersAndTheNextIsRefused() {
    assertThat(threads.most()).isOne();

    assertThat(threads.start(this::waitToLeave)).isTrue();

    assertThat(root.held(Purse.HEAP)).isEqualTo(HandlerThreads.PRICE);
    assertThat(threads.start(() -> {})).isFalse();
    leave.countDown();
    Eventually.await(
        Duration.ofSeconds(5), () -> "active " + threads.active(), () -> threads.active() == 0);
    assertThat(root.held(Purse.HEAP)).isZero();
  }

  @Test
  void aHandlerThatThrowsGivesItsPlaceBack() {
    var threw = new CountDownLatch(1);

    assertThat(
            threads.start(() -> {
              Thread.currentThread().setUncaughtExceptionHandler((_, _) -> threw.countDown());
              throw new IllegalStateException("a fault of the handler");
            }))
        .isTrue();

    Eventually.await(
        Duration.ofSeconds(5),
        () -> "active " + threads.active() + ", threw " + threw.getCount(),
        () -> threads.active() == 0 && threw.getCount() == 0);
  }

  @Test
  void whoHasNoneAtWorkIsServedBeforeWhoHas() throws InterruptedException {
    var order = new ConcurrentLinkedQueue<String>();
    var asked = new AtomicInteger();
    var waits = new CountDownLatch(1);
    assertThat(
            threads.start(() -> {
              var _ = threads.waits().begin(asked::incrementAndGet);
              waits.countDown();
              waitToLeave();
            }))
        .isTrue();
    assertThat(waits.await(5, TimeUnit.SECONDS)).isTrue();
    assertThat(
            threads.startOrWait(
                new Work(() -> order.add("second stream"), () -> {}, Line.FURTHER, false)))
        .isEqualTo(Start.WAITS);
    assertThat(asked).as("asked to give up").hasValue(0);
    assertThat(threads.startOrWait(new Work(() -> order.add("first"), () -> {})))
        .isEqualTo(Start.WAITS);
    Eventually.await(SOON, () -> "asked " + asked, () -> asked.get() == 1);

    leave.countDown();

    Eventually.await(SOON, order::toString, () -> order.size() == 2);
    assertThat(order).containsExactly("first", "second stream");
  }

  @Test
  void aHandlerIsAskedForItsPlaceOnceThoughItWaitsAgain() throws Exception {
    var askedFirst = new AtomicInteger();
    var askedNext = new CompletableFuture<Void>();
    var waits = new CountDownLatch(1);
    var waitAgain = new CountDownLatch(1);
    var waitsAgain = new CountDownLatch(1);
    Runnable first =
        () -> {
          try (var _ = threads.waits().begin(askedFirst::incrementAndGet)) {
            waits.countDown();
            waitAgain.await();
          } catch (InterruptedException closing) {
            return;
          }
          var _ = threads.waits().begin(askedFirst::incrementAndGet);
          waitsAgain.countDown();
          waitToLeave();
        };
    Runnable next =
        () -> {
          try (var _ = threads.waits().begin(() -> askedNext.complete(null))) {
            askedNext.join();
          }
        };
    assertThat(threads.start(first)).isTrue();
    assertThat(waits.await(5, TimeUnit.SECONDS)).isTrue();

    assertThat(threads.startOrWait(new Work(next, () -> {}))).isEqualTo(Start.WAITS);
    Eventually.await(SOON, () -> "asked " + askedFirst, () -> askedFirst.get() == 1);
    waitAgain.countDown();
    assertThat(waitsAgain.await(5, TimeUnit.SECONDS)).isTrue();
    assertThat(askedFirst).as("told again that its place is needed").hasValue(2);
    assertThat(threads.startOrWait(new Work(() -> {}, () -> {}))).isEqualTo(Start.WAITS);
    leave.countDown();

    askedNext.get(5, TimeUnit.SECONDS); // for the second that needs a place
    Eventually.await(
        Duration.ofSeconds(5), () -> "active " + threads.active(), () -> threads.active() == 0);
  }

  @Test
  void onlyAWaitThatHasLastedIsAskedToEndAndOnlyThatOfAThreadThatHasAPlace() throws Exception {
    var asked = new AtomicInteger();
    var lasted = new CompletableFuture<Duration>();
    var _ = threads.waits().begin(asked::incrementAndGet);
    assertThat(
            threads.start(() -> {
              var begun = System.nanoTime();
              var _ =
                  threads
                      .waits()
                      .begin(() -> lasted.complete(Duration.ofNanos(System.nanoTime() - begun)));
              waitToLeave();
            }))
        .isTrue();

    assertThat(threads.startOrWait(new Work(() -> {}, () -> {}))).isEqualTo(Start.WAITS);

    assertThat(lasted.get(5, TimeUnit.SECONDS)).isGreaterThanOrEqualTo(HandlerPlaces.GRACE);
    assertThat(asked).hasValue(0);
    leave.countDown();
  }

  @Test
  void whoGivesUpLeavesEitherLine() {
    var refused = new AtomicInteger();
    assertThat(threads.start(this::waitToLeave)).isTrue();
    for (var line : List.of(Line.FIRST, Line.FURTHER)) {
      var work = new Work(() -> {}, refused::incrementAndGet, line, line == Line.FIRST);
      assertThat(threads.startOrWait(work)).isEqualTo(Start.WAITS);
      threads.giveUp(work);
    }

    assertThat(refused).hasValue(2);
    assertThat(root.held(Purse.HEAP)).isEqualTo(HandlerThreads.PRICE);
    leave.countDown();
  }

  @Test
  void closingInterruptsAHandlerAndStartsNoOther() {
    assertThat(threads.start(this::waitToLeave)).isTrue();

    threads.close();

    assertThat(threads.active()).isZero();
    assertThat(threads.start(() -> {})).isFalse();
  }
}
