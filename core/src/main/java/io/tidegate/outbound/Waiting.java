package io.tidegate.outbound;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The messages of one outbox that wait, oldest first, and those of them that stand for a key.
///
/// Not safe for threads: its outbox locks.
final class Waiting {
  private @Nullable Entry first;
  private @Nullable Entry last;
  private @Nullable Map<Object, Entry> latest;
  private int count;

  /// One message.
  static final class Entry {
    final Encoded message;
    final int bytes;
    final int chargedBytes;
    final @Nullable Object key;
    private @Nullable Entry before;
    private @Nullable Entry after;

    Entry(Encoded message, int bytes, int chargedBytes, @Nullable Object key) {
      this.message = message;
      this.bytes = bytes;
      this.chargedBytes = chargedBytes;
      this.key = key;
    }
  }

  int count() {
    return count;
  }

  boolean isEmpty() {
    return first == null;
  }

  void add(Entry entry) {
    entry.before = last;
    if (last == null) first = entry;
    else last.after = entry;
    last = entry;
    count++;
    if (entry.key == null) return;
    if (latest == null) latest = new HashMap<>(4);
    var _ = latest.put(entry.key, entry);
  }

  /// Takes the oldest; null if none waits.
  @Nullable Entry poll() {
    var entry = first;
    if (entry != null) remove(entry);
    return entry;
  }

  /// Takes the one that stands for `key`; null if none waits.
  @Nullable Entry poll(Object key) {
    var entry = latest == null ? null : latest.get(key);
    if (entry != null) remove(entry);
    return entry;
  }

  private void remove(Entry entry) {
    if (entry.before == null) first = entry.after;
    else entry.before.after = entry.after;
    if (entry.after == null) last = entry.before;
    else entry.after.before = entry.before;
    count--;
    var keyed = latest;
    if (entry.key == null || keyed == null) return;
    var _ = keyed.remove(entry.key, entry);
    if (keyed.isEmpty()) latest = null;
  }
}
