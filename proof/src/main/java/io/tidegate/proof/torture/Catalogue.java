package io.tidegate.proof.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/// All attacks.
final class Catalogue {
  static final List<Attack> ALL = all();

  private Catalogue() {}

  private static List<Attack> all() {
    var all = new ArrayList<>(HttpAttacks.all());
    all.addAll(WebSocketAttacks.all());
    all.addAll(Http2Attacks.all());
    return List.copyOf(all);
  }

  /// Those that `names` tell, separated by commas; a name may end in a star. Blank for all.
  ///
  /// @throws IllegalArgumentException naming what is none
  static List<Attack> named(String names) {
    if (names.isBlank()) return ALL;
    var chosen = new ArrayList<Attack>();
    for (var name : names.split(",", -1)) {
      var found = ALL.stream().filter(matching(name.strip())).toList();
      if (found.isEmpty()) throw new IllegalArgumentException("no attack named " + name);
      chosen.addAll(found);
    }
    return List.copyOf(chosen);
  }

  private static Predicate<Attack> matching(String name) {
    if (!name.endsWith("*")) return attack -> attack.name().equals(name);
    var start = name.substring(0, name.length() - 1);
    return attack -> attack.name().startsWith(start);
  }
}
