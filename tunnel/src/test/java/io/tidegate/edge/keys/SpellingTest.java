package io.tidegate.edge.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpellingTest {
  private static final List<String> KNOWN = List.of("names", "tunnels", "links", "share");

  @ParameterizedTest
  @CsvSource({
    "tunnel, tunnels",
    "Links, links",
    "lnik, links",
    "nmaes, names",
    "shaer, share",
    "tunnelz, tunnels"
  })
  void aMistypedWordFindsTheOneThatWasMeant(String typed, String meant) {
    assertThat(Spelling.nearest(typed, KNOWN)).isEqualTo(meant);
  }

  @ParameterizedTest
  @CsvSource({"colour", "x", "''", "rate"})
  void aWordThatIsNearToNoneFindsNone(String typed) {
    assertThat(Spelling.nearest(typed, KNOWN)).isNull();
  }

  @Test
  void theHintIsEmptyWhereThereIsNothingToName() {
    assertThat(Spelling.hint("colour", KNOWN)).isEmpty();
    assertThat(Spelling.hint("tunnel", KNOWN)).isEqualTo("; did you mean 'tunnels'?");
  }
}
