package io.tidegate.http.semantics;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.http.semantics.ByteRange.Asked;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {
  private static final long SIZE = 10;

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 1",
    "bytes=2-4, 2, 3",
    "bytes=7-, 7, 3",
    "bytes=7-99, 7, 3",
    "bytes=-3, 7, 3",
    "bytes=-99, 0, 10",
    "BYTES=1-2, 1, 2",
    "bytes= 1 - 2 , 1, 2",
    "bytes=0-999999999999999999, 0, 10",
  })
  void aRangeIsCutToWhatThereIs(String field, long first, long length) {
    assertThat(ByteRange.of(field, SIZE)).isEqualTo(new Asked.Part(new ByteRange(first, length)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=10-", "bytes=10-10", "bytes=-0", "bytes=999999999999999999-"})
  void whatLiesBehindTheEndCannotBeServed(String field) {
    assertThat(ByteRange.of(field, SIZE)).isEqualTo(new Asked.Unsatisfiable());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "bytes",
        "bytes=",
        "bytes=-",
        "bytes=--1",
        "bytes=1",
        "bytes=4-2",
        "bytes=+1-2",
        "bytes=1-2-3",
        "bytes=0x1-2",
        "bytes=1-2,3-4",
        "bytes=,",
        "items=1-2",
        "bytes=٣-٤",
        "bytes=9999999999999999999-",
      })
  void whatIsNoSingleRangeIsTheWhole(String field) {
    assertThat(ByteRange.of(field, SIZE)).isEqualTo(new Asked.Whole());
  }

  @Test
  void nothingCanBeTakenOfNothing() {
    assertThat(ByteRange.of("bytes=0-", 0)).isEqualTo(new Asked.Unsatisfiable());
    assertThat(ByteRange.of("bytes=-1", 0)).isEqualTo(new Asked.Unsatisfiable());
  }

  @Test
  void noRangeEverLeavesWhatThereIs() {
    var random = new Random(7);
    var alphabet = "bytes=0123456789--, ";
    for (int round = 0; round < 200_000; round++) {
      var field = new StringBuilder(random.nextBoolean() ? "bytes=" : "");
      for (int i = random.nextInt(24); i > 0; i--)
        field.append(alphabet.charAt(random.nextInt(alphabet.length())));
      long size = random.nextInt(3) == 0 ? random.nextLong(4) : random.nextLong(1L << 40);

      if (ByteRange.of(field.toString(), size) instanceof Asked.Part(var range)) {
        assertThat(range.first()).as("%s of %d", field, size).isBetween(0L, size - 1);
        assertThat(range.length()).as("%s of %d", field, size).isBetween(1L, size - range.first());
      }
    }
  }

  @Test
  void aContentRangeNamesTheLastByteAndTheSize() {
    assertThat(new ByteRange(2, 3).contentRange(10)).isEqualTo("bytes 2-4/10");
  }
}
