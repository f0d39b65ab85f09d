package io.tidegate.http.form;

import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.PercentCoding;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// The `name=value` pairs of a query or a form, looked for where they stand: nothing is built out
/// of them, so keys made to collide cost as much as any others, and pairs that nobody asks for cost
/// nothing. Immutable.
public final class Pairs {
  private final String coded;

  private Pairs(String coded) {
    this.coded = coded;
  }

  /// The pairs of `coded`, at most `most`.
  ///
  /// @throws HttpError 400 if there are more
  public static Pairs of(String coded, int most) {
    int pairs = 1;
    for (int i = coded.indexOf('&'); i >= 0; i = coded.indexOf('&', i + 1)) pairs++;
    if (pairs > most) throw new HttpError(400, "more than " + most + " fields");
    return new Pairs(coded);
  }

  /// The first value of `name`; empty if it stands there without one, null if it does not.
  ///
  /// @throws HttpError 400 if a pair on the way is malformed
  public @Nullable String first(String name) {
    var found = new String[1];
    walk((pair, value) -> {
      if (found[0] == null && pair.equals(name)) found[0] = value;
    });
    return found[0];
  }

  /// All values of `name`, in order.
  ///
  /// @throws HttpError 400 if a pair is malformed
  public List<String> all(String name) {
    var found = new ArrayList<String>();
    walk((pair, value) -> {
      if (pair.equals(name)) found.add(value);
    });
    return found;
  }

  /// Shows all pairs to `each`, in order.
  ///
  /// @throws HttpError 400 if a pair is malformed
  public void forEach(BiConsumer<String, String> each) {
    walk(each);
  }

  private void walk(BiConsumer<String, String> each) {
    for (int from = 0; from < coded.length(); ) {
      int end = coded.indexOf('&', from);
      int to = end < 0 ? coded.length() : end;
      if (to > from) {
        int sign = coded.indexOf('=', from, to);
        int nameEnd = sign < 0 ? to : sign;
        each.accept(
            PercentCoding.decode(coded, from, nameEnd, PercentCoding.Plus.SPACE),
            PercentCoding.decode(coded, Math.min(nameEnd + 1, to), to, PercentCoding.Plus.SPACE));
      }
      from = to + 1;
    }
  }

  /// As it came, coded.
  @Override
  public String toString() {
    return coded;
  }
}
