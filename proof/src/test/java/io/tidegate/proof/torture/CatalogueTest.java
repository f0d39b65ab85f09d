package io.tidegate.proof.torture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import org.junit.jupiter.api.Test;

class CatalogueTest {
  @Test
  void everyAttackHasANameOfItsOwn() {
    var names = Catalogue.ALL.stream().map(Attack::name).toList();

    assertThat(new HashSet<>(names)).hasSameSizeAs(names);
  }

  @Test
  void attacksAreNamedSinglyOrByAStar() {
    var chosen = Catalogue.named("silent, ws-pings*");

    assertThat(chosen)
        .extracting(Attack::name)
        .containsExactly("silent", "ws-pings", "ws-pings-unread");
    assertThatThrownBy(() -> Catalogue.named("silent,love")).hasMessageContaining("love");
  }

  @Test
  void collidingKeysCollide() {
    var keys = HttpAttacks.collisions(3, "&").split("&", -1);

    assertThat(keys).hasSize(8).doesNotHaveDuplicates();
    assertThat(keys)
        .extracting(key -> key.substring(0, 6).hashCode())
        .containsOnly("AaAaAa".hashCode());
  }
}
