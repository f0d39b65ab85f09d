package io.tidegate.http.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.HttpCorpus;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HttpCorpusTest {
  static List<HttpCorpus.Case> cases() {
    return HttpCorpus.cases();
  }

  @Test
  void theCorpusHasItsCasesAndNoTwoAlike() {
    assertThat(cases()).hasSize(138);
    assertThat(cases().stream().map(HttpCorpus.Case::toString)).doesNotHaveDuplicates();
    assertThat(cases().stream().map(HttpCorpus.Case::wire)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aCaseThatComesAtOnceHasItsOutcome(HttpCorpus.Case one) {
    var read = ReadRequests.of(one.bytes(), HeadLimits.DEFAULT, all -> all);

    assertThat(read.status()).isEqualTo(one.status());
    assertThat(read.requests()).hasSize(one.complete());
    assertThat(read.waiting()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aCaseThatComesByteByByteReadsTheSame(HttpCorpus.Case one) {
    var whole = ReadRequests.of(one.bytes(), HeadLimits.DEFAULT, all -> all);

    assertThat(ReadRequests.of(one.bytes(), HeadLimits.DEFAULT, _ -> 1)).isEqualTo(whole);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aCaseThatComesInOddPiecesReadsTheSame(HttpCorpus.Case one) {
    var random = new Random(one.toString().hashCode());
    var whole = ReadRequests.of(one.bytes(), HeadLimits.DEFAULT, all -> all);

    for (int round = 0; round < 20; round++) {
      var pieces =
          ReadRequests.of(
              one.bytes(), HeadLimits.DEFAULT, left -> 1 + random.nextInt(Math.min(left, 40)));
      assertThat(pieces).isEqualTo(whole);
    }
  }
}
