package io.tidegate.hub;

import io.netty.buffer.ByteBuf;
import io.tidegate.hub.HubLoop.Lane;
import io.tidegate.hub.survey.Pace;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Rate;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// One topic: its ring, and a lane of subscribers on each loop that has some. Its lock is held for
/// a few instructions; inside, none is taken but those of buffers and accounts.
final class Topic {
  /// This, its ring, its entries in the hub's map and line.
  static final int HEAP_BYTES = 1_152 + Ring.Rounds.HEAP_BYTES;

  private static final Lane[] NO_LANES = {};

  private final Hub hub;
  private final String name;
  private final TopicRule rule;
  private final long epoch;

  // guarded by this
  private final Ring ring;
  private final Rate.Window rate;
  private final Pace pace;
  private int subscriptions;
  private boolean ended;
  private long greatestLag;
  private int lagRound;

  /// By lanes that nobody stands in any more.
  private long delivered;

  private long dropped;

  /// Of the last message; written by who has the lock.
  private final AtomicLong head = new AtomicLong();

  private volatile Lane[] lanes = NO_LANES;
  private volatile long usedNanos;
  private volatile long publishedMillis;

  Topic(Hub hub, String name, TopicRule rule, long epoch) {
    this.hub = hub;
    this.name = name;
    this.rule = rule;
    this.epoch = epoch;
    this.ring = new Ring(rule.kind());
    this.rate = rule.publishRate().window();
    this.usedNanos = hub.nanos();
    this.pace = new Pace(usedNanos);
  }

  Hub hub() {
    return hub;
  }

  String name() {
    return name;
  }

  TopicRule rule() {
    return rule;
  }

  long epoch() {
    return epoch;
  }

  /// The offset of its last message, 0 before the first. Any thread.
  long head() {
    return head.get();
  }

  /// The offset before the oldest message that is kept. Any thread.
  synchronized long beforeKept() {
    ring.expire(hub.nanos());
    var oldest = ring.oldest();
    return oldest == null ? head.get() : oldest.offset() - 1;
  }

  private Account account() {
    return hub.account();
  }

  // ---- publishing

  /// Takes `publication`, or says why not; null if this topic has ended meanwhile. Any thread.
  @Nullable Published publish(Publication publication) {
    var refusal = unfit(publication);
    if (refusal == null) refusal = takeTurn();
    if (refusal != null) return refusal;
    int direct = KeptEntry.directBytesOf(publication.length());
    int heap = KeptEntry.heapBytesOf(publication);
    if (!charge(direct, heap, Long.MAX_VALUE)) return new Published.Full();
    KeptEntry entry;
    try {
      entry = new KeptEntry(this, publication, direct, heap);
    } catch (OutOfMemoryError machine) {
      giveBack(direct, heap);
      return new Published.Full();
    }
    var accepted = append(entry);
    if (accepted instanceof Published.Accepted) for (var lane : lanes) lane.wake();
    else entry.release();
    return accepted;
  }

  private @Nullable Published unfit(Publication publication) {
    int most = rule.kind().maxMessageBytes();
    if (publication.length() > most) return new Published.TooLarge(most);
    var key = publication.key();
    if (!(rule.kind() instanceof TopicKind.Keyed))
      return publication.form() == Publication.Form.REMOVAL
          ? new Published.Unfit("this topic has no keys")
          : null;
    if (key == null) return new Published.Unfit("this topic takes messages with a key");
    int mostChars = hub.config().maxNameChars();
    return key.length() > mostChars
        ? new Published.Unfit("the key is longer than " + mostChars + " characters")
        : null;
  }

  private synchronized @Nullable Published takeTurn() {
    return rate.tryTake(hub.nanos()) ? null : new Published.RateLimited(rule.publishRate().per());
  }

  /// Where the hub has no room, the topic's own oldest messages go that lie before `offset`, as
  /// many as make it, or none if they cannot.
  private boolean charge(int direct, int heap, long offset) {
    if (tryCharge(direct, heap)) return true;
    letGo(missing(direct, heap), offset);
    if (tryCharge(direct, heap)) return true;
    hub.lacks(direct);
    return false;
  }

  /// What the hub lacks of these; all of them if it is not the hub that does, but what it is part
  /// of.
  private Ring.Missing missing(int direct, int heap) {
    long moreDirect = beyondLimit(Purse.DIRECT, direct);
    long moreHeap = beyondLimit(Purse.HEAP, heap);
    return moreDirect > 0 || moreHeap > 0
        ? new Ring.Missing(moreDirect, moreHeap)
        : new Ring.Missing(direct, heap);
  }

  private long beyondLimit(Purse purse, int bytes) {
    return account().held(purse) + bytes - account().limit(purse);
  }

  private boolean tryCharge(int direct, int heap) {
    if (!account().charge(Purse.HEAP, heap)) return false;
    if (account().charge(Purse.DIRECT, direct)) return true;
    account().release(Purse.HEAP, heap);
    return false;
  }

  private void giveBack(int direct, int heap) {
    account().release(Purse.DIRECT, direct);
    account().release(Purse.HEAP, heap);
  }

  private synchronized void letGo(Ring.Missing missing, long offset) {
    ring.letGo(missing, hub.leftBytes(), offset);
  }

  private synchronized @Nullable Published append(KeptEntry entry) {
    if (ended) return null;
    if (!ring.hasSlot(account())) return new Published.Full();
    long offset = head.get() + 1;
    entry.place(offset);
    ring.add(entry, entry.publishedNanos());
    head.set(offset);
    usedNanos = entry.publishedNanos();
    publishedMillis = entry.publishedMillis();
    return new Published.Accepted(new Position(epoch, offset));
  }

  // ---- subscribing

  /// What became of a cursor that came.
  enum Entered {
    /// It has its start, and its place.
    IN,
    /// This topic has ended meanwhile.
    ENDED,
    /// The hub has no room for the first on its loop.
    NO_ROOM
  }

  /// Gives `cursor` its start, and a place among those of its loop.
  synchronized Entered enter(Cursor cursor, Start start) {
    if (ended) return Entered.ENDED;
    var lane = lane(cursor.home());
    if (lane == null) return Entered.NO_ROOM;
    ring.expire(hub.nanos());
    long last = head.get();
    var oldest = ring.oldest();
    long beforeKept = oldest == null ? last : oldest.offset() - 1;
    switch (start) {
      case Start.Live _ -> cursor.begin(last, ring.forgotten());
      case Start.Kept _ -> cursor.begin(beforeKept, ring.forgotten());
      case Start.After(var from) -> resume(cursor, from, beforeKept);
    }
    lane.cursors++;
    cursor.enter(lane);
    if (subscriptions++ == 0) hub.topics().watched(this);
    return Entered.IN;
  }

  private void resume(Cursor cursor, Position from, long beforeKept) {
    boolean isKnown = from.epoch() == epoch && from.offset() <= head.get();
    if (!isKnown) {
      cursor.begin(beforeKept, ring.forgotten());
      cursor.missed(Gap.Cause.UNKNOWN_POSITION, 0);
      return;
    }
    cursor.begin(from.offset(), from.offset());
    boolean isKeyed = rule.kind() instanceof TopicKind.Keyed;
    boolean missed = isKeyed ? from.offset() < ring.forgotten() : from.offset() < beforeKept;
    if (missed) cursor.missed(Gap.Cause.AWAY, beforeNext(from.offset()) - from.offset());
    cursor.informedUpTo(ring.forgotten());
  }

  /// The offset before the first message that is kept behind `offset`.
  private long beforeNext(long offset) {
    var next = ring.next(offset);
    return next == null ? head.get() : next.offset() - 1;
  }

  private @Nullable Lane lane(HubLoop home) {
    for (var lane : lanes) if (lane.home() == home) return lane;
    if (!account().charge(Purse.HEAP, Lane.HEAP_BYTES)) return null;
    var made = new Lane(home, this);
    var more = Arrays.copyOf(lanes, lanes.length + 1);
    more[lanes.length] = made;
    lanes = more;
    return made;
  }

  /// A subscription has ended that stood in `lane`. On its loop.
  void leave(Lane lane) {
    if (leaves(lane)) hub.topics().endIfNew(this);
  }

  private synchronized boolean leaves(Lane lane) {
    usedNanos = hub.nanos();
    if (--lane.cursors == 0) remove(lane);
    if (--subscriptions > 0) return false;
    hub.topics().watched(this);
    return true;
  }

  private void remove(Lane lane) {
    delivered += lane.delivered();
    dropped += lane.dropped();
    lanes = Arrays.stream(lanes).filter(each -> each != lane).toArray(Lane[]::new);
    account().release(Purse.HEAP, Lane.HEAP_BYTES);
  }

  /// Whether it has subscribers. Any thread.
  synchronized boolean isWatched() {
    return subscriptions > 0;
  }

  // ---- reading

  /// What a loop finds in a topic; one for all its cursors.
  static final class Found {
    /// Held for the finder; null if nothing lies behind its offset.
    @Nullable KeptEntry entry;

    /// The last message's offset.
    long head;

    /// As in [Ring#forgotten].
    long forgotten;
  }

  /// Finds the first message behind `offset`, or the newest if `newest`.
  synchronized void find(long offset, boolean newest, Found into) {
    var entry = newest ? ring.newest() : ring.next(offset);
    found(entry != null && entry.offset() > offset ? entry : null, into);
  }

  /// As above, of what was newest at the moment of `round` too.
  synchronized void find(long offset, Ring.Rounds.Round round, Found into) {
    found(ring.next(offset, round), into);
  }

  private void found(@Nullable KeptEntry entry, Found into) {
    if (entry != null) entry.retain();
    into.entry = entry;
    into.head = head.get();
    into.forgotten = ring.forgotten();
  }

  /// Begins the round of a reader that has seen all up to `position`; [#leaveRound] ends it.
  synchronized Ring.Rounds.Round enterRound(long position) {
    return ring.enterRound(position, head.get(), hub.nanos());
  }

  /// A reader's round is over.
  synchronized void leaveRound(Ring.Rounds.Round round) {
    ring.leaveRound(round);
  }

  /// The newest message, held for the caller; null if there is none.
  synchronized @Nullable KeptEntry newest() {
    ring.expire(hub.nanos());
    var entry = ring.newest();
    if (entry != null) entry.retain();
    return entry;
  }

  /// What `format`, which has this number, makes of `entry`, which the caller holds; made at its
  /// first use. Null if there is no memory for it. Called on loops.
  KeptEntry.@Nullable Made made(KeptEntry entry, int number, WireFormat format) {
    var kept = entry.made(number);
    return kept != null ? kept : make(entry, number, format.frame(entry));
  }

  /// What a connection copies anyway is kept in one piece.
  private KeptEntry.@Nullable Made make(
      KeptEntry entry, int number, WireFormat.@Nullable Frame frame) {
    boolean isWhole = frame != null && isWhole(entry, frame);
    int direct = frame != null && isWhole ? KeptEntry.directBytesOf(frame.length(entry)) : 0;
    int around = frame != null && !isWhole ? frame.before().length + frame.after().length : 0;
    int heap = KeptEntry.Made.HEAP_BYTES + around;
    if (!charge(direct, heap, entry.offset())) return null;
    ByteBuf whole = null;
    try {
      if (frame != null && isWhole) whole = join(entry, frame);
    } catch (OutOfMemoryError machine) {
      giveBack(direct, heap);
      return null;
    }
    var made = keep(entry, number, whole, isWhole ? null : frame, direct, heap);
    if (made != null) return made;
    if (whole != null) whole.release();
    giveBack(direct, heap);
    return entry.made(number);
  }

  private static boolean isWhole(KeptEntry entry, WireFormat.Frame frame) {
    return !frame.carriesPayload()
        || entry.payload().readableBytes() < KeptEntry.LEAST_SHARED_BYTES;
  }

  private ByteBuf join(KeptEntry entry, WireFormat.Frame frame) {
    int bytes = Math.max(1, frame.length(entry));
    var whole = hub.buffers().directBuffer(bytes, bytes).writeBytes(frame.before());
    if (frame.carriesPayload()) {
      var payload = entry.payload();
      whole.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    }
    return whole.writeBytes(frame.after());
  }

  private synchronized KeptEntry.@Nullable Made keep(
      KeptEntry entry,
      int number,
      @Nullable ByteBuf whole,
      WireFormat.@Nullable Frame around,
      int direct,
      int heap) {
    var made = entry.keep(number, whole, around);
    if (made == null) return null;
    entry.grow(direct, heap);
    if (entry.isInRing()) ring.grew(entry, direct + heap);
    return made;
  }

  // ---- the end

  /// When it was last published to, or watched. Any thread.
  long usedNanos() {
    return usedNanos;
  }

  /// Ends it, if nobody watches it and nobody has used it since `beforeNanos`.
  synchronized boolean endIfUnused(long beforeNanos) {
    if (ended || subscriptions > 0 || usedNanos - beforeNanos > 0) return false;
    end();
    return true;
  }

  /// Ends it, if nobody watches it and nothing was ever published to it.
  synchronized boolean endIfNew() {
    if (ended || subscriptions > 0 || head.get() > 0) return false;
    end();
    return true;
  }

  /// Lets go of messages that are too old.
  synchronized void expire(long nowNanos) {
    ring.expire(nowNanos);
  }

  /// Lets all messages go, and takes no more. Idempotent.
  synchronized void end() {
    if (ended) return;
    ended = true;
    ring.clear();
    account().release(Purse.HEAP, ring.slotBytes() + heapBytesOf(name));
  }

  /// What a topic of this name costs while it is empty.
  static int heapBytesOf(String name) {
    return HEAP_BYTES + 2 * name.length();
  }

  // ---- figures

  /// A subscription is `lag` messages behind, as a survey finds in its `round`.
  synchronized void tellLag(int round, long lag) {
    greatestLag = round == lagRound ? Math.max(greatestLag, lag) : lag;
    lagRound = round;
  }

  synchronized Hub.TopicFigures figures() {
    long sumDelivered = delivered;
    long sumDropped = dropped;
    for (var lane : lanes) {
      sumDelivered += lane.delivered();
      sumDropped += lane.dropped();
    }
    pace.look(hub.nanos(), head.get(), sumDelivered);
    long age = ring.count() == 0 ? 0 : System.currentTimeMillis() - publishedMillis;
    return new Hub.TopicFigures(
        name,
        rule.kind(),
        new Position(epoch, head.get()),
        ring.count(),
        ring.bytes(),
        subscriptions,
        sumDelivered,
        sumDropped,
        pace.publishedPerSecond(),
        pace.deliveredPerSecond(),
        subscriptions == 0 ? 0 : greatestLag,
        Math.max(0, age));
  }

  synchronized long ringBytes() {
    return ring.bytes();
  }

  @Override
  public String toString() {
    return "topic " + name;
  }
}
