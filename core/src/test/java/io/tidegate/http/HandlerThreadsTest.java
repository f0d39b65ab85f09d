package io.tidegate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.HandlerThreads.Start;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.testkit.Eventually;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HandlerThreadsTest {
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
  void whoHasNoneAtWorkIsServedBeforeWhoHas() {
    var order = new ConcurrentLinkedQueue<String>();
    var asked = new AtomicInteger();
    assertThat(threads.start(this::waitToLeave)).isTrue();
    var _ = threads.waits().begin(asked::incrementAndGet);
    assertThat(threads.startOrWait(() -> order.add("second stream"), () -> {}, true))
        .isEqualTo(Start.WAITS);
    assertThat(asked).as("asked to give up").hasValue(0);
    assertThat(threads.startOrWait(() -> order.add("first"), () -> {}, false))
        .isEqualTo(Start.WAITS);
    assertThat(asked).as("asked to give up").hasValue(1);

    leave.countDown();

    Eventually.await(Duration.ofSeconds(5), order::toString, () -> order.size() == 2);
    assertThat(order).containsExactly("first", "second stream");
  }

  @Test
  void whoGivesUpLeavesEitherLine() {
    var refused = new AtomicInteger();
    Runnable work = () -> {};
    Runnable told = refused::incrementAndGet;
    assertThat(threads.start(this::waitToLeave)).isTrue();
    for (boolean further : new boolean[] {true, false}) {
      assertThat(threads.startOrWait(work, told, further)).isEqualTo(Start.WAITS);
      threads.giveUp(work, told);
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
