package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class ReserveDescriptorsTest {
  private int free = 100;
  private final ReserveDescriptors reserve =
      new ReserveDescriptors(() -> {
        if (free == 0) throw new IOException("Too many open files");
        free--;
        return () -> free++;
      });

  @Test
  void visitorsGiveUpNothingOfWhatIsKeptForOperators() {
    int visitors = reserve.join(false);
    int operators = reserve.join(true);

    assertThat(free).isEqualTo(100 - visitors - operators);
    assertThat(reserve.release(false)).isTrue();
    assertThat(reserve.release(false)).isFalse();
    for (int i = 0; i < operators; i++) assertThat(reserve.release(true)).isTrue();
    assertThat(reserve.release(true)).isFalse();
    assertThat(free).isEqualTo(100);
  }

  @Test
  void whatIsMissingIsTakenBackBeforeAnythingElse() {
    int kept = reserve.join(false);
    assertThat(reserve.release(false)).isTrue();
    free = 0;
    assertThat(reserve.fill()).isFalse();

    free = 1;

    assertThat(reserve.fill()).isTrue();
    assertThat(free).isZero();
    reserve.leave(false, kept);
    assertThat(free).isEqualTo(kept);
  }

  @Test
  void whereThereIsNoneFromTheBeginningNobodyIsKeptOutForThat() {
    free = 2;
    assertThat(reserve.join(true)).isEqualTo(2);
    assertThat(reserve.join(false)).isZero();

    assertThat(reserve.fill()).isTrue();
    assertThat(reserve.release(false)).isFalse();
    reserve.leave(false, 0);
    reserve.leave(true, 2);
    assertThat(free).isEqualTo(2);
  }
}
