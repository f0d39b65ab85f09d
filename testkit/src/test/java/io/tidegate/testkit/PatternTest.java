package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PatternTest {
  @Test
  void bytesFromAnOffsetAreThoseOfTheWholeRun() {
    var whole = Pattern.bytes(0, 200_000);

    assertThat(Pattern.bytes(131_072, 1_000))
        .isEqualTo(java.util.Arrays.copyOfRange(whole, 131_072, 132_072));
    assertThat(Pattern.at(199_999)).isEqualTo(whole[199_999]);
  }

  @Test
  void aBlockLostOrDoubledIsFoundWhereItHappened() {
    for (var size : new int[] {1, 256, 4_096, 16_384, 65_536}) {
      var moved = Pattern.bytes(size, 64);

      assertThat(Pattern.firstMismatch(moved, 64, 0)).isBetween(0, 3);
      assertThat(Pattern.firstMismatch(moved, 64, size)).isEqualTo(-1);
    }
  }

  @Test
  void theDigestIsThatOfTheBytes() throws Exception {
    var digest = Pattern.sha256().digest(Pattern.bytes(0, 100_000));

    assertThat(Pattern.sha256(100_000)).isEqualTo(java.util.HexFormat.of().formatHex(digest));
  }
}
