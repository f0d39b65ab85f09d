package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.FakeTicker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith({Balanced.class, Quiet.class})
class DeadlineTest {
  private final FakeTicker ticker = new FakeTicker();
  private final Rig rig = new Rig(Transport.NIO, 1, Rig.PLENTY, ticker);
  private final Deadline.Sweep sweep = new Deadline.Sweep(ticker);
  private final List<String> fired = new ArrayList<>();

  @AfterEach
  void close() {
    rig.close();
  }

  private Deadline deadline(Runnable expired) {
    return new Deadline(sweep, expired);
  }

  private Deadline named(String name) {
    return deadline(() -> fired.add(name));
  }

  private void pass(Duration time) {
    ticker.advance(time);
    sweep.expire(ticker.nanos());
  }

  @Test
  void itFiresOnceAndNeverEarly() {
    var one = named("one");
    one.in(Duration.ofSeconds(1)); // on this ticker that is the largest long

    assertThat(one.isArmed()).isTrue();
    pass(Duration.ofMillis(999));
    assertThat(fired).isEmpty();
    pass(Duration.ofMillis(1));
    pass(Duration.ofSeconds(10));

    assertThat(fired).containsExactly("one");
    assertThat(one.isArmed()).isFalse();
  }

  @Test
  void aLaterMomentTakesThePlaceOfTheEarlier() {
    var one = named("one");
    one.in(Duration.ofSeconds(1));
    one.in(Duration.ofSeconds(5));

    pass(Duration.ofSeconds(4));
    assertThat(fired).isEmpty();
    pass(Duration.ofSeconds(1));

    assertThat(fired).containsExactly("one");
  }

  @Test
  void aDisarmedOrClosedOneIsSilentUntilArmedAgain() {
    var disarmed = named("disarmed");
    var closed = named("closed");
    disarmed.in(Duration.ofSeconds(1));
    closed.in(Duration.ofSeconds(1));
    disarmed.disarm();
    closed.close();
    closed.close();

    pass(Duration.ofSeconds(2));
    assertThat(fired).isEmpty();
    disarmed.in(Duration.ofSeconds(1));
    closed.in(Duration.ofSeconds(1));
    pass(Duration.ofSeconds(2));

    assertThat(fired).containsExactlyInAnyOrder("disarmed", "closed");
  }

  @Test
  void aCallbackMayArmDisarmAndCloseAny() {
    var all = new ArrayList<Deadline>();
    var rounds = new AtomicInteger();
    for (int i = 0; i < 9; i++) {
      int self = i;
      all.add(
          deadline(() -> {
            fired.add("fired " + self);
            all.get((self + 1) % 9).close();
            all.get((self + 2) % 9).disarm();
            all.get(self).close();
            if (rounds.incrementAndGet() < 50) all.get((self + 3) % 9).inNanos(1);
          }));
    }
    for (var one : all) one.inNanos(1);

    for (int i = 0; i < 100; i++) pass(Duration.ofSeconds(1));

    assertThat(rounds.get()).isGreaterThanOrEqualTo(50);
    assertThat(all).noneMatch(Deadline::isArmed);
  }

  @Test
  void aFaultInACallbackStopsNoOther() {
    named("before").inNanos(1);
    deadline(
            () -> {
              throw new IllegalStateException("test");
            })
        .inNanos(1);
    named("after").inNanos(1);

    pass(Duration.ofSeconds(1));

    assertThat(fired).containsExactlyInAnyOrder("before", "after");
    assertThat(Quiet.expect("A deadline's action failed")).isEqualTo(1);
  }
}
