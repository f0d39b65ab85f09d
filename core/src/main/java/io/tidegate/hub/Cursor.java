package io.tidegate.hub;

import io.tidegate.hub.HubLoop.Lane;
import io.tidegate.net.CutReason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.time.Duration;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The one body of [Subscription]: where a subscriber stands in a topic, and what it is given next.
///
/// At any moment it stands in one [Line]: of those of its lane who have seen all, of those of its
/// subscriber that have something ahead, or of those who rest; or in none, while it is served.
final class Cursor implements Subscription {
  /// This, and its place in its subscriber's list.
  static final int HEAP_BYTES = 256;

  /// Who conflates without rests and has so much ahead takes it in rounds, or the keys at its end
  /// may be updated before it comes there, again and again.
  private static final int FAR_BEHIND = 64;

  /// The filter that lets all messages pass.
  static final Predicate<Entry> EVERYTHING = _ -> true;

  private static final VarHandle POSITION;

  private final OutletSubscriber subscriber;
  private final Topic topic;
  private final Delivery delivery;
  private final Predicate<Entry> filter;
  private final long intervalNanos;

  /// Whether it is given what everybody else is who stands where it stands.
  private final boolean takesBatches;

  private @Nullable Lane lane;
  private @Nullable Line line;
  private @Nullable Cursor ahead;
  private @Nullable Cursor behind;

  private long start;
  private long position;
  private volatile long dropped;
  private volatile long withheld;
  private volatile boolean closed;

  /// To be told before the next message.
  private @Nullable Gap gap;

  /// Keys that were forgotten up to here are known to be.
  private long informed;

  /// The last message of the round that is under way.
  private long roundEnd;

  private Ring.Rounds.@Nullable Round round;

  private long dueNanos;
  private boolean rests;

  static {
    try {
      POSITION = MethodHandles.lookup().findVarHandle(Cursor.class, "position", long.class);
    } catch (ReflectiveOperationException missing) {
      throw new ExceptionInInitializerError(missing);
    }
  }

  /// Cursors one behind the other; each stands in one line at most.
  static final class Line {
    private @Nullable Cursor first;
    private @Nullable Cursor last;
    private int size;

    int size() {
      return size;
    }

    boolean isEmpty() {
      return first == null;
    }

    void add(Cursor cursor) {
      cursor.line = this;
      cursor.ahead = last;
      if (last == null) first = cursor;
      else last.behind = cursor;
      last = cursor;
      size++;
    }

    @Nullable Cursor poll() {
      var next = first;
      if (next != null) remove(next);
      return next;
    }

    private void remove(Cursor cursor) {
      if (cursor.ahead == null) first = cursor.behind;
      else cursor.ahead.behind = cursor.behind;
      if (cursor.behind == null) last = cursor.ahead;
      else cursor.behind.ahead = cursor.ahead;
      cursor.ahead = null;
      cursor.behind = null;
      cursor.line = null;
      size--;
    }
  }

  Cursor(OutletSubscriber subscriber, Topic topic, Delivery delivery, Predicate<Entry> filter) {
    this.subscriber = subscriber;
    this.topic = topic;
    this.delivery = delivery;
    this.filter = filter;
    this.intervalNanos =
        switch (delivery) {
          case Delivery.Conflate(var interval) -> interval.toNanos();
          case Delivery.Sampled(var interval) -> interval.toNanos();
          case Delivery.Lossless _, Delivery.DropToLive _, Delivery.LatestOnly _ -> 0;
        };
    this.takesBatches =
        filter == EVERYTHING
            && (delivery instanceof Delivery.Lossless || delivery instanceof Delivery.DropToLive);
    this.dueNanos = home().loop().nanos();
  }

  HubLoop home() {
    return subscriber.home();
  }

  // ---- the beginning; under the topic's lock

  /// Begins behind `offset`.
  void begin(long offset, long forgotten) {
    start = offset;
    position = offset;
    roundEnd = offset;
    informed = forgotten;
  }

  /// What lay ahead of its start is not there any more.
  void missed(Gap.Cause cause, long lost) {
    passOver(lost);
    roundEnd = position;
    gap = new Gap(topic.name(), cause, lost, position());
  }

  void informedUpTo(long forgotten) {
    informed = Math.max(informed, forgotten);
  }

  void enter(Lane of) {
    lane = of;
  }

  // ---- its turn

  /// It may have something ahead.
  void pend() {
    if (!closed) subscriber.pend(this);
  }

  boolean isDue(long nowNanos) {
    return nowNanos - dueNanos >= 0;
  }

  /// Takes its place for the next turn.
  void place() {
    if (round != null && position >= roundEnd) leaveRound();
    if (closed || line != null) return;
    if (rests) {
      rests = false;
      home().wheel().rest(this, dueNanos, home().loop().nanos());
    } else if (gap != null || topic.head() > position) {
      subscriber.pend(this);
    } else {
      lane().waiting().add(this);
    }
  }

  private Lane lane() {
    if (lane == null) throw new IllegalStateException("not in its lane yet");
    return lane;
  }

  /// Hands its next message to the subscriber's outlet, or the next few, or passes over what it is
  /// not to get. Returns how many bytes it handed over.
  int step() {
    if (gap != null) return tellGap(gap);
    if (takesBatches && topic.head() - position > 1) {
      int bytes = stepOverBatch();
      if (bytes > 0) return bytes;
    }
    if (intervalNanos > 0 && !isInRound()) return 0;
    if (isFarBehind()) enterRound();
    var found = home().found();
    if (round != null) topic.find(position, round, found);
    else topic.find(position, picksNewest(), found);
    var entry = found.entry;
    if (entry == null) return lostAll(found.head, found.forgotten);
    try {
      return stepTo(entry, found.forgotten);
    } finally {
      entry.release();
    }
  }

  private int stepOverBatch() {
    int bytes = subscriber.handBatch(topic, position);
    if (bytes == 0) return 0;
    long end = home().batch().end();
    lane().delivered(end - position);
    moveTo(end);
    return bytes;
  }

  private boolean picksNewest() {
    return switch (delivery) {
      case Delivery.LatestOnly _, Delivery.Sampled _ -> true;
      case Delivery.Lossless _, Delivery.DropToLive _, Delivery.Conflate _ -> false;
    };
  }

  private int stepTo(KeptEntry entry, long forgotten) {
    long skipped = entry.offset() - position - 1;
    switch (delivery) {
      case Delivery.Lossless _ -> {
        if (skipped > 0) {
          subscriber.tooSlow();
          return 0;
        }
      }
      case Delivery.DropToLive _ -> {
        if (skipped > 0) return dropToLive();
      }
      case Delivery.Conflate _ -> {
        if (hasMissedKey(forgotten)) return behind(skipped, forgotten);
        if (intervalNanos > 0 && entry.offset() > roundEnd) return endRound();
      }
      case Delivery.LatestOnly _, Delivery.Sampled _ -> {}
    }
    passOver(skipped);
    return hand(entry);
  }

  /// Goes on with the newest, and tells how many messages it has missed before that.
  private int dropToLive() {
    var found = home().found();
    topic.find(position, true, found);
    var newest = found.entry;
    if (newest == null) return lostAll(found.head, found.forgotten);
    long lost = newest.offset() - 1 - position;
    newest.release();
    return behind(lost, found.forgotten);
  }

  /// The last word on some key was let go of before it was read.
  private boolean hasMissedKey(long forgotten) {
    return forgotten > informed && forgotten > position;
  }

  private int behind(long lost, long forgotten) {
    informed = Math.max(informed, forgotten);
    passOver(lost);
    gap = new Gap(topic.name(), Gap.Cause.BEHIND, lost, position());
    return tellGap(gap);
  }

  /// Nothing of what lies ahead is kept any more.
  private int lostAll(long head, long forgotten) {
    long lost = head - position;
    if (lost <= 0) return 0;
    switch (delivery) {
      case Delivery.Lossless _ -> subscriber.tooSlow();
      case Delivery.DropToLive _ -> {
        return behind(lost, forgotten);
      }
      case Delivery.Conflate _ -> {
        if (hasMissedKey(forgotten)) return behind(lost, forgotten);
        passOver(lost);
      }
      case Delivery.LatestOnly _, Delivery.Sampled _ -> passOver(lost);
    }
    return 0;
  }

  private int tellGap(Gap told) {
    gap = null;
    home().gapTold();
    return subscriber.handGap(told);
  }

  private int hand(KeptEntry entry) {
    if (!filter.test(entry)) return withhold();
    var made = subscriber.made(topic, entry);
    if (made == null) return noMemory();
    if (made.isWithheld()) return withhold();
    int bytes = subscriber.hand(entry, made, entry.offset() == topic.head());
    moveTo(position + 1);
    lane().delivered(1);
    if (intervalNanos > 0) handed();
    return bytes;
  }

  private int withhold() {
    long before = withheld;
    withheld = before + 1;
    moveTo(position + 1);
    return 0;
  }

  private int noMemory() {
    if (delivery instanceof Delivery.Lossless) {
      subscriber.cut(CutReason.MEMORY_REFUSED);
      return 0;
    }
    passOver(1);
    gap = new Gap(topic.name(), Gap.Cause.MEMORY, 1, position());
    return 0;
  }

  private void passOver(long count) {
    if (count == 0) return;
    long before = dropped;
    dropped = before + count;
    if (lane != null) lane.dropped(count);
    moveTo(position + count);
  }

  private void moveTo(long offset) {
    POSITION.setOpaque(this, offset);
  }

  // ---- rounds and rests

  /// Whether it may have a message now: a round is under way, or its rest is over and one begins.
  private boolean isInRound() {
    if (delivery instanceof Delivery.Conflate && position < roundEnd) return true;
    if (!isDue(home().loop().nanos())) {
      rests = topic.head() > position;
      return false;
    }
    if (delivery instanceof Delivery.Conflate) enterRound();
    return true;
  }

  private boolean isFarBehind() {
    return round == null
        && delivery instanceof Delivery.Conflate
        && topic.head() - position > FAR_BEHIND;
  }

  private void enterRound() {
    leaveRound();
    var entered = topic.enterRound(position);
    round = entered;
    roundEnd = entered.end();
  }

  private void leaveRound() {
    var left = round;
    round = null;
    if (left != null) topic.leaveRound(left);
  }

  private void handed() {
    if (delivery instanceof Delivery.Conflate && position < roundEnd) return;
    dueNanos = home().loop().nanos() + intervalNanos;
  }

  /// All that was left of the round has been replaced by what belongs to the next.
  private int endRound() {
    passOver(roundEnd - position);
    dueNanos = home().loop().nanos() + intervalNanos;
    rests = true;
    return 0;
  }

  // ---- what others see

  @Override
  public String topic() {
    return topic.name();
  }

  @Override
  public Delivery delivery() {
    return delivery;
  }

  private long reached() {
    return (long) POSITION.getOpaque(this);
  }

  @Override
  public Position position() {
    return new Position(topic.epoch(), reached());
  }

  @Override
  public long lag() {
    return Math.max(0, topic.head() - reached());
  }

  @Override
  public long delivered() {
    return Math.max(0, reached() - start - dropped - withheld);
  }

  @Override
  public long dropped() {
    return dropped;
  }

  @Override
  public long withheld() {
    return withheld;
  }

  @Override
  public long published() {
    return Math.max(0, topic.head() - start);
  }

  @Override
  public Duration stalledFor() {
    return Duration.ofNanos(subscriber.stalledNanos(home().loop().nanos()));
  }

  /// Tells its topic how far behind it is, and returns that.
  long tellLag(int round) {
    long lag = lag();
    topic.tellLag(round, lag);
    return lag;
  }

  Figures figures(int waitingBytes) {
    var whose = String.valueOf(subscriber.outlet().account().label());
    return new Figures(
        whose, topic(), delivery, lag(), delivered(), dropped, stalledFor(), waitingBytes);
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    if (line != null) line.remove(this);
    gap = null;
    leaveRound();
    topic.leave(lane());
    home().subscribed(-1);
    subscriber.left(this);
  }

  @Override
  public String toString() {
    return "subscription to " + topic.name() + " at " + reached();
  }
}
