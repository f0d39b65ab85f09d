package io.tidegate.hub;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The messages that a topic keeps, in their order: bounded by bytes first, then by count, then by
/// age. A keyed one keeps the newest of each key; a message whose key is updated leaves a hole, and
/// holes are closed when the array is full, which is once for as many messages as it holds. One
/// that a reader's round still wants ([Rounds]) stays in its slot, superseded, as long as its bytes
/// find room beside the newest.
///
/// Guarded by its topic.
final class Ring {
  /// A reference and an offset.
  static final int SLOT_BYTES = 16;

  private static final int LEAST_SLOTS = 16;

  /// One in so many slots is made free where the array cannot grow: all others move for it, and for
  /// the messages that come next.
  private static final int SPARE = 8;

  /// Superseded messages that one call lets go of: more than one comes with each update, so they do
  /// not pile up, and no publisher waits for a thousand.
  private static final int LEAVING = 2;

  private static final int LEAVING_AFTER_ROUND = 1_024;

  private final TopicKind kind;
  private final @Nullable Map<String, KeptEntry> keys;
  private @Nullable KeptEntry[] slots = {};
  private long[] offsets = {};

  /// Before it, no slot is used.
  private int first;

  /// Before it, no slot holds a newest message.
  private int start;

  private int end;
  private int count;
  private final Rounds rounds = new Rounds();
  private int superseded;
  private @Nullable KeptEntry oldestSuperseded;
  private @Nullable KeptEntry newestSuperseded;
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
  /// none. Where the account has no room, the oldest messages go.
  boolean hasSlot(Account account) {
    if (end < slots.length) return true;
    if (slots.length >= LEAST_SLOTS && count + superseded <= slots.length / 2) {
      move(slots.length);
      return true;
    }
    int larger = Math.max(LEAST_SLOTS, slots.length * 2);
    if (account.charge(Purse.HEAP, (larger - slots.length) * SLOT_BYTES)) {
      move(larger);
      return true;
    }
    int most = slots.length - slots.length / SPARE;
    while (count + superseded > most) letOldestOfAllGo();
    if (slots.length > 0) move(slots.length);
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
    for (int from = first; from < end; from++) {
      var entry = slots[from];
      if (entry == null) continue;
      moved[to] = entry;
      movedOffsets[to] = entry.offset();
      entry.slot = to++;
    }
    if (moved == slots) Arrays.fill(slots, to, end, null);
    slots = moved;
    offsets = movedOffsets;
    end = to;
    first = 0;
    start = 0;
    skipHoles();
  }

  /// Puts `entry` behind all others, once those have made room that must; there is a slot.
  void add(KeptEntry entry, long nowNanos) {
    var key = entry.publication().key();
    if (keys != null && key != null) replace(key, entry);
    makeRoom(entry, nowNanos);
    if (count + superseded == 0) {
      first = 0;
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
    if (before != null && before.offset() <= rounds.newestEnd()) supersede(before, entry);
    else if (before != null) remove(before);
    letSupersededGo(LEAVING);
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
        int room = keyed.ringBytes() - entry.heldBytes();
        while (superseded > 0 && bytes > room) letOldestSupersededGo();
        while (count > 0 && bytes > room) letOldestGo();
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
    while (bytes > most && superseded > 0) letOldestSupersededGo();
    while (bytes > most && count > 1 && slots[start] != entry) letOldestGo();
  }

  // ---- rounds

  /// As [Rounds#enter].
  Rounds.Round enterRound(long position, long head, long nowNanos) {
    return rounds.enter(position, head, nowNanos);
  }

  /// As [Rounds#leave]: what it alone has wanted goes.
  void leaveRound(Rounds.Round round) {
    rounds.leave(round);
    letSupersededGo(LEAVING_AFTER_ROUND);
  }

  /// `by` is the newest of its key from here on.
  private void supersede(KeptEntry entry, KeptEntry by) {
    if (entry.isRemoval()) unlinkTombstone(entry);
    entry.supersededAt = by.offset();
    if (newestSuperseded != null) newestSuperseded.nextSuperseded = entry;
    else oldestSuperseded = entry;
    newestSuperseded = entry;
    superseded++;
    count--;
    skipHoles();
  }

  /// Lets go of up to `most` that no round wants any more.
  private void letSupersededGo(int most) {
    for (int i = 0; i < most; i++) {
      var oldest = oldestSuperseded;
      if (oldest == null || !rounds.noneBefore(oldest.supersededAt)) return;
      letOldestSupersededGo();
    }
  }

  private void letOldestSupersededGo() {
    var oldest = oldestSuperseded;
    if (oldest == null) return;
    oldestSuperseded = oldest.nextSuperseded;
    if (oldestSuperseded == null) newestSuperseded = null;
    oldest.nextSuperseded = null;
    superseded--;
    empty(oldest);
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

  /// Bytes that the hub lacks, of each purse.
  static final class Missing {
    private long direct;
    private long heap;

    Missing(long direct, long heap) {
      this.direct = direct;
      this.heap = heap;
    }

    private boolean isNothing() {
      return direct <= 0 && heap <= 0;
    }

    private void without(KeptEntry entry) {
      direct -= entry.directBytes();
      heap -= entry.heapBytes();
    }
  }

  /// Lets go of as many of the oldest before `offset` as make room for what is missing; of none if
  /// all of them would not. What somebody else keeps makes none before it has left, as `leftBytes`
  /// of others will: it goes where nothing else would do.
  void letGo(Missing missing, long leftBytes, long offset) {
    int enough = count(new Missing(missing.direct, missing.heap), offset, false);
    if (enough < 0)
      enough = count(new Missing(missing.direct - leftBytes, missing.heap), offset, true);
    for (int i = 0; i < enough; i++) letOldestOfAllGo();
  }

  /// How many of the oldest before `offset` make room for what is missing; -1 if all do not.
  private int count(Missing missing, long offset, boolean keptToo) {
    int counted = 0;
    for (var each = oldestSuperseded; each != null; each = each.nextSuperseded) {
      if (missing.isNothing()) return counted;
      counted++;
      if (keptToo || each.isAlone()) missing.without(each);
    }
    for (int i = start; i < end && offsets[i] < offset; i++) {
      if (missing.isNothing()) return counted;
      var each = newestAt(i);
      if (each == null) continue;
      counted++;
      if (keptToo || each.isAlone()) missing.without(each);
    }
    return missing.isNothing() ? counted : -1;
  }

  /// Superseded messages go before others.
  private void letOldestOfAllGo() {
    if (superseded > 0) letOldestSupersededGo();
    else letOldestGo();
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
    while (superseded > 0) letOldestSupersededGo();
    while (count > 0) letOldestGo();
  }

  private void remove(KeptEntry entry) {
    if (entry.isRemoval()) unlinkTombstone(entry);
    count--;
    empty(entry);
  }

  private void empty(KeptEntry entry) {
    slots[entry.slot] = null;
    bytes -= entry.heldBytes();
    entry.leaveRing();
    skipHoles();
  }

  private void skipHoles() {
    while (first < end && slots[first] == null) first++;
    if (start < first) start = first;
    while (start < end && newestAt(start) == null) start++;
  }

  /// What a slot holds, unless it was superseded.
  private @Nullable KeptEntry newestAt(int slot) {
    var entry = slots[slot];
    return entry == null || entry.supersededAt > 0 ? null : entry;
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
      var entry = newestAt(i);
      if (entry != null) return entry;
    }
    return null;
  }

  /// The first behind `offset`; null if there is none.
  @Nullable KeptEntry next(long offset) {
    for (int i = firstSlotBehind(offset, start); i < end; i++) {
      var entry = newestAt(i);
      if (entry != null) return entry;
    }
    return null;
  }

  /// The first behind `offset` that is the newest of its key now, or was at the moment of `round`.
  @Nullable KeptEntry next(long offset, Rounds.Round round) {
    for (int i = firstSlotBehind(offset, first); i < end; i++) {
      var entry = slots[i];
      if (entry != null && entry.isNewestOf(round)) return entry;
    }
    return null;
  }

  private int firstSlotBehind(long offset, int from) {
    if (from == end || offsets[end - 1] <= offset) return end;
    if (end - from == 1 || offsets[end - 2] <= offset) return end - 1;
    int low = from;
    int high = end - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offsets[middle] <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /// The rounds of a keyed topic's readers that are under way. In a round a reader is given every
  /// key's value as of one moment, so that no key can flee from it for ever by being updated faster
  /// than it reads: what is replaced meanwhile stays in the ring until the round is over.
  static final class Rounds {
    /// Most rounds at once: a further one takes the place of the oldest, whose readers then miss
    /// what has been replaced, until their next.
    static final int MOST = 16;

    /// These, their queue, this.
    static final int HEAP_BYTES = MOST * 40 + 128;

    /// When there are as many as may be, readers who come so soon after one another share a round.
    private static final long SHARED_NANOS = Duration.ofMillis(250).toNanos();

    private final ArrayDeque<Round> open = new ArrayDeque<>(MOST + 1);

    /// A moment, and how many read as of it.
    static final class Round {
      private final long end;
      private final long begunNanos;
      private int readers;

      private Round(long end, long begunNanos) {
        this.end = end;
        this.begunNanos = begunNanos;
      }

      /// The topic's last offset at that moment.
      long end() {
        return end;
      }
    }

    /// Begins the round of a reader that has seen all up to `position`, where the topic stands at
    /// `head`; [#leave] ends it.
    Round enter(long position, long head, long nowNanos) {
      var newest = open.peekLast();
      if (newest == null || !suits(newest, position, head, nowNanos)) {
        if (open.size() == MOST) {
          var _ = open.remove();
        }
        newest = new Round(head, nowNanos);
        open.add(newest);
      }
      newest.readers++;
      return newest;
    }

    private boolean suits(Round newest, long position, long head, long nowNanos) {
      if (newest.end == head) return true;
      return open.size() == MOST
          && newest.end > position
          && nowNanos - newest.begunNanos < SHARED_NANOS;
    }

    /// A reader's round is over.
    void leave(Round round) {
      if (--round.readers > 0) return;
      var _ = open.remove(round);
    }

    /// The end of the newest: what lies behind it nobody needs once it is replaced. 0 if there is
    /// none.
    long newestEnd() {
      var newest = open.peekLast();
      return newest == null ? 0 : newest.end;
    }

    /// Whether no round is as of a moment before `offset`.
    boolean noneBefore(long offset) {
      @Nullable Round oldest = open.peekFirst();
      return oldest == null || oldest.end >= offset;
    }
  }
}
