package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SizeTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "512k, 524288",
    "64m, 67108864",
    "64M, 67108864",
    "2g, 2147483648",
    "8388608g, 9007199254740992"
  })
  void aNumberWithItsUnitIsThatManyBytes(String text, long bytes) {
    assertThat(Size.parse(text).bytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "m", "64 m", "64mb", "6.4m", "-1", "+1", "64t", "0x40", "٣m", "unlimited"})
  void whatIsNotASizeIsRefusedWithAnExample(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Size.parse(text))
        .withMessage("not a size: '" + text + "'; write it like 512k, 64m or 2g");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0m", "8388609g", "9999999999999999g"})
  void aSizeOutOfBoundsIsRefused(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Size.parse(text))
        .withMessageContaining("1 byte to 8192 TiB");
  }

  @Test
  void itsTextReadsBackAsTheSameSize() {
    for (var text : new String[] {"1", "1025", "3k", "64m", "2g"}) {
      assertThat(Size.parse(text)).hasToString(text);
    }
    assertThat(Size.parse("2048m")).hasToString("2g");
  }
}
