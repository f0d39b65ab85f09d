package io.tidegate.websocket.frame;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WebSocketLimitsTest {
  private static final WebSocketLimits DEFAULT = WebSocketLimits.DEFAULT;

  @Test
  void theDefaultsAreThoseOfTheDesign() {
    assertThat(DEFAULT)
        .isEqualTo(
            new WebSocketLimits(
                1_048_576,
                1_048_576,
                1_024,
                Duration.ofSeconds(30),
                Duration.ofSeconds(25),
                Duration.ofSeconds(20),
                Duration.ofSeconds(5)));
  }

  @Test
  void nothingIsUnlimited() {
    assertThatIllegalArgumentException().isThrownBy(() -> DEFAULT.withMaxMessageBytes(0));
    assertThatIllegalArgumentException().isThrownBy(() -> DEFAULT.withMaxFrameBytes(-1));
    assertThatIllegalArgumentException().isThrownBy(() -> DEFAULT.withMaxFrameBytes(1_048_577));
    assertThatIllegalArgumentException().isThrownBy(() -> DEFAULT.withMaxFragments(0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULT.withMessageTimeout(Duration.ZERO));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULT.withPingInterval(Duration.ofDays(2)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> DEFAULT.withPongTimeout(Duration.ofSeconds(-1)));
    assertThatIllegalArgumentException().isThrownBy(() -> DEFAULT.withCloseTimeout(Duration.ZERO));
  }

  @Test
  void eachValueIsChangedAlone() {
    var second = Duration.ofSeconds(1);

    var limits =
        DEFAULT
            .withMaxMessageBytes(2_000)
            .withMaxFrameBytes(1_000)
            .withMaxFragments(7)
            .withMessageTimeout(second)
            .withPingInterval(second.multipliedBy(2))
            .withPongTimeout(second.multipliedBy(3))
            .withCloseTimeout(second.multipliedBy(4));

    assertThat(limits)
        .isEqualTo(
            new WebSocketLimits(
                1_000,
                2_000,
                7,
                second,
                second.multipliedBy(2),
                second.multipliedBy(3),
                second.multipliedBy(4)));
    assertThat(DEFAULT.withMaxMessageBytes(10).maxFrameBytes()).isEqualTo(10);
  }
}
