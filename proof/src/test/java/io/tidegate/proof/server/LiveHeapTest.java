package io.tidegate.proof.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class LiveHeapTest {
  private static final List<String> HISTOGRAM =
      List.of(
          "4711:",
          " num     #instances         #bytes  class name (module)",
          "-------------------------------------------------------",
          "   1:         20000        1600000  [B (java.base@25)",
          "   2:             1             16  Total",
          "Total         34567        2345678");

  @Test
  void itIsTheTotalOfTheHistogram() throws IOException {
    assertThat(LiveHeap.parse(HISTOGRAM)).isEqualTo(new LiveHeap(34_567, 2_345_678));
  }

  @Test
  void whatIsNoHistogramIsTold() {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> LiveHeap.parse(List.of("4711:", "no such process")))
        .withMessageContaining("no such process");
  }
}
