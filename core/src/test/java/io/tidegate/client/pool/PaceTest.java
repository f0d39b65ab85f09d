package io.tidegate.client.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.ledger.Rate;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final long START = Long.MAX_VALUE - 1_000;
  private static final long TICK = Supervisor.TICK.toNanos();

  private final Pace pace = new Pace(new Rate(20, Duration.ofSeconds(1)), TICK, START);

  private int takeAll(long now) {
    int taken = 0;
    for (; pace.isDue(now); taken++) pace.take(now);
    return taken;
  }

  @Test
  void eachTickGetsItsShare() {
    assertThat(takeAll(START)).isEqualTo(1);

    for (int tick = 1; tick < 100; tick++) assertThat(takeAll(START + tick * TICK)).isEqualTo(5);
  }

  @Test
  void whatWasNotTakenForLongIsNotMadeUpFor() {
    var _ = takeAll(START);

    assertThat(takeAll(START + 1_000 * TICK)).isEqualTo(6);
    assertThat(takeAll(START + 1_001 * TICK)).isEqualTo(5);
  }
}
