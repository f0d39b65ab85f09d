package io.tidegate.http.form;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.tidegate.http.semantics.HttpError;
import java.net.URLEncoder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PairsTest {
  private static List<String> shown(Pairs pairs) {
    var shown = new ArrayList<String>();
    pairs.forEach((name, value) -> shown.add(name + ">" + value));
    return shown;
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '~',
      value = {
        "a=1&b=2, a>1|b>2",
        "a, a>",
        "a=, a>",
        "=b, >b",
        "=, >",
        "a=b=c, a>b=c",
        "&&a=1&, a>1",
        "a&b=c, a>|b>c",
        "a+b=c%26d, a b>c&d",
        "%61=%3D, a>=",
      })
  void aPairIsCutAtItsFirstSign(String coded, String pairs) {
    assertThat(shown(Pairs.of(coded, 10))).containsExactly(pairs.split("\\|"));
  }

  @Test
  void ofEqualNamesTheFirstCountsAndAllAreKept() {
    var pairs = Pairs.of("n=1&m=x&n=2&n", 10);

    assertThat(pairs.first("n")).isEqualTo("1");
    assertThat(pairs.all("n")).containsExactly("1", "2", "");
    assertThat(pairs.first("N")).isNull();
    assertThat(pairs.all("o")).isEmpty();
    assertThat(Pairs.of("", 1).first("")).isNull();
  }

  @Test
  void asManyAsTheBoundPassAndOneMoreDoesNot() {
    assertThat(shown(Pairs.of("a&".repeat(9) + "a", 10))).hasSize(10);
    assertThatExceptionOfType(HttpError.class)
        .isThrownBy(() -> Pairs.of("&".repeat(10), 10))
        .matches(error -> error.status() == 400);
  }

  @Test
  void aMalformedPairIsThePeersFaultWhoeverIsAskedFor() {
    var pairs = Pairs.of("a=1&b=%f", 10);

    assertThatExceptionOfType(HttpError.class)
        .isThrownBy(() -> pairs.first("a"))
        .matches(error -> error.status() == 400);
  }

  @Test
  void whatTheJdkEncodesIsReadBack() {
    var random = new Random(5);
    for (int round = 0; round < 5_000; round++) {
      var expected = new ArrayList<String>();
      var coded = new StringBuilder();
      for (int i = random.nextInt(6); i >= 0; i--) {
        var name = text(random);
        var value = text(random);
        expected.add(name + ">" + value);
        coded.append(URLEncoder.encode(name, UTF_8)).append('=');
        coded.append(URLEncoder.encode(value, UTF_8)).append(i > 0 ? "&" : "");
      }

      assertThat(shown(Pairs.of(coded.toString(), 10))).isEqualTo(expected);
    }
  }

  private static String text(Random random) {
    return random
        .ints(random.nextInt(8), ' ', 0x2000)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }

  @Test
  void garbageIsReadOrRefusedAndNothingElse() {
    var random = new Random(6);
    var alphabet = "a=&%+;41fF\u00e9";
    for (int round = 0; round < 100_000; round++) {
      var coded = new StringBuilder();
      for (int i = random.nextInt(16); i > 0; i--)
        coded.append(alphabet.charAt(random.nextInt(alphabet.length())));
      try {
        var pairs = Pairs.of(coded.toString(), 16);
        var all = shown(pairs);

        if (!all.isEmpty()) {
          var first = all.getFirst();
          assertThat(pairs.first(first.substring(0, first.indexOf('>')))).isNotNull();
        }
      } catch (HttpError refused) {
        assertThat(refused.status()).isEqualTo(400);
      }
    }
  }
}
