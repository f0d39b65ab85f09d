package io.tidegate.edge.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTest {
  private static final String HASH = "ab".repeat(32);

  @ParameterizedTest
  @CsvSource({
    "*, shop, true",
    "shop, shop, true",
    "shop, shops, false",
    "shop-*, shop-1, true",
    "shop-*, shop, false",
    "*-test, a-test, true",
    "*-test, a-test-2, false",
    "a*b*c, aXXbXXbc, true",
    "a*b*c, abcb, false",
    "**, anything, true"
  })
  void aStarStandsForAnyRunOfCharacters(String glob, String name, boolean allowed) {
    assertThat(claiming(glob).allows(name)).isEqualTo(allowed);
  }

  @Test
  void aReservedNameIsAllowedOnlyWhereItIsSpelledOut() {
    assertThat(claiming("*").allows("www")).isFalse();
    assertThat(claiming("ww*").allows("www")).isFalse();
    assertThat(claiming("www").allows("www")).isTrue();
  }

  @Test
  void theLineOfAKeyReadsBackAsTheSameKey() {
    var key = new Key("team.one", HASH, List.of("shop", "shop-*"), 3, 2, 10);

    assertThat(KeyLine.parse(key.line())).isEqualTo(key);
    assertThat(Key.of("laptop", HASH).line()).isEqualTo("laptop " + HASH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", "a b", "a=b", "#a", "ä"})
  void aKeyNameThatALineCouldNotHoldIsRefused(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Key.of(name, HASH))
        .withMessageContaining("name");
  }

  @Test
  void limitsOutsideTheirBoundsAreRefused() {
    var any = List.of("*");

    assertThatIllegalArgumentException().isThrownBy(() -> new Key("a", HASH, any, 0, 4, 50));
    assertThatIllegalArgumentException().isThrownBy(() -> new Key("a", HASH, any, 1_025, 4, 50));
    assertThatIllegalArgumentException().isThrownBy(() -> new Key("a", HASH, any, 8, 0, 50));
    assertThatIllegalArgumentException().isThrownBy(() -> new Key("a", HASH, any, 8, 65, 50));
    assertThatIllegalArgumentException().isThrownBy(() -> new Key("a", HASH, any, 8, 4, 0));
    assertThatIllegalArgumentException().isThrownBy(() -> new Key("a", HASH, any, 8, 4, 101));
    assertThatIllegalArgumentException().isThrownBy(() -> new Key("a", HASH, List.of(), 8, 4, 50));
  }

  private static Key claiming(String glob) {
    return new Key("a", HASH, List.of(glob), 8, 4, 50);
  }
}
