package io.tidegate.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.testkit.Eventually;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TickStartsTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Loops loops =
      Loops.open(
          new LoopsConfig("starts", 1, new Budget(1 << 20, 64L << 20), Transport.best(), false));
  private final Loop loop = loops.loop(0);
  private final HandlerThreads threads = HandlerThreads.of(loops.root());
  private final TickStarts starts = threads.startsOf(loop);
  private final AtomicInteger refused = new AtomicInteger();

  @AfterEach
  void nothingIsHeldAfterwards() {
    threads.close();

    assertThat(threads.active()).isZero();
    assertThat(loops.root().held(Purse.HEAP)).isZero();
    loops.close();
  }

  /// Runs `turn` on the loop, as one tick has it.
  private void tick(Runnable turn) throws Exception {
    var done = new CompletableFuture<Void>();
    assertThat(
            loop.run(() -> {
              try {
                turn.run();
                done.complete(null);
              } catch (Throwable fault) {
                done.completeExceptionally(fault);
              }
            }))
        .isTrue();
    done.get(SOON.toSeconds(), TimeUnit.SECONDS);
  }

  private void start(Runnable work) {
    assertThat(starts.startOrWait(new HandlerThreads.Work(work, refused::incrementAndGet)))
        .isEqualTo(HandlerThreads.Start.RUNS);
  }

  private static boolean comes(CountDownLatch latch) {
    try {
      return latch.await(SOON.toSeconds(), TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  private void allHaveLeft() {
    Eventually.await(SOON, () -> "active " + threads.active(), () -> threads.active() == 0);
  }

  @Test
  void eachOfATickHasAThreadOfItsOwnAndOneThatWaitsKeepsNoOtherFromRunning() throws Exception {
    Map<Thread, String> ran = new ConcurrentHashMap<>();
    var lastRuns = new CountDownLatch(1);
    var waited = new CompletableFuture<Boolean>();

    tick(() -> {
      start(() -> waited.complete(comes(lastRuns)));
      for (int i = 0; i < 10; i++) start(() -> ran.put(Thread.currentThread(), ""));
      start(lastRuns::countDown);
    });

    assertThat(waited.get(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    allHaveLeft();
    assertThat(ran.keySet()).hasSize(10).allMatch(Thread::isVirtual);
    assertThat(refused).hasValue(0);
  }

  @Test
  void aCrowdIsBegunBeforeItsTickHasEnded() throws Exception {
    var begun = new CountDownLatch(TickStarts.MOST);
    var inTime = new AtomicInteger();

    tick(() -> {
      for (int i = 0; i < TickStarts.MOST; i++) start(begun::countDown);
      if (comes(begun)) inTime.set(1);
    });

    assertThat(inTime).hasValue(1);
    allHaveLeft();
  }

  @Test
  void theNextTickBeginsItsOwn() throws Exception {
    for (int i = 0; i < 3; i++) {
      var begun = new CountDownLatch(2);

      tick(() -> {
        start(begun::countDown);
        start(begun::countDown);
      });

      assertThat(comes(begun)).isTrue();
    }
    allHaveLeft();
  }

  @Test
  void aPlaceIsTakenAtOnceAndNotAtTheTicksEnd() throws Exception {
    var heldInTick = new CompletableFuture<Long>();

    tick(() -> {
      start(() -> {});
      start(() -> {});
      heldInTick.complete(loops.root().held(Purse.HEAP));
    });

    assertThat(heldInTick.join()).isEqualTo(2L * HandlerThreads.PRICE);
    allHaveLeft();
  }

  @Test
  void whatWaitsForItsTicksEndIsRefusedWhereThreadsHaveClosed() throws Exception {
    tick(() -> {
      for (int i = 0; i < 3; i++) start(() -> {});
      threads.close();
    });

    Eventually.await(SOON, () -> "refused " + refused, () -> refused.get() == 3);
  }

  @Test
  void theOnlyOneOfATickIsRefusedTooWhereThreadsHaveClosed() throws Exception {
    tick(() -> {
      start(() -> {});
      threads.close();
    });

    Eventually.await(SOON, () -> "refused " + refused, () -> refused.get() == 1);
  }
}
