package io.tidegate.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// [Budget], [WaterMarks], [Gate] and [Rate].
class LimitsTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  @Test
  void aBudgetCannotHoldNonsense() {
    assertThat(new Budget(1, Budget.MOST).withDirectBytes(7).of(Purse.DIRECT)).isEqualTo(7);
    assertThat(new Budget(1, 2).withHeapBytes(9).of(Purse.HEAP)).isEqualTo(9);

    assertThatIllegalArgumentException().isThrownBy(() -> new Budget(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Budget(1, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> new Budget(Budget.MOST + 1, 1));
  }

  @Test
  void waterMarksHaveAGapBetweenPauseAndResume() {
    var marks = new WaterMarks(10, 20);

    assertThat(IntStream.of(19, 20).mapToObj(marks::isHigh)).containsExactly(false, true);
    assertThat(IntStream.of(10, 11).mapToObj(marks::isLow)).containsExactly(true, false);
    assertThat(marks.withLowBytes(0).withHighBytes(1)).isEqualTo(new WaterMarks(0, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new WaterMarks(-1, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> new WaterMarks(5, 5));
  }

  @Test
  void aFullGateLetsNobodyInUntilSomebodyLeaves() {
    var gate = Gate.of(2);
    var first = gate.tryEnter();
    var second = gate.tryEnter();

    assertThat(gate.tryEnter()).isNull();
    assertThat(gate.inside()).isEqualTo(gate.most()).isEqualTo(2);
    leave(first);

    assertThat(gate.tryEnter()).isNotNull();
    assertThat(second).isNotNull();
    assertThatIllegalArgumentException().isThrownBy(() -> Gate.of(0));
  }

  @Test
  void leavingTwiceLetsOnlyOneMoreIn() {
    var gate = Gate.of(1);
    var pass = gate.tryEnter();

    leave(pass);
    leave(pass);

    assertThat(gate.inside()).isZero();
    assertThat(gate.tryEnter()).isNotNull();
    assertThat(gate.tryEnter()).isNull();
  }

  @Test
  void aGateHoldsItsBoundWhenManyPush() throws Exception {
    var gate = Gate.of(3);
    var most = new AtomicInteger();
    var start = new CountDownLatch(1);

    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 8; i++) {
        var _ =
            threads.submit(() -> {
              start.await();
              for (int turn = 0; turn < 10_000; turn++) {
                var pass = gate.tryEnter();
                if (pass == null) continue;
                int _ = most.accumulateAndGet(gate.inside(), Math::max);
                pass.close();
              }
              return true;
            });
      }
      start.countDown();
    }

    assertThat(gate.inside()).isZero();
    assertThat(most.get()).isBetween(1, 3);
  }

  @Test
  void aRateGrantsItsCountInEachWindow() {
    var window = new Rate(2, Duration.ofSeconds(1)).window();
    var grants = new ArrayList<Boolean>();

    for (long now : new long[] {5, 6, 7, SECOND + 4, SECOND + 5, SECOND + 6, SECOND + 7}) {
      grants.add(window.tryTake(now));
    }

    assertThat(grants).containsExactly(true, true, false, false, true, true, false);
  }

  @Test
  void aRateSurvivesTheOverflowOfItsClock() {
    var window = new Rate(1, Duration.ofSeconds(1)).window();

    assertThat(window.tryTake(Long.MAX_VALUE - 1)).isTrue();
    assertThat(window.tryTake(Long.MIN_VALUE + 1)).isFalse();
    assertThat(window.tryTake(Long.MIN_VALUE + SECOND)).isTrue();
  }

  @Test
  void aRateCannotHoldNonsense() {
    var rate = new Rate(1, Duration.ofSeconds(1));

    assertThat(rate.withCount(3).withPer(Duration.ofDays(1)).count()).isEqualTo(3);
    assertThatIllegalArgumentException().isThrownBy(() -> rate.withCount(0));
    assertThatIllegalArgumentException().isThrownBy(() -> rate.withPer(Duration.ZERO));
    assertThatIllegalArgumentException().isThrownBy(() -> rate.withPer(Duration.ofDays(2)));
  }

  private static void leave(Gate.@Nullable Pass pass) {
    if (pass == null) throw new AssertionError("was not let in");
    pass.close();
  }
}
