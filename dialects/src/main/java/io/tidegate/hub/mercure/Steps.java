package io.tidegate.hub.mercure;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a text must be, character by character: steps in a row, of which some repeat, and jumps
/// that leave some out or go back. Templates and URL patterns come to this.
///
/// All ways through it are walked at once, a bit for each step (Glushkov): so a look costs, for
/// each of the text's characters, a word for every 64 steps and a glance at each jump, whatever the
/// pattern; there is nothing to go back to. Immutable; safe for any thread.
final class Steps {
  /// Jumps are glanced at for each character: as many as 32 optional variables come to.
  static final int MOST_JUMPS = 64;

  /// Characters of a kind.
  enum Kind {
    /// Unreserved or percent-coded, RFC 6570 §3.2.1.
    UNRESERVED("-._~%", true),
    /// Those and reserved ones.
    RESERVED("-._~%:/?#[]@!$&'()*+,;=", true),
    /// Unreserved, and what is between a name and its value.
    PAIRS("-._~%=", true),
    /// Of a segment of a path.
    SEGMENT("/?#", false),
    /// Of a path.
    PATH("?#", false),
    /// Of a label of a host.
    LABEL("./?#:", false),
    /// Of a host.
    HOST("/?#:", false),
    /// Of a query.
    QUERY("#", false),
    /// Digits of a port.
    DIGITS("0123456789", true),
    /// Any.
    ANY("", false);

    private final String listed;
    private final boolean only;

    /// `only` those that are listed (and, of those of templates, letters and digits), or all
    /// others.
    Kind(String listed, boolean only) {
      this.listed = listed;
      this.only = only;
    }

    boolean has(char c) {
      if (listed.indexOf(c) >= 0) return only;
      return only ? ordinal() <= PAIRS.ordinal() && isAlphanumeric(c) : true;
    }
  }

  private final int count;
  private final char[] letters;
  private final long[][] byLetter;
  private final Kind[] kinds;
  private final long[][] byKind;
  private final long[] repeats;
  private final int[] from;
  private final int[] to;

  private Steps(Builder builder) {
    count = builder.count;
    letters = new char[builder.byLetter.size()];
    byLetter = new long[letters.length][];
    int i = 0;
    for (var entry : builder.byLetter.entrySet()) {
      letters[i] = entry.getKey();
      byLetter[i++] = bits(entry.getValue());
    }
    kinds = builder.byKind.keySet().toArray(Kind[]::new);
    byKind = builder.byKind.values().stream().map(this::bits).toArray(long[][]::new);
    repeats = bits(builder.repeats);
    builder.jumps.sort((a, b) -> Integer.compare(a[0], b[0]));
    from = builder.jumps.stream().mapToInt(jump -> jump[0]).toArray();
    to = builder.jumps.stream().mapToInt(jump -> jump[1]).toArray();
  }

  /// A bit for each step, and one for the end.
  private long[] bits(List<Integer> steps) {
    var bits = new long[count / Long.SIZE + 1];
    for (int step : steps) set(bits, step);
    return bits;
  }

  private static void set(long[] bits, int i) {
    bits[i / Long.SIZE] |= 1L << i;
  }

  private static boolean has(long[] bits, int i) {
    return (bits[i / Long.SIZE] & 1L << i) != 0;
  }

  /// Whether `text` leads from the first step to the end.
  boolean matches(String text) {
    var now = new long[repeats.length];
    var next = new long[repeats.length];
    set(now, 0);
    jump(now);
    for (int i = 0; i < text.length(); i++) {
      if (!walk(now, next, text.charAt(i))) return false;
      jump(next);
      var before = now;
      now = next;
      next = before;
    }
    return has(now, count);
  }

  private boolean walk(long[] now, long[] next, char c) {
    int letter = Arrays.binarySearch(letters, c);
    int found = found(c);
    long carried = 0;
    long any = 0;
    for (int word = 0; word < now.length; word++) {
      long taken = now[word] == 0 ? 0 : now[word] & takers(word, letter, found);
      long moved = taken & ~repeats[word];
      next[word] = (taken & repeats[word]) | moved << 1 | carried;
      carried = moved >>> (Long.SIZE - 1);
      any |= next[word];
    }
    return any != 0;
  }

  /// Of which kinds `c` is, a bit for each.
  private int found(char c) {
    int found = 0;
    for (int k = 0; k < kinds.length; k++) if (kinds[k].has(c)) found |= 1 << k;
    return found;
  }

  /// Which steps of this word take what is this letter, if it is one, and of the kinds `found`.
  private long takers(int word, int letter, int found) {
    long takers = letter < 0 ? 0 : byLetter[letter][word];
    for (int k = 0; k < kinds.length; k++) if ((found & 1 << k) != 0) takers |= byKind[k][word];
    return takers;
  }

  /// Jumps are sorted by where they begin: those ahead are followed in one go, and after one that
  /// leads back to where nobody stood, once more.
  private void jump(long[] steps) {
    boolean again = true;
    for (int round = 0; again && round < 3; round++) {
      again = false;
      for (int j = 0; j < from.length; j++) {
        if (!has(steps, from[j]) || has(steps, to[j])) continue;
        set(steps, to[j]);
        again |= to[j] < from[j];
      }
    }
  }

  /// What it is charged while somebody asks for it.
  int heldBytes() {
    int tables = letters.length + kinds.length + 1;
    return 256 + tables * (32 + Long.BYTES * repeats.length) + 8 * from.length;
  }

  /// How many jumps there are.
  int jumps() {
    return from.length;
  }

  static boolean isAlphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  /// Puts steps in a row. Used by one thread.
  static final class Builder {
    private int count;
    private final Map<Character, List<Integer>> byLetter = new TreeMap<>();
    private final Map<Kind, List<Integer>> byKind = new EnumMap<>(Kind.class);
    private final List<Integer> repeats = new ArrayList<>();
    private final List<int[]> jumps = new ArrayList<>();

    /// Where the next step comes.
    int here() {
      return count;
    }

    /// Each of these characters, in turn.
    void text(String text) {
      for (int i = 0; i < text.length(); i++)
        byLetter.computeIfAbsent(text.charAt(i), _ -> new ArrayList<>()).add(count++);
    }

    /// One of this kind.
    void one(Kind kind) {
      byKind.computeIfAbsent(kind, _ -> new ArrayList<>()).add(count++);
    }

    /// As many of this kind as there are, or none.
    void many(Kind kind) {
      repeats.add(count);
      jumps.add(new int[] {count, count + 1});
      one(kind);
    }

    /// Who stands before step `from` may stand before `to` as well.
    void jump(int from, int to) {
      jumps.add(new int[] {from, to});
    }

    /// Whether so many jumps may be.
    boolean fits() {
      return jumps.size() <= MOST_JUMPS;
    }

    Steps steps() {
      return new Steps(this);
    }
  }
}
