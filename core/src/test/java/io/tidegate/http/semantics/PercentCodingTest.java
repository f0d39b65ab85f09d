package io.tidegate.http.semantics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tidegate.http.semantics.PercentCoding.Plus;
import java.net.URLEncoder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PercentCodingTest {
  private static String decode(String coded, Plus plus) {
    return PercentCoding.decode(coded, 0, coded.length(), plus);
  }

  @ParameterizedTest
  @CsvSource({"a, a", "%41%62, Ab", "%e4%b8%ad, 中", "%F0%9F%98%80, 😀", "%25%32%35, %25", "%2F, /"})
  void eachCodingIsUndoneOnce(String coded, String text) {
    assertThat(decode(coded, Plus.PLUS)).isEqualTo(text);
  }

  @Test
  void aPlusIsASpaceOnlyWhereItIsSaidToBe() {
    assertThat(decode("a+b%2B", Plus.PLUS)).isEqualTo("a+b+");
    assertThat(decode("a+b%2B", Plus.SPACE)).isEqualTo("a b+");
  }

  @Test
  void onlyWhatLiesBetweenTheBoundsIsDecoded() {
    assertThat(PercentCoding.decode("%zz/%41/%zz", 4, 7, Plus.PLUS)).isEqualTo("A");
    assertThatExceptionOfType(HttpError.class)
        .isThrownBy(() -> PercentCoding.decode("%41", 0, 2, Plus.PLUS));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "%",
        "%4",
        "%zz",
        "%4g",
        "%-1",
        "%٤٤",
        "a%",
        "%c0%ae",
        "%ff",
        "%e4%b8",
        "%ed%a0%80",
        "%f4%90%80%80",
        "%80",
      })
  void whatIsNoCodingOfTextIsThePeersFault(String coded) {
    assertThatExceptionOfType(HttpError.class)
        .isThrownBy(() -> decode(coded, Plus.PLUS))
        .matches(error -> error.status() == 400);
  }

  @Test
  void octetsBeyondAsciiAreTakenAsTheBytesThatTheyAre() {
    var octets = new String("ä中".getBytes(UTF_8), java.nio.charset.StandardCharsets.ISO_8859_1);

    assertThat(decode(octets, Plus.PLUS)).isEqualTo("ä中");
  }

  @ParameterizedTest
  @ValueSource(strings = {"中", "a=Ħ", "%41\u012f", "\u2026"})
  void aCharacterThatIsNoOctetIsNeverTakenForAnother(String coded) {
    assertThatExceptionOfType(HttpError.class).isThrownBy(() -> decode(coded, Plus.PLUS));
  }

  @Test
  void whatTheJdkEncodesIsDecoded() {
    var random = new Random(3);
    for (int round = 0; round < 20_000; round++) {
      var text =
          random
              .ints(random.nextInt(20), 0, 0x30000)
              .filter(c -> c < 0xd800 || c > 0xdfff)
              .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
              .toString();

      assertThat(decode(URLEncoder.encode(text, UTF_8), Plus.SPACE)).isEqualTo(text);
    }
  }
}
