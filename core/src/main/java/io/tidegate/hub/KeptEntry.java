package io.tidegate.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Purse;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/// A message with its bytes, and what formats made of them. Kept by its ring and by each connection
/// that it is on its way to; what it holds is charged to the hub until the last of them lets go.
final class KeptEntry implements Entry {
  /// This object, its buffer's, its slot.
  static final int HEAP_BYTES = 224;

  /// A key in the topic's map.
  static final int KEY_BYTES = 128;

  /// What a connection's queue copies anyway, see [io.tidegate.net.PieceQueue].
  static final int LEAST_SHARED_BYTES = 1024;

  private static final VarHandle STATE;

  /// Its ring has let go, and others had not.
  private static final int LEFT = 1 << 30;

  private final Topic topic;
  private final Publication publication;
  private final ByteBuf payload;
  private final long publishedMillis;
  private final long publishedNanos;

  // guarded by the topic
  private long offset;
  private int directBytes;
  private int heapBytes;
  private int leftBytes;

  /// Its place in the ring; -1 outside.
  int slot = -1;

  @Nullable KeptEntry olderTombstone;
  @Nullable KeptEntry newerTombstone;

  /// The offset of the next message of its key; 0 as long as it is the newest.
  long supersededAt;

  @Nullable KeptEntry nextSuperseded;

  private volatile @Nullable Made made;

  /// How many keep it, and whether the ring still does.
  private volatile int state = 1;

  static {
    try {
      STATE = MethodHandles.lookup().findVarHandle(KeptEntry.class, "state", int.class);
    } catch (ReflectiveOperationException missing) {
      throw new ExceptionInInitializerError(missing);
    }
  }

  /// A copy of `from`, for which `directBytes` and `heapBytes` are charged to the hub.
  KeptEntry(Topic topic, Publication from, int directBytes, int heapBytes) {
    this.topic = topic;
    this.publication = from.withoutBytes();
    this.payload = copy(topic.hub(), from.bytes());
    this.directBytes = directBytes;
    this.heapBytes = heapBytes;
    this.publishedMillis = System.currentTimeMillis();
    this.publishedNanos = topic.hub().nanos();
  }

  private static ByteBuf copy(Hub hub, byte[] bytes) {
    if (bytes.length == 0) return Unpooled.EMPTY_BUFFER;
    return hub.buffers().directBuffer(bytes.length, bytes.length).writeBytes(bytes);
  }

  /// What `publication` takes of the heap purse.
  static int heapBytesOf(Publication publication) {
    var key = publication.key();
    var type = publication.type();
    return HEAP_BYTES
        + (key == null ? 0 : KEY_BYTES + 2 * key.length())
        + (type == null ? 0 : 64 + 2 * type.length())
        + publication.attachmentBytes();
  }

  /// What a pooled buffer of `bytes` takes: sizes come in four steps for each doubling.
  static int directBytesOf(int bytes) {
    if (bytes == 0) return 0;
    int step = Math.max(16, Integer.highestOneBit(Math.max(1, bytes - 1)) / 4);
    return (bytes + step - 1) / step * step;
  }

  // ---- what it is

  @Override
  public String topic() {
    return topic.name();
  }

  @Override
  public Position position() {
    return new Position(topic.epoch(), offset);
  }

  @Override
  public Publication publication() {
    return publication;
  }

  @Override
  public long publishedMillis() {
    return publishedMillis;
  }

  long publishedNanos() {
    return publishedNanos;
  }

  @Override
  public ByteBuf payload() {
    return payload;
  }

  @Override
  public byte[] copyPayload() {
    return ByteBufUtil.getBytes(payload, payload.readerIndex(), payload.readableBytes(), true);
  }

  long offset() {
    return offset;
  }

  /// Gives it its place in the topic's order; before anybody else sees it.
  void place(long at) {
    offset = at;
  }

  boolean isRemoval() {
    return publication.form() == Publication.Form.REMOVAL;
  }

  /// Whether it is the newest of its key, or was at the moment of `round`.
  boolean isNewestOf(Ring.Rounds.Round round) {
    return supersededAt == 0 || (offset <= round.end() && supersededAt > round.end());
  }

  boolean isInRing() {
    return slot >= 0;
  }

  /// What is charged for it. Guarded by the topic.
  int heldBytes() {
    return directBytes + heapBytes;
  }

  int directBytes() {
    return directBytes;
  }

  int heapBytes() {
    return heapBytes;
  }

  // ---- what formats made of it

  /// What a format made of a message: all its bytes in one piece, what lies around the payload, or
  /// neither if it is withheld.
  ///
  /// @param format the format's number in the hub
  /// @param whole all bytes
  /// @param around what lies around the payload
  /// @param next what another format made
  record Made(
      int format, @Nullable ByteBuf whole, WireFormat.@Nullable Frame around, @Nullable Made next) {
    /// This, two arrays and the buffer's object.
    static final int HEAP_BYTES = 160;

    boolean isWithheld() {
      return whole == null && around == null;
    }
  }

  /// What the format of this number made of it; null if it was not asked yet.
  @Nullable Made made(int format) {
    for (var each = made; each != null; each = each.next()) {
      if (each.format() == format) return each;
    }
    return null;
  }

  /// Keeps what a format made, for which these bytes are charged; null if another thread was
  /// faster. Guarded by the topic, and by the caller's hold on this.
  @Nullable Made keep(int format, @Nullable ByteBuf whole, WireFormat.@Nullable Frame around) {
    if (made(format) != null) return null;
    var fresh = new Made(format, whole, around, made);
    made = fresh;
    return fresh;
  }

  void grow(int moreDirectBytes, int moreHeapBytes) {
    directBytes += moreDirectBytes;
    heapBytes += moreHeapBytes;
  }

  // ---- who keeps it

  /// Keeps it for one more; the caller has it from somebody who does.
  void retain() {
    var _ = (int) STATE.getAndAdd(this, 1);
  }

  /// Lets go of it.
  void release() {
    int before = (int) STATE.getAndAdd(this, -1);
    if ((before & ~LEFT) == 1) free((before & LEFT) != 0);
  }

  /// Its ring lets go. Guarded by the topic.
  void leaveRing() {
    slot = -1;
    leftBytes = directBytes;
    int before = (int) STATE.getAndAdd(this, LEFT - 1);
    if (before == 1) free(false);
    else topic.hub().left(leftBytes);
  }

  /// Whether nobody but its ring keeps it. Guarded by the topic, or others may come to.
  boolean isAlone() {
    return state == 1;
  }

  /// Whether only those keep it to whom it is on its way.
  boolean hasLeft() {
    return (state & LEFT) != 0;
  }

  private void free(boolean hadLeft) {
    payload.release();
    for (var each = made; each != null; each = each.next()) {
      if (each.whole() != null) each.whole().release();
    }
    var account = topic.hub().account();
    account.release(Purse.DIRECT, directBytes);
    account.release(Purse.HEAP, heapBytes);
    if (hadLeft) topic.hub().left(-leftBytes);
  }
}
