package io.tidegate.hub;

import io.tidegate.hub.survey.Greatest;
import io.tidegate.hub.survey.Walk;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Loop;
import io.tidegate.net.Scope;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The subscribers of one hub on one loop, and whose turn it is.
///
/// Publishers wake it once, however many messages they have: it then goes through those who wait
/// for news, and hands out what they lack, small messages first, up to [HubConfig#turnBytes] before
/// the loop looks after others. Who cannot take more is left alone until its bytes have left.
///
/// All but the waking belongs to the loop.
final class HubLoop implements Runnable {
  /// From here on a subscriber's messages wait behind those of others.
  private static final int BULK_BYTES = 4 * 1024;

  /// Whose picture has left its ring, and who has taken nothing of it for so long, may have to go
  /// so that the hub has room.
  private static final long PINNING_NANOS = Duration.ofSeconds(1).toNanos();

  private static final Duration LOOK = Duration.ofSeconds(1);

  /// This, its counters, its wheel with all spokes in use.
  static final int HEAP_BYTES = 1_024 + Wheel.SPOKES * 32;

  private final Hub hub;
  private final Loop loop;
  private final Deadline look;
  private final ConcurrentLinkedQueue<Lane> woken = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean isScheduled = new AtomicBoolean();
  private final Queue small = new Queue();
  private final Queue bulk = new Queue();
  private final Wheel wheel = new Wheel(this);
  private final Topic.Found found = new Topic.Found();
  private final Batch batch;
  private @Nullable OutletSubscriber newest;
  private @Nullable Walk<OutletSubscriber> walk;
  private boolean isRunning;
  private Scope.@Nullable Removal owned;

  private final AtomicLong subscriptions = new AtomicLong();
  private final AtomicLong gaps = new AtomicLong();
  private final AtomicLong cuts = new AtomicLong();
  private final AtomicLong delivered = new AtomicLong();
  private final AtomicLong dropped = new AtomicLong();

  HubLoop(Hub hub, Loop loop) {
    this.hub = hub;
    this.loop = loop;
    this.look = loop.deadline(this::look);
    this.batch = new Batch(hub, found);
  }

  /// Lives as long as its loop, or its hub.
  void begin() {
    owned = loop.own(this::close);
  }

  Loop loop() {
    return loop;
  }

  Hub hub() {
    return hub;
  }

  Topic.Found found() {
    return found;
  }

  Batch batch() {
    return batch;
  }

  Wheel wheel() {
    return wheel;
  }

  // ---- waking

  /// The subscribers of one topic on one loop.
  static final class Lane {
    /// This, two counters, its place in its topic's array.
    static final int HEAP_BYTES = 160;

    private final HubLoop home;
    private final Topic topic;
    private final AtomicBoolean isWoken = new AtomicBoolean();
    private final AtomicLong delivered = new AtomicLong();
    private final AtomicLong dropped = new AtomicLong();

    /// Those who have seen all there is.
    private final Cursor.Line waiting = new Cursor.Line();

    /// How many stand in it, wherever they wait. Guarded by the topic.
    int cursors;

    Lane(HubLoop home, Topic topic) {
      this.home = home;
      this.topic = topic;
    }

    HubLoop home() {
      return home;
    }

    /// A message came. Any thread; costs little while the loop has not come to the last.
    void wake() {
      if (isWoken.get() || !isWoken.compareAndSet(false, true)) return;
      var _ = home.woken.add(this);
      home.schedule();
    }

    /// Moves all who wait for news to those who have some.
    private void tell() {
      isWoken.set(false);
      for (var cursor = waiting.poll(); cursor != null; cursor = waiting.poll()) cursor.pend();
    }

    Cursor.Line waiting() {
      return waiting;
    }

    void delivered(long more) {
      delivered.setOpaque(delivered.getPlain() + more);
      home.delivered.setOpaque(home.delivered.getPlain() + more);
    }

    void dropped(long more) {
      dropped.setOpaque(dropped.getPlain() + more);
      home.dropped.setOpaque(home.dropped.getPlain() + more);
    }

    long delivered() {
      return delivered.getOpaque();
    }

    long dropped() {
      return dropped.getOpaque();
    }

    @Override
    public String toString() {
      return topic + " on " + home.loop;
    }
  }

  /// Runs soon; once, however often this is called before. Any thread.
  private void schedule() {
    if (isScheduled.get() || !isScheduled.compareAndSet(false, true)) return;
    if (!loop.later(this)) isScheduled.set(false);
  }

  /// `subscriber` has messages ahead and room for them.
  void ready(OutletSubscriber subscriber) {
    if (subscriber.isQueued) return;
    (subscriber.lastBytes() < BULK_BYTES ? small : bulk).add(subscriber);
    if (!isRunning) goOn();
  }

  @Override
  public void run() {
    isScheduled.set(false);
    isRunning = true;
    try {
      for (var lane = woken.poll(); lane != null; lane = woken.poll()) lane.tell();
      if (hub.isPinned()) letSlowestGo();
      serveTurn();
    } finally {
      isRunning = false;
    }
    goOn();
  }

  /// Bulk has one place in every turn, however many short messages there are.
  private void serveTurn() {
    int left = serve(small, hub.config().turnBytes());
    var first = bulk.poll();
    if (first != null) left -= first.serve();
    var _ = serve(bulk, left);
  }

  /// Those who are ready have their turn once the loop has looked after its sockets: tasks that
  /// call for one another would keep it from them.
  private void goOn() {
    if (small.isEmpty() && bulk.isEmpty()) {
      batch.clear();
      return;
    }
    if (isScheduled.compareAndSet(false, true)) loop.after(0, this);
  }

  private static int serve(Queue queue, int bytes) {
    int left = bytes;
    while (left > 0) {
      var next = queue.poll();
      if (next == null) break;
      left -= next.serve();
    }
    return left;
  }

  /// Those whose turn comes, one after the other.
  private static final class Queue {
    private @Nullable OutletSubscriber first;
    private @Nullable OutletSubscriber last;

    boolean isEmpty() {
      return first == null;
    }

    void add(OutletSubscriber subscriber) {
      subscriber.isQueued = true;
      if (last == null) first = subscriber;
      else last.queuedBehind = subscriber;
      last = subscriber;
    }

    @Nullable OutletSubscriber poll() {
      var next = first;
      if (next == null) return null;
      first = next.queuedBehind;
      if (first == null) last = null;
      next.queuedBehind = null;
      next.isQueued = false;
      return next;
    }
  }

  // ---- who is here

  void enter(OutletSubscriber subscriber) {
    subscriber.older = newest;
    if (newest != null) newest.newer = subscriber;
    newest = subscriber;
    if (!look.isArmed()) look.in(LOOK);
  }

  void leave(OutletSubscriber subscriber) {
    if (walk != null) walk.left(subscriber);
    if (subscriber.newer != null) subscriber.newer.older = subscriber.older;
    else newest = subscriber.older;
    if (subscriber.older != null) subscriber.older.newer = subscriber.newer;
    subscriber.newer = null;
    subscriber.older = null;
  }

  private void look() {
    hub.topics().endUnused(hub.nanos());
    hub.topics().expireSome(hub.nanos());
    if (hub.isPinned()) letSlowestGo(); // a hub that is full hands nothing out that would see to it
    if (newest != null || hub.topics().size() > 0) look.in(LOOK);
  }

  /// Cuts those who keep messages that have left their rings and take nothing of them, until what
  /// they keep is less than the hub has room for, or as much less as somebody was refused.
  private void letSlowestGo() {
    long now = loop.nanos();
    long excess = hub.pinnedExcess();
    for (var each = newest; each != null && excess > 0; ) {
      var older = each.older;
      int pinned = each.pinnedBytes();
      if (pinned > 0 && each.stalledNanos(now) >= PINNING_NANOS) {
        excess -= pinned;
        hub.relieved(pinned);
        each.cut(CutReason.OVERLOAD_SLOWEST);
      }
      each = older;
    }
  }

  /// Cuts everybody: the hub closes, or the loop ends.
  void close() {
    look.close();
    if (owned != null) owned.close();
    for (var each = newest; each != null; each = newest) {
      each.cut(CutReason.CLOSING);
      each.close();
    }
    batch.clear();
    hub.ended(this);
  }

  // ---- figures

  /// Goes through all subscriptions: their topics learn how far behind they are, and `slowest`
  /// which they are. Any thread; one such walk at a time.
  Walk<OutletSubscriber> survey(int round, Greatest<Subscription.Figures> slowest) {
    return Walk.start(
        loop,
        new Walk.Path<>() {
          @Override
          public @Nullable OutletSubscriber first(Walk<OutletSubscriber> begun) {
            walk = begun;
            return newest;
          }

          @Override
          public @Nullable OutletSubscriber behind(OutletSubscriber subscriber) {
            return subscriber.older;
          }

          @Override
          public int look(OutletSubscriber subscriber) {
            return subscriber.survey(round, slowest);
          }
        });
  }

  void subscribed(int more) {
    subscriptions.setOpaque(subscriptions.getPlain() + more);
  }

  void gapTold() {
    gaps.setOpaque(gaps.getPlain() + 1);
  }

  void wasCut() {
    cuts.setOpaque(cuts.getPlain() + 1);
  }

  long subscriptions() {
    return subscriptions.getOpaque();
  }

  long gaps() {
    return gaps.getOpaque();
  }

  long cuts() {
    return cuts.getOpaque();
  }

  long delivered() {
    return delivered.getOpaque();
  }

  long dropped() {
    return dropped.getOpaque();
  }

  /// Those who rest until a moment, on 256 spokes that come by every 10 ms: a rest that is longer
  /// than a round is looked at once in each. To enter and to leave costs the same for any number.
  static final class Wheel {
    private static final long SPOKE_NANOS = 10_000_000;
    static final int SPOKES = 256;

    private final HubLoop home;
    private final Cursor.Line[] spokes = new Cursor.Line[SPOKES];
    private long doneSpoke;
    private boolean turning;

    Wheel(HubLoop home) {
      this.home = home;
    }

    private Cursor.Line spoke(long number) {
      int i = (int) Math.floorMod(number, (long) SPOKES);
      var line = spokes[i];
      if (line == null) {
        line = new Cursor.Line();
        spokes[i] = line;
      }
      return line;
    }

    /// Has `cursor` go on at `dueNanos` or up to 20 ms after.
    void rest(Cursor cursor, long dueNanos, long nowNanos) {
      if (!turning) {
        turning = true;
        doneSpoke = Math.floorDiv(nowNanos, SPOKE_NANOS);
        home.loop.after(SPOKE_NANOS, this::turn);
      }
      long due = Math.floorDiv(dueNanos + SPOKE_NANOS - 1, SPOKE_NANOS);
      spoke(Math.max(doneSpoke + 1, due)).add(cursor);
    }

    private void turn() {
      long now = home.loop.nanos();
      long upTo = Math.floorDiv(now, SPOKE_NANOS);
      long from = Math.max(doneSpoke + 1, upTo - SPOKES + 1);
      for (long i = from; i <= upTo; i++) wakeDue(spoke(i), now);
      doneSpoke = Math.max(doneSpoke, upTo);
      turning = isAnyResting();
      if (turning) home.loop.after(SPOKE_NANOS, this::turn);
    }

    private static void wakeDue(Cursor.Line spoke, long nowNanos) {
      int count = spoke.size();
      for (int i = 0; i < count; i++) {
        var cursor = spoke.poll();
        if (cursor == null) return;
        if (cursor.isDue(nowNanos)) cursor.pend();
        else spoke.add(cursor);
      }
    }

    private boolean isAnyResting() {
      for (var spoke : spokes) if (spoke != null && spoke.size() > 0) return true;
      return false;
    }
  }
}
