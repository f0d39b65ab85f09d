package io.tidegate.hub;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The messages that a topic keeps, in their order: bounded by bytes first, then by count, then by
/// age. A keyed one keeps the newest of each key; a message whose key is updated leaves a hole, and
/// holes are closed when the array is full, which is once for as many messages as it holds.
///
/// Guarded by its topic.
final class Ring {
  /// A reference and an offset.
  static final int SLOT_BYTES = 16;

  private static final int LEAST_SLOTS = 16;

  private final TopicKind kind;
  private final @Nullable Map<String, KeptEntry> keys;
  private @Nullable KeptEntry[] slots = {};
  private long[] offsets = {};
  private int start;
  private int end;
  private int count;
  private int tombstones;
  private @Nullable KeptEntry oldestTombstone;
  private @Nullable KeptEntry newestTombstone;
  private long bytes;
  private long forgotten;

  Ring(TopicKind kind) {
    this.kind = kind;
    this.keys = kind instanceof TopicKind.Keyed ? new HashMap<>() : null;
  }

  int count() {
    return count;
  }

  /// Bytes that its messages hold.
  long bytes() {
    return bytes;
  }

  /// The last offset at which a key's value, or the word of its removal, was let go of for want of
  /// room: who has not read that far does not know what became of that key.
  long forgotten() {
    return forgotten;
  }

  // ---- what comes

  /// Whether there is a slot for one more message; made, and charged to `account`, if there is
  /// none.
  boolean hasSlot(Account account) {
    if (end < slots.length) return true;
    if (slots.length >= LEAST_SLOTS && count <= slots.length / 2) {
      move(slots.length);
      return true;
    }
    int larger = Math.max(LEAST_SLOTS, slots.length * 2);
    if (account.charge(Purse.HEAP, (larger - slots.length) * SLOT_BYTES)) {
      move(larger);
      return true;
    }
    if (count < slots.length) move(slots.length);
    return end < slots.length;
  }

  /// What was charged for slots.
  int slotBytes() {
    return slots.length * SLOT_BYTES;
  }

  /// Closes all holes, in an array of `length`.
  private void move(int length) {
    @Nullable KeptEntry[] moved = length == slots.length ? slots : new @Nullable KeptEntry[length];
    long[] movedOffsets = length == slots.length ? offsets : new long[length];
    int to = 0;
    for (int from = start; from < end; from++) {
      var entry = slots[from];
      if (entry == null) continue;
      moved[to] = entry;
      movedOffsets[to] = entry.offset();
      entry.slot = to++;
    }
    if (moved == slots) Arrays.fill(slots, to, end, null);
    slots = moved;
    offsets = movedOffsets;
    start = 0;
    end = to;
  }

  /// Puts `entry` behind all others, once those have made room that must; there is a slot.
  void add(KeptEntry entry, long nowNanos) {
    var key = entry.publication().key();
    if (keys != null && key != null) replace(key, entry);
    makeRoom(entry, nowNanos);
    if (count == 0) {
      start = 0;
      end = 0;
    }
    slots[end] = entry;
    offsets[end] = entry.offset();
    entry.slot = end++;
    count++;
    bytes += entry.heldBytes();
    if (entry.isRemoval()) linkTombstone(entry);
  }

  private void replace(String key, KeptEntry entry) {
    if (keys == null) return;
    var before = keys.put(key, entry);
    if (before != null) remove(before);
  }

  private void makeRoom(KeptEntry entry, long nowNanos) {
    switch (kind) {
      case TopicKind.Latest _ -> {
        while (count > 0) letOldestGo();
      }
      case TopicKind.Log log -> {
        expire(nowNanos);
        while (count >= log.maxMessages()) letOldestGo();
        while (count > 0 && bytes + entry.heldBytes() > log.ringBytes()) letOldestGo();
      }
      case TopicKind.Keyed keyed -> {
        while (entry.isRemoval() && tombstones >= keyed.maxTombstones()) letOldestTombstoneGo();
        while (!entry.isRemoval() && count - tombstones >= keyed.maxKeys()) letOldestGo();
        while (count > 0 && bytes + entry.heldBytes() > keyed.ringBytes()) letOldestGo();
      }
    }
  }

  /// `entry` holds `more` bytes than before: others may have to go, itself never.
  void grew(KeptEntry entry, int more) {
    bytes += more;
    int most =
        switch (kind) {
          case TopicKind.Latest _ -> Integer.MAX_VALUE;
          case TopicKind.Log log -> log.ringBytes();
          case TopicKind.Keyed keyed -> keyed.ringBytes();
        };
    while (bytes > most && count > 1 && slots[start] != entry) letOldestGo();
  }

  // ---- what goes

  /// Lets go of what is too old.
  void expire(long nowNanos) {
    if (!(kind instanceof TopicKind.Log log)) return;
    long most = log.maxAge().toNanos();
    for (var oldest = oldest(); oldest != null; oldest = oldest()) {
      if (nowNanos - oldest.publishedNanos() < most) return;
      letOldestGo();
    }
  }

  /// Lets the oldest go, if there is one.
  void letOldestGo() {
    var oldest = oldest();
    if (oldest != null) forget(oldest);
  }

  private void letOldestTombstoneGo() {
    if (oldestTombstone != null) forget(oldestTombstone);
  }

  private void forget(KeptEntry entry) {
    var key = entry.publication().key();
    if (keys != null && key != null) {
      var _ = keys.remove(key);
      forgotten = Math.max(forgotten, entry.offset());
    }
    remove(entry);
  }

  void clear() {
    while (count > 0) letOldestGo();
  }

  private void remove(KeptEntry entry) {
    if (entry.isRemoval()) unlinkTombstone(entry);
    slots[entry.slot] = null;
    count--;
    bytes -= entry.heldBytes();
    entry.leaveRing();
    while (start < end && slots[start] == null) start++;
  }

  private void linkTombstone(KeptEntry entry) {
    tombstones++;
    entry.olderTombstone = newestTombstone;
    if (newestTombstone != null) newestTombstone.newerTombstone = entry;
    else oldestTombstone = entry;
    newestTombstone = entry;
  }

  private void unlinkTombstone(KeptEntry entry) {
    tombstones--;
    var older = entry.olderTombstone;
    var newer = entry.newerTombstone;
    if (older != null) older.newerTombstone = newer;
    else oldestTombstone = newer;
    if (newer != null) newer.olderTombstone = older;
    else newestTombstone = older;
    entry.olderTombstone = null;
    entry.newerTombstone = null;
  }

  // ---- what is there

  /// The oldest; null if there is none. What lies before it was removed.
  @Nullable KeptEntry oldest() {
    return count == 0 ? null : slots[start];
  }

  /// The newest; null if there is none.
  @Nullable KeptEntry newest() {
    for (int i = end - 1; i >= start; i--) {
      if (slots[i] != null) return slots[i];
    }
    return null;
  }

  /// The first behind `offset`; null if there is none.
  @Nullable KeptEntry next(long offset) {
    for (int i = firstSlotBehind(offset); i < end; i++) {
      if (slots[i] != null) return slots[i];
    }
    return null;
  }

  private int firstSlotBehind(long offset) {
    if (start == end || offsets[end - 1] <= offset) return end;
    if (end - start == 1 || offsets[end - 2] <= offset) return end - 1;
    int low = start;
    int high = end - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offsets[middle] <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
