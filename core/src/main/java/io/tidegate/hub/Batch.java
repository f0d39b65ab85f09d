package io.tidegate.hub;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Purse;
import org.jspecify.annotations.Nullable;

/// Small messages of one topic that follow one another, put together once for all subscribers of a
/// loop who stand before the first of them: each is given them in one system call, and nothing is
/// looked up or counted message by message.
///
/// The bytes are a copy, which is charged to the hub as long as the loop has messages to hand out.
/// Belongs to its loop.
final class Batch {
  /// What a connection may have ahead by default, and what its kernel takes unsent: what does not
  /// fit there would be copied once more, for one peer alone.
  static final int MOST_BYTES = 16 * 1024;

  private final Hub hub;
  private final Topic.Found found;
  private final int capacity;
  private @Nullable ByteBuf bytes;
  private @Nullable Topic topic;
  private int format;
  private long begin;
  private long end;

  Batch(Hub hub, Topic.Found found) {
    this.hub = hub;
    this.found = found;
    this.capacity = Math.min(MOST_BYTES, hub.config().aheadBytes());
  }

  /// The messages of `topic` behind `position` as the format of this number has them, for as long
  /// as nothing else is asked of this; null if fewer than two of them fit, or there is no memory.
  @Nullable ByteBuf behind(Topic topic, long position, int number, WireFormat format) {
    if (this.topic != topic || begin != position || this.format != number) {
      this.topic = topic;
      this.format = number;
      begin = position;
      end = position;
      if (isReserved()) while (append(topic, format)) end++;
    }
    return end - begin > 1 ? bytes : null;
  }

  /// The last message that was found.
  long end() {
    return end;
  }

  private boolean isReserved() {
    if (bytes != null) {
      var _ = bytes.clear();
      return true;
    }
    if (!hub.account().charge(Purse.DIRECT, capacity)) return false;
    try {
      bytes = hub.buffers().directBuffer(capacity, capacity);
      return true;
    } catch (OutOfMemoryError machine) {
      hub.account().release(Purse.DIRECT, capacity);
      return false;
    }
  }

  private boolean append(Topic from, WireFormat by) {
    from.find(end, false, found);
    var entry = found.entry;
    if (entry == null) return false;
    try {
      if (entry.offset() != end + 1) return false;
      var made = from.made(entry, format, by);
      var whole = made == null ? null : made.whole();
      if (whole == null || bytes == null || whole.readableBytes() > bytes.writableBytes())
        return false;
      var _ = bytes.writeBytes(whole, whole.readerIndex(), whole.readableBytes());
      return true;
    } finally {
      entry.release();
    }
  }

  /// Lets go of all; the next that is asked for is put together anew.
  void clear() {
    topic = null;
    if (bytes == null) return;
    bytes.release();
    bytes = null;
    hub.account().release(Purse.DIRECT, capacity);
  }
}
