package io.tidegate.hub.mercure;

import io.tidegate.hub.Entry;
import io.tidegate.hub.Position;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;

/// The ids of updates, and where the updates stand that their publishers have named.
///
/// An id of the hub's own is the update's position. Of those that publishers chose, the last few
/// thousand are found again by 64 bits of their SHA-256: 16 B each, made once at the start, so that
/// no account has to pay for what outlives its message. Safe for any thread.
final class EventIds {
  /// Before the position in an id of the hub's own.
  static final String PREFIX = "urn:tidegate:";

  /// What a subscriber says that wants all there is.
  static final String EARLIEST = "earliest";

  private final long[] hashes;
  private final long[] offsets;
  private long epoch;
  private int count;

  /// Remembers the last `most` that publishers chose.
  EventIds(int most) {
    hashes = new long[most];
    offsets = new long[most];
  }

  /// The id of `entry`, whose `update` it is.
  static String of(Entry entry, Update update) {
    return update.id() == null ? of(entry.position()) : update.id();
  }

  /// The id of the update at `position`, if its publisher gave it none.
  static String of(Position position) {
    return PREFIX + position;
  }

  /// The update that its publisher named `id` stands at `position`.
  void put(String id, Position position) {
    long hash = hash(id);
    synchronized (this) {
      if (position.epoch() != epoch) {
        epoch = position.epoch();
        count = 0;
      }
      int slot = count++ % hashes.length;
      if (count >= 2 * hashes.length) count -= hashes.length;
      hashes[slot] = hash;
      offsets[slot] = position.offset();
    }
  }

  /// Where the update `id` stands, as far as is known; [Position#UNKNOWN] if it is not.
  ///
  /// @param beforeKept the position before the oldest update that is kept; null if there is no log
  Position find(String id, @Nullable Position beforeKept) {
    if (id.startsWith(PREFIX)) {
      var position = Position.parse(id.substring(PREFIX.length()));
      return position == null ? Position.UNKNOWN : position;
    }
    var position = named(hash(id), beforeKept == null ? 0 : beforeKept.offset());
    return position == null ? Position.UNKNOWN : position;
  }

  /// The oldest that is kept, if an id was used twice, so that nothing is lost; of those that are
  /// gone the newest.
  private synchronized @Nullable Position named(long hash, long beforeKept) {
    int known = Math.min(count, hashes.length);
    Position found = null;
    for (int i = 1; i <= known; i++) {
      int slot = (count - i) % hashes.length;
      if (hashes[slot] != hash) continue;
      if (found != null && offsets[slot] <= beforeKept) break;
      found = new Position(epoch, offsets[slot]);
    }
    return found;
  }

  private static long hash(String id) {
    try {
      var sha = MessageDigest.getInstance("SHA-256");
      return ByteBuffer.wrap(sha.digest(id.getBytes(StandardCharsets.UTF_8))).getLong();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }
}
