package io.tidegate.client.pool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.client.Backoff;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CircuitTest {
  private static final long START = Long.MAX_VALUE - 1_000;
  private static final long A_MINUTE = Duration.ofMinutes(1).toNanos();

  private final Circuit circuit =
      new Circuit(3, Backoff.DEFAULT.tries(new SplittableRandom(1)), START);

  private void open() {
    circuit.begins();
    circuit.begins();
    circuit.begins();
    assertThat(circuit.failed(START)).isFalse();
    assertThat(circuit.failed(START)).isFalse();
    assertThat(circuit.failed(START)).isTrue();
  }

  @Test
  void failuresInARowOpenItAndOneAnswerBetweenThemDoesNot() {
    assertThat(circuit.failed(START)).isFalse();
    assertThat(circuit.failed(START)).isFalse();
    assertThat(circuit.succeeded(START)).isFalse();
    open();

    assertThat(circuit.isOpen()).isTrue();
    assertThat(circuit.lets(START)).isFalse();
  }

  @Test
  void afterAPauseOneProbesAndTheOthersWait() {
    open();

    assertThat(circuit.lets(START + A_MINUTE)).isTrue();
    circuit.begins();
    assertThat(circuit.lets(START + A_MINUTE)).isFalse();
  }

  @Test
  void aProbeThatIsAnsweredLetsInAll() {
    open();
    circuit.begins();

    assertThat(circuit.succeeded(START + A_MINUTE)).isTrue();
    assertThat(circuit.lets(START + A_MINUTE)).isTrue();
    assertThat(circuit.isOpen()).isFalse();
  }

  @Test
  void aProbeThatFailsIsFollowedByAnotherPause() {
    open();
    circuit.begins();

    assertThat(circuit.failed(START + A_MINUTE)).isFalse();
    assertThat(circuit.lets(START + A_MINUTE)).isFalse();
    assertThat(circuit.lets(START + 2 * A_MINUTE)).isTrue();
  }

  @Test
  void aProbeThatTellsNothingIsFollowedByAnother() {
    open();
    circuit.begins();

    circuit.unheard();

    assertThat(circuit.isOpen()).isTrue();
    assertThat(circuit.lets(START + A_MINUTE)).isTrue();
  }

  @Test
  void failuresOfCallsBegunBeforeChangeNothing() {
    open();

    for (int i = 0; i < 100; i++) assertThat(circuit.failed(START)).isFalse();
    assertThat(circuit.lets(START + Duration.ofMillis(500).toNanos())).isTrue();
  }

  @Test
  void aHoldIsNeverShortenedByAnother() {
    circuit.hold(START, Duration.ofSeconds(50));
    circuit.hold(START, Duration.ofSeconds(10));

    assertThat(circuit.lets(START + Duration.ofSeconds(49).toNanos())).isFalse();
    assertThat(circuit.lets(START + Duration.ofSeconds(50).toNanos())).isTrue();
  }
}
