package io.tidegate.edge.keys;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The keys of one reading of a token file. Immutable.
final class Keys {
  private static final int MAX_KEYS = 4_096;

  /// Of SHA-256.
  private static final int HASH_BYTES = 32;

  private final List<Key> inOrder;
  private final byte[][] hashes;
  private final @Nullable Key[] nobodyAndAll;

  private Keys(List<Key> keys) {
    inOrder = List.copyOf(keys);
    hashes = inOrder.stream().map(Key::hash).toArray(byte[][]::new);
    nobodyAndAll = new @Nullable Key[inOrder.size() + 1];
    for (int i = 0; i < inOrder.size(); i++) nobodyAndAll[i + 1] = inOrder.get(i);
  }

  /// Reads the lines of `text`; `file` is how the messages call it.
  ///
  /// @throws TokenFileException naming the first wrong line
  static Keys parse(String file, String text) throws TokenFileException {
    var keys = new ArrayList<Key>();
    var lineOfName = new HashMap<String, Integer>();
    var lineOfHash = new HashMap<String, Integer>();
    var lineNumber = 0;
    for (var line : (Iterable<String>) text.lines()::iterator) {
      lineNumber++;
      if (line.isBlank() || line.stripLeading().startsWith("#")) {
        continue;
      }
      try {
        var key = KeyLine.parse(line);
        refuseRepeated("name", lineOfName.put(key.name().toLowerCase(Locale.ROOT), lineNumber));
        refuseRepeated("token", lineOfHash.put(key.sha256(), lineNumber));
        keys.add(key);
        if (keys.size() > MAX_KEYS) {
          throw new IllegalArgumentException("more than " + MAX_KEYS + " keys");
        }
      } catch (IllegalArgumentException e) {
        throw new TokenFileException(file + ":" + lineNumber + ": " + e.getMessage());
      }
    }
    return new Keys(keys);
  }

  private static void refuseRepeated(String what, @Nullable Integer earlierLine) {
    if (earlierLine != null) {
      throw new IllegalArgumentException("the same " + what + " as in line " + earlierLine);
    }
  }

  /// Compares every byte of every key's hash, also after a match, and takes no branch that depends
  /// on one: the time tells nothing of where or whether it matched.
  @Nullable Key find(byte[] hash) {
    int found = 0;
    for (int i = 0; i < hashes.length; i++) {
      int match = ifEqual(hashes[i], hash);
      found = (found & ~match) | ((i + 1) & match);
    }
    return nobodyAndAll[found];
  }

  /// All bits where both are equal, else none.
  private static int ifEqual(byte[] one, byte[] other) {
    int differ = 0;
    for (int i = 0; i < HASH_BYTES; i++) differ |= one[i] ^ other[i];
    return ((differ & 0xff) - 1) >> 31;
  }

  List<Key> inOrder() {
    return inOrder;
  }
}
