package io.tidegate.edge.keys;

import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Finds the word that somebody who mistyped a name most likely meant.
public final class Spelling {
  private Spelling() {}

  /// Returns the word of `known` that is nearest to `word`, or null when none is near enough to
  /// name.
  ///
  /// Near enough is: at most one edit in three characters, rounded up. Case does not count. Of two
  /// words equally near the first is returned.
  public static @Nullable String nearest(String word, Collection<String> known) {
    var allowedEdits = (word.length() + 2) / 3;
    String best = null;
    for (var candidate : known) {
      var edits = edits(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
      if (edits <= allowedEdits) {
        best = candidate;
        allowedEdits = edits - 1;
      }
    }
    return best;
  }

  /// Returns `; did you mean 'X'?`, or nothing when no known word is near.
  public static String hint(String word, Collection<String> known) {
    var nearest = nearest(word, known);
    return nearest == null ? "" : "; did you mean '" + nearest + "'?";
  }

  /// Levenshtein's distance, in which two exchanged neighbours count as one edit.
  private static int edits(String from, String to) {
    var beforeLast = new int[to.length() + 1];
    var last = new int[to.length() + 1];
    for (var j = 0; j <= to.length(); j++) {
      last[j] = j;
    }
    for (var i = 1; i <= from.length(); i++) {
      var row = new int[to.length() + 1];
      row[0] = i;
      for (var j = 1; j <= to.length(); j++) {
        var same = from.charAt(i - 1) == to.charAt(j - 1);
        row[j] = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + (same ? 0 : 1));
        if (exchanged(from, i, to, j)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      beforeLast = last;
      last = row;
    }
    return last[to.length()];
  }

  private static boolean exchanged(String from, int i, String to, int j) {
    return i > 1
        && j > 1
        && from.charAt(i - 1) == to.charAt(j - 2)
        && from.charAt(i - 2) == to.charAt(j - 1);
  }
}
