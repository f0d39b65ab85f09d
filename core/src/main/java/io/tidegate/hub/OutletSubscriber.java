package io.tidegate.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.hub.survey.Greatest;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one body of [Subscriber]: what is on its way to one peer, and which of its subscriptions are
/// next.
///
/// A small message is copied by the connection's queue, and charged to the connection until it has
/// left; a large one is the topic's, whose charge lasts until the last connection has let go.
final class OutletSubscriber implements Subscriber, Payer {
  private static final Logger LOG = LoggerFactory.getLogger(OutletSubscriber.class);

  /// This, its list, its place in its outlet's scope.
  static final int HEAP_BYTES = 256;

  /// What a message that is not sent costs of a turn at least: it takes about as long as one of
  /// these.
  private static final int LEAST_COST_BYTES = 128;

  /// Less says nothing: progress is noted by a clock that is 250 ms coarse.
  private static final long LEAST_STALLED_MILLIS = 500;

  private final Hub hub;
  private final HubLoop home;
  private final Outlet outlet;
  private final WireFormat format;
  private final int formatNumber;
  private final List<Cursor> cursors = new ArrayList<>(1);
  private final Cursor.Line pending = new Cursor.Line();
  private final Payer words = this::wordsLeft;
  private int aheadBytes;
  private int wordBytes;
  private int lastBytes;
  private @Nullable Flight flights;
  private volatile long progressNanos;
  private volatile boolean isAhead;
  private volatile boolean closed;

  /// Whether it stands among those whose turn comes. Links and this are [HubLoop]'s.
  boolean isQueued;

  @Nullable OutletSubscriber queuedBehind;
  @Nullable OutletSubscriber newer;
  @Nullable OutletSubscriber older;

  OutletSubscriber(Hub hub, HubLoop home, Outlet outlet, WireFormat format, int formatNumber) {
    this.hub = hub;
    this.home = home;
    this.outlet = outlet;
    this.format = format;
    this.formatNumber = formatNumber;
  }

  HubLoop home() {
    return home;
  }

  @Override
  public Outlet outlet() {
    return outlet;
  }

  // ---- subscribing

  @Override
  public Subscribed subscribe(
      String topic, Delivery delivery, Start start, Predicate<Entry> filter) {
    if (closed) return refused(Subscribed.Refusal.CLOSED);
    if (subscription(topic) != null) return refused(Subscribed.Refusal.ALREADY_SUBSCRIBED);
    if (cursors.size() >= hub.config().maxSubscriptions())
      return refused(Subscribed.Refusal.TOO_MANY_SUBSCRIPTIONS);
    return switch (hub.topics().findOrMake(topic)) {
      case Topics.Lookup.None(var why) -> refused(why);
      case Topics.Lookup.There(var there) -> subscribe(there, delivery, start, filter);
    };
  }

  @Override
  public Subscribed subscribe(String topic) {
    var rule = hub.rule(topic);
    if (rule == null) return refused(Subscribed.Refusal.NO_SUCH_TOPIC);
    return subscribe(topic, Delivery.of(rule.kind()), Start.of(rule.kind()));
  }

  private static Subscribed refused(Subscribed.Refusal why) {
    return new Subscribed.Refused(why);
  }

  private Subscribed subscribe(
      Topic topic, Delivery delivery, Start start, Predicate<Entry> filter) {
    var subscribed = enter(topic, delivery, start, filter);
    if (subscribed instanceof Subscribed.Refused) hub.topics().endIfNew(topic);
    return subscribed;
  }

  private Subscribed enter(Topic topic, Delivery delivery, Start start, Predicate<Entry> filter) {
    if (!delivery.suits(topic.rule().kind())) return refused(Subscribed.Refusal.UNFIT_DELIVERY);
    if (!outlet.account().charge(Purse.HEAP, Cursor.HEAP_BYTES))
      return refused(Subscribed.Refusal.MEMORY);
    var cursor = new Cursor(this, topic, delivery, filter);
    return switch (topic.enter(cursor, start)) {
      case IN -> entered(cursor);
      case ENDED -> {
        outlet.account().release(Purse.HEAP, Cursor.HEAP_BYTES);
        hub.topics().forget(topic);
        yield subscribe(topic.name(), delivery, start, filter);
      }
      case NO_ROOM -> {
        outlet.account().release(Purse.HEAP, Cursor.HEAP_BYTES);
        yield refused(Subscribed.Refusal.MEMORY);
      }
    };
  }

  private Subscribed entered(Cursor cursor) {
    cursors.add(cursor);
    home.subscribed(1);
    cursor.place();
    return new Subscribed.Open(cursor);
  }

  @Override
  public @Nullable Subscription subscription(String topic) {
    for (var cursor : cursors) if (cursor.topic().equals(topic)) return cursor;
    return null;
  }

  @Override
  public Collection<? extends Subscription> subscriptions() {
    return List.copyOf(cursors);
  }

  void left(Cursor cursor) {
    var _ = cursors.remove(cursor);
    outlet.account().release(Purse.HEAP, Cursor.HEAP_BYTES);
  }

  // ---- its turn

  void pend(Cursor cursor) {
    pending.add(cursor);
    readyIfWritable();
  }

  private void readyIfWritable() {
    if (!closed && !pending.isEmpty() && isWritable()) home.ready(this);
  }

  private boolean isWritable() {
    return aheadBytes < hub.config().aheadBytes() && outlet.isWritable();
  }

  @Override
  public void resume() {
    readyIfWritable();
  }

  /// How long its last message was.
  int lastBytes() {
    return lastBytes;
  }

  /// Its subscriptions hand out a message each in turn, as long as the outlet takes them and its
  /// turn lasts. Returns what that cost: the bytes, and a little for what was only looked at.
  int serve() {
    int cost = 0;
    long begunNanos = home.loop().nanos();
    while (!closed && isWritable() && cost < hub.config().aheadBytes()) {
      var cursor = pending.poll();
      if (cursor == null) break;
      try {
        int bytes = cursor.step();
        cost += Math.max(LEAST_COST_BYTES, bytes);
        if (bytes == 0) cost = Math.max(cost, costSince(begunNanos));
        cursor.place();
      } catch (Throwable fault) {
        fail(fault);
      }
    }
    readyIfWritable();
    return cost;
  }

  /// Where filters look for long, a nanosecond costs as much as a byte: a turn of 256 KiB is over
  /// within a quarter of a millisecond.
  private int costSince(long nanos) {
    return (int) Math.min(home.loop().nanos() - nanos, Integer.MAX_VALUE);
  }

  /// A filter or a format threw, or the machine has less memory than the ledger: nobody else is to
  /// wait for that, and this peer for nothing more.
  private void fail(Throwable fault) {
    LOG.error("A fault ends {}.", this, fault);
    reset(fault instanceof OutOfMemoryError ? CutReason.MEMORY_REFUSED : CutReason.INTERNAL);
  }

  // ---- what is handed over

  KeptEntry.@Nullable Made made(Topic topic, KeptEntry entry) {
    return topic.made(entry, formatNumber, format);
  }

  /// Puts a message on its way; behind the last one none follows now. Returns how many bytes it
  /// has.
  int hand(KeptEntry entry, KeptEntry.Made made, boolean isLast) {
    var whole = made.whole();
    var around = made.around();
    int bytes = 0;
    if (whole != null) {
      bytes = whole.readableBytes();
      handWhole(entry, whole, isLast && pending.isEmpty());
    } else if (around != null) {
      bytes = around.length(entry);
      handBeside(around.before());
      handShared(entry, entry.payload().retainedDuplicate());
      handBeside(around.after());
    }
    lastBytes = bytes;
    return bytes;
  }

  /// Puts the messages of `topic` behind `position` on their way in one piece, if nothing else is
  /// before them or in turn with them. Returns how many bytes those have: none if they have to go
  /// one by one. The last of them is the loop's [Batch#end].
  int handBatch(Topic topic, long position) {
    if (aheadBytes > 0 || !pending.isEmpty()) return 0;
    var batch = home.batch().behind(topic, position, formatNumber, format);
    if (batch == null) return 0;
    int bytes = batch.readableBytes();
    lastBytes = bytes / (int) (home.batch().end() - position);
    int now = outlet.writeNow(batch);
    if (now < bytes) handCopy(batch, batch.readerIndex() + now, bytes - now, now > 0);
    return bytes;
  }

  private void handCopy(ByteBuf from, int index, int bytes, boolean hasBegun) {
    if (!outlet.account().charge(Purse.DIRECT, bytes)) {
      noMemory(hasBegun);
      return;
    }
    var copy = buffer(bytes);
    ahead(bytes);
    if (!outlet.offer(copy.writeBytes(from, index, bytes), bytes, this)) close();
  }

  /// A buffer for `bytes` that are charged; gives them back if the machine has none.
  private ByteBuf buffer(int bytes) {
    try {
      return outlet.loop().buffers().directBuffer(bytes, bytes);
    } catch (OutOfMemoryError machine) {
      outlet.account().release(Purse.DIRECT, bytes);
      throw machine;
    }
  }

  private void noMemory(boolean hasBegun) {
    if (hasBegun) reset(CutReason.MEMORY_REFUSED);
    else cut(CutReason.MEMORY_REFUSED);
  }

  /// What the kernel takes at once is neither copied nor charged. One that is followed by others
  /// waits for them, and leaves with them in one system call.
  private void handWhole(KeptEntry entry, ByteBuf whole, boolean isAlone) {
    int bytes = whole.readableBytes();
    int now = isAlone && aheadBytes == 0 ? outlet.writeNow(whole) : 0;
    if (now == bytes) return;
    var rest = whole.retainedSlice(whole.readerIndex() + now, bytes - now);
    if (bytes < KeptEntry.LEAST_SHARED_BYTES) handOwn(rest, bytes - now, now > 0);
    else handShared(entry, rest);
  }

  /// Tells of a gap, if the format has words for it. Returns how many bytes those are.
  int handGap(Gap gap) {
    var bytes = format.gap(gap);
    if (bytes.length > 0) handOwn(Unpooled.wrappedBuffer(bytes), bytes.length, false);
    return bytes.length;
  }

  /// Hands over what this connection pays for: its queue copies what is small.
  private void handOwn(ByteBuf piece, int bytes, boolean hasBegun) {
    if (!outlet.account().charge(Purse.DIRECT, bytes)) {
      piece.release();
      noMemory(hasBegun);
      return;
    }
    ahead(bytes);
    if (!outlet.offer(piece, bytes, this)) close();
  }

  /// A few bytes beside a large payload; the queue charges their copy.
  private void handBeside(byte[] bytes) {
    if (bytes.length == 0) return;
    var _ = outlet.offer(Unpooled.wrappedBuffer(bytes), 0, Payer.NOBODY);
  }

  private void handShared(KeptEntry entry, ByteBuf piece) {
    int bytes = piece.readableBytes();
    entry.retain();
    var flight = new Flight(entry, bytes, flights);
    if (flights != null) flights.newer = flight;
    flights = flight;
    ahead(bytes);
    if (!outlet.offer(piece, bytes, flight)) close();
  }

  private void ahead(int bytes) {
    if (aheadBytes == 0) {
      progressNanos = home.loop().coarseNanos();
      isAhead = true;
    }
    aheadBytes += bytes;
  }

  /// Bytes of small messages have left.
  @Override
  public void released(int bytes) {
    outlet.account().release(Purse.DIRECT, bytes);
    gone(bytes);
  }

  private void gone(int bytes) {
    aheadBytes -= bytes;
    long now = home.loop().coarseNanos();
    if (progressNanos != now) progressNanos = now;
    if (aheadBytes == 0) isAhead = false;
    readyIfWritable();
  }

  /// A large message that is on its way to this peer, and kept for it.
  private final class Flight implements Payer {
    private final KeptEntry entry;
    private int left;
    private @Nullable Flight older;
    private @Nullable Flight newer;

    Flight(KeptEntry entry, int bytes, @Nullable Flight older) {
      this.entry = entry;
      this.left = bytes;
      this.older = older;
    }

    @Override
    public void released(int bytes) {
      left -= bytes;
      if (left == 0) land();
      gone(bytes);
    }

    @Override
    public boolean isShared() {
      return true;
    }

    private void land() {
      if (newer != null) newer.older = older;
      else flights = older;
      if (older != null) older.newer = newer;
      entry.release();
    }
  }

  /// Bytes of messages that have left their rings and are kept for this peer alone, or with others.
  int pinnedBytes() {
    int sum = 0;
    for (var flight = flights; flight != null; flight = flight.older) {
      if (flight.entry.hasLeft()) sum += flight.entry.payload().readableBytes();
    }
    return sum;
  }

  // ---- a dialect's own words

  @Override
  public boolean tell(byte[] frames) {
    int bytes = frames.length;
    if (closed || bytes == 0) return !closed;
    if (wordBytes > 0 && wordBytes + bytes > hub.config().controlBytes()) {
      tooSlow();
      return false;
    }
    if (!outlet.account().charge(Purse.DIRECT, bytes)) {
      cut(CutReason.MEMORY_REFUSED);
      return false;
    }
    var piece = buffer(bytes).writeBytes(frames);
    wordBytes += bytes;
    if (outlet.offer(piece, bytes, words)) return true;
    close();
    return false;
  }

  private void wordsLeft(int bytes) {
    wordBytes -= bytes;
    outlet.account().release(Purse.DIRECT, bytes);
  }

  // ---- the end

  /// For how long it has taken nothing of what is on its way; 0 if nothing is. Any thread.
  long stalledNanos(long nowNanos) {
    return isAhead ? Math.max(0, nowNanos - progressNanos) : 0;
  }

  /// Tells its topics how far behind it is, and `slowest` if it is among those. Returns how many
  /// subscriptions it has.
  int survey(int round, Greatest<Subscription.Figures> slowest) {
    long stalledMillis = stalledNanos(home.loop().nanos()) / 1_000_000;
    double stalledScore = stalledMillis < LEAST_STALLED_MILLIS ? 0 : 1e12 * stalledMillis;
    for (var cursor : cursors) {
      long lag = cursor.tellLag(round);
      double score = stalledScore + lag;
      if (score > 0 && slowest.takes(score)) slowest.add(score, cursor.figures(aheadBytes));
    }
    return cursors.size();
  }

  void tooSlow() {
    cut(CutReason.OUTBOUND_FULL);
  }

  void cut(CutReason reason) {
    if (closed) return;
    home.wasCut();
    outlet.cut(reason);
    close();
  }

  /// As [#cut], of one to whom a message may only have begun to leave.
  private void reset(CutReason reason) {
    if (closed) return;
    home.wasCut();
    outlet.reset(reason);
    close();
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    while (!cursors.isEmpty()) cursors.getLast().close();
    home.leave(this);
    outlet.account().release(Purse.HEAP, HEAP_BYTES);
  }

  @Override
  public String toString() {
    return "subscriber with " + cursors.size() + " subscriptions";
  }
}
