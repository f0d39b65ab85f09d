package io.tidegate.differential;

import io.tidegate.differential.Draft.Shape;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/// Gathers mutations, class by class.
final class Catalogue {
  private final List<Mutation> all = new ArrayList<>();
  private String kind = "";
  private Set<Shape> shapes = Set.of();

  /// All mutations there are, always in the same order.
  static List<Mutation> all() {
    var catalogue = new Catalogue();
    LineMutations.addTo(catalogue);
    FieldMutations.addTo(catalogue);
    BodyMutations.addTo(catalogue);
    return List.copyOf(catalogue.all);
  }

  /// What is added from now on is of class `kind`, for any request.
  void begin(String kind) {
    this.kind = kind;
    this.shapes = EnumSet.allOf(Shape.class);
  }

  /// What is added from now on is of class `kind`, for requests of one shape.
  void begin(String kind, Shape shape) {
    this.kind = kind;
    this.shapes = EnumSet.of(shape);
  }

  void harmless(String name, Consumer<Draft> change) {
    all.add(new Mutation(kind, name, shapes, true, change));
  }

  void wrong(String name, Consumer<Draft> change) {
    all.add(new Mutation(kind, name, shapes, false, change));
  }

  /// One for each of `values`, which names it.
  void harmless(BiConsumer<Draft, String> change, String... values) {
    for (var value : values) harmless(shown(value), draft -> change.accept(draft, value));
  }

  /// One for each of `values`, which names it.
  void wrong(BiConsumer<Draft, String> change, String... values) {
    for (var value : values) wrong(shown(value), draft -> change.accept(draft, value));
  }

  /// Every byte so that it can be seen.
  static String shown(String latin1) {
    var shown = new StringBuilder("'");
    for (int i = 0; i < latin1.length(); i++) {
      char c = latin1.charAt(i);
      if (c == '\r') shown.append("\\r");
      else if (c == '\n') shown.append("\\n");
      else if (c >= ' ' && c < 0x7f) shown.append(c);
      else shown.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
    }
    return shown.append('\'').toString();
  }
}
