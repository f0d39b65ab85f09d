package io.tidegate.http;

import io.tidegate.ledger.Ticker;
import io.tidegate.outbound.Waits.Look;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Who of the handlers has a place, who waits for one, and who is asked to give his up.
///
/// There are two kinds: handlers whose request is still arriving, which have half of the places at
/// most, and all others. Each has a line of its own, four times as long as its places, and a second
/// of the same length for works whose connection has a handler at work; where both kinds wait they
/// take turns. Who waits for a share that is full needs a place of his own kind; who waits because
/// all places are taken needs one of those whose request is there. So peers who take their time
/// over their requests keep only each other out.
///
/// For each who waits in a first line one handler is asked to leave: at once one that waits for its
/// peer and loses nothing by that; else the one that has waited longest for its peer, for bytes of
/// a body or for room to write, [#GRACE] after it began to. Or before that one whose peer was found
/// to be full at two looks, [#LOOK] and twice that after its wait began or later: one that has not
/// made room behind such a wait before. A look is asked of the peer's loop, and no second before it
/// has told: a loop that is behind is asked for one of each handler and no more. One lock for all,
/// held for some hundred instructions; nobody waits here, but for a thread of its own while
/// somebody needs a place and no wait has lasted long. Who gives up is told without the lock.
final class HandlerPlaces {
  /// What is on its way excuses a wait for so long, and so does a peer that is quick but for a busy
  /// loop. As often the places may all change hands, and the line, four times as long, is empty
  /// within the second.
  static final Duration GRACE = Duration.ofMillis(250);

  /// Twice that is what a busy peer has to come and read: a frame of a screen's time. A crowd of
  /// peers who read nothing keeps others waiting for no longer.
  static final Duration LOOK = Duration.ofMillis(8);

  private static final Duration TWO_LOOKS = LOOK.multipliedBy(2);

  /// What waits for a place: some milliseconds of work for handlers that end, and a crowd's first
  /// requests at once.
  private static final int LINE_PER_PLACE = 4;

  private final HandlerThreads threads;
  private final Executor asker;
  private final Ticker ticker;
  private final int most;
  private final Kind whole;
  private final Kind arriving;
  private int inside;
  private boolean isArrivingsTurn;

  /// Works that have had a place, and take turns with those of the first lines.
  private final ArrayDeque<HandlerThreads.Work> back = new ArrayDeque<>();

  private boolean isTurnOfThoseBack;
  private boolean asking;

  /// Handlers of one kind.
  private static final class Kind {
    final int most;
    final ArrayDeque<HandlerThreads.Work> line = new ArrayDeque<>();

    /// Of connections that have a handler at work: by a hundred streams nobody has more than his
    /// turn.
    final ArrayDeque<HandlerThreads.Work> furtherLine = new ArrayDeque<>();

    /// Those that wait for their peers and may leave at once.
    final LinkedHashSet<HandlerPlace> obliging = new LinkedHashSet<>();

    /// The others that wait for their peers, in the order in which they began to.
    final LinkedHashSet<HandlerPlace> waiting = new LinkedHashSet<>();

    /// Of those the ones whose peer may be looked at and is not being, in the order in which they
    /// are to be.
    final LinkedHashSet<HandlerPlace> visible = new LinkedHashSet<>();

    int inside;

    /// Those inside that were asked to leave, and have not waited for anything since.
    int leaving;

    Kind(int most) {
      this.most = most;
    }

    boolean nobodyWaits() {
      return line.isEmpty() && furtherLine.isEmpty();
    }

    ArrayDeque<HandlerThreads.Work> lineOf(HandlerThreads.Work work) {
      return work.further() ? furtherLine : line;
    }

    int share() {
      return most - inside;
    }

    void waitsNoMore(HandlerPlace place) {
      var _ = obliging.remove(place);
      var _ = waiting.remove(place);
      var _ = visible.remove(place);
    }
  }

  /// @param asker what runs the one thread that asks later
  HandlerPlaces(HandlerThreads threads, int most, Executor asker, Ticker ticker) {
    this.threads = threads;
    this.ticker = ticker;
    this.most = most;
    this.asker = asker;
    this.whole = new Kind(most);
    this.arriving = new Kind(Math.max(1, most / 2));
  }

  /// How many may wait in all lines where there are `most` places.
  static int waitingFor(int most) {
    return 2 * LINE_PER_PLACE * (most + Math.max(1, most / 2));
  }

  int most() {
    return most;
  }

  synchronized int inside() {
    return inside;
  }

  private Kind kind(boolean arrives) {
    return arrives ? arriving : whole;
  }

  // ---- in and out

  /// Takes a place for what has its request; null if there is none.
  synchronized @Nullable HandlerPlace tryEnter() {
    return inside < most ? enter(false) : null;
  }

  /// Takes a place for `work`; null if there is none, or somebody waits for it.
  synchronized @Nullable HandlerPlace tryEnter(HandlerThreads.Work work) {
    var kind = kind(work.arrives());
    return inside < most && kind.share() > 0 && kind.nobodyWaits() ? enter(work.arrives()) : null;
  }

  private HandlerPlace enter(boolean arrives) {
    inside++;
    kind(arrives).inside++;
    return new HandlerPlace(threads, this, arrives);
  }

  /// Puts `work`, for which there was no place, at the end of its line; false if that is full. Then
  /// [#next] is to be called: there may be a place now.
  synchronized boolean offer(HandlerThreads.Work work) {
    var kind = kind(work.arrives());
    var line = kind.lineOf(work);
    return line.size() < kind.most * LINE_PER_PLACE && line.add(work);
  }

  /// Puts `work`, which had a place and gave it up, at the end of a line of its own: who may be in
  /// that is bounded where it is given up. Then [#next] is to be called.
  synchronized void offerBack(HandlerThreads.Work work) {
    var _ = back.add(work);
  }

  /// Takes `work` out of its line; false if it has left it.
  synchronized boolean remove(HandlerThreads.Work work) {
    return kind(work.arrives()).lineOf(work).remove(work);
  }

  /// Takes anybody out of a line; null if nobody waits.
  synchronized HandlerThreads.@Nullable Work poll() {
    var first = poll(whole);
    return first == null ? poll(arriving) : first;
  }

  /// Takes anybody who is back out of his line; null if nobody is.
  synchronized HandlerThreads.@Nullable Work pollBack() {
    return back.poll();
  }

  private static HandlerThreads.@Nullable Work poll(Kind kind) {
    var first = kind.line.poll();
    return first == null ? kind.furtherLine.poll() : first;
  }

  /// A work and its place.
  ///
  /// @param isBack whether it had given one up
  record Turn(HandlerThreads.Work work, HandlerPlace place, boolean isBack) {}

  /// The next turn, of the first lines before the others; null if nobody waits, or there is no
  /// place for who does.
  synchronized @Nullable Turn next() {
    if (inside == most) return null;
    isTurnOfThoseBack = !isTurnOfThoseBack;
    if (isTurnOfThoseBack && !back.isEmpty()) return nextBack();
    var first = next(whole.line, arriving.line);
    if (first != null) return first;
    if (!back.isEmpty()) return nextBack();
    return next(whole.furtherLine, arriving.furtherLine);
  }

  private Turn nextBack() {
    return new Turn(back.remove(), enter(false), true);
  }

  private @Nullable Turn next(
      ArrayDeque<HandlerThreads.Work> ofWhole, ArrayDeque<HandlerThreads.Work> ofArriving) {
    boolean mayArriving = arriving.share() > 0 && !ofArriving.isEmpty();
    if (!mayArriving && ofWhole.isEmpty()) return null;
    boolean arrives = mayArriving && (isArrivingsTurn || ofWhole.isEmpty());
    isArrivingsTurn = !arrives;
    return new Turn((arrives ? ofArriving : ofWhole).remove(), enter(arrives), false);
  }

  /// Gives `place` back; whether somebody waits, for whom [#next] is to be called.
  synchronized boolean leave(HandlerPlace place) {
    out(place);
    place.arrives = false; // who hears of that too late finds nothing to be done
    inside--;
    return somebodyWaits();
  }

  private boolean somebodyWaits() {
    return !whole.nobodyWaits() || !arriving.nobodyWaits() || !back.isEmpty();
  }

  private void out(HandlerPlace place) {
    var kind = kind(place.arrives);
    kind.waitsNoMore(place);
    kind.inside--;
    if (place.isLeaving) kind.leaving--;
  }

  /// Lets `place` count among the others, its wait too; whether somebody waits, for whom [#next] is
  /// to be called.
  synchronized boolean arrived(HandlerPlace place) {
    if (!place.arrives) return false;
    boolean waits = arriving.waiting.contains(place) || arriving.obliging.contains(place);
    out(place);
    place.arrives = false;
    whole.inside++;
    if (place.isLeaving) whole.leaving++;
    if (waits) queue(whole, place);
    return somebodyWaits();
  }

  // ---- who gives up

  /// The handler at `place` waits for its peer until [#ends], or until `giveUp` is called; false if
  /// it was asked to leave before: then another is asked for who needed the place, if it stays.
  ///
  /// @param look at the peer, if that can be done
  synchronized boolean begins(
      HandlerPlace place, Runnable giveUp, boolean isObliging, @Nullable Look look) {
    if (place.asked) {
      if (!isObliging) {
        var _ = leavesNot(place);
      }
      return false;
    }
    place.giveUp = giveUp;
    place.isObliging = isObliging;
    place.look = place.isExcused ? null : look;
    queue(kind(place.arrives), place);
    return true;
  }

  private boolean leavesNot(HandlerPlace place) {
    if (!place.isLeaving) return false;
    place.isLeaving = false;
    kind(place.arrives).leaving--;
    return true;
  }

  /// Whether `place`, whose wait is over, was asked to leave and does not, since it lost nothing by
  /// that wait: then another is to be asked.
  synchronized boolean stays(HandlerPlace place) {
    return !place.asked && leavesNot(place);
  }

  /// Its grace begins now, also for who waited before all of its request was there: what ends that
  /// wait may just have come.
  private void queue(Kind kind, HandlerPlace place) {
    place.begunNanos = ticker.nanos();
    place.fullLooks = 0;
    var line = place.isObliging ? kind.obliging : kind.waiting;
    var _ = line.add(place);
    if (asking && line.size() == 1) notifyAll();
    if (place.look != null && !place.isSeen) willBeSeen(kind, place);
  }

  private void willBeSeen(Kind kind, HandlerPlace place) {
    place.lookNanos = ticker.nanos() + LOOK.toNanos();
    var _ = kind.visible.add(place);
    if (asking && kind.visible.size() == 1) notifyAll();
  }

  synchronized void ends(HandlerPlace place) {
    if (place.look != null && graceNanos(place, TWO_LOOKS) <= 0) place.isExcused = true;
    place.look = null;
    kind(place.arrives).waitsNoMore(place);
  }

  /// How long the wait at `place` may still last undisturbed.
  private long graceNanos(HandlerPlace place, Duration grace) {
    return grace.toNanos() - (ticker.nanos() - place.begunNanos);
  }

  private void saw(HandlerPlace place, Look look, boolean isFull) {
    var giveUp = giveUpOf(place, look, isFull);
    if (giveUp != null) giveUp.run();
  }

  /// What `look` saw of the peer that `place` waits for. Returns what asks it, if that was full
  /// twice in a row and somebody needs its place now.
  private synchronized @Nullable Runnable giveUpOf(HandlerPlace place, Look look, boolean isFull) {
    var kind = kind(place.arrives);
    place.isSeen = false;
    if (place.look == null || !kind.waiting.contains(place)) return null;
    boolean isOfThisWait = place.look == look;
    place.fullLooks = isFull && isOfThisWait ? place.fullLooks + 1 : 0;
    if (place.fullLooks > 1 && needed(kind) > 0) return giveUp(kind, place);
    willBeSeen(kind, place);
    return null;
  }

  /// Asks as many as are needed, now as far as may be and the others later.
  void ask() {
    for (var due = due(); due != null; due = due()) due.run();
    if (beginsToAsk()) asker.execute(this::askLater);
  }

  private synchronized boolean beginsToAsk() {
    if (!isNeeded()) return false;
    if (asking) notifyAll(); // it may wait for another kind alone
    boolean begins = !asking;
    asking = true;
    return begins;
  }

  private void askLater() {
    try {
      for (var due = await(); due != null; due = await()) due.run();
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    } catch (Throwable fault) {
      asksNoMore();
      throw fault;
    }
  }

  private synchronized void asksNoMore() {
    asking = false;
  }

  /// Waits until somebody can be asked or looked at, and returns what does it; null if nobody need
  /// be.
  private synchronized @Nullable Runnable await() throws InterruptedException {
    while (isNeeded()) {
      var due = due();
      if (due != null) return due;
      long nanos = Math.min(nanosUntilDue(arriving), nanosUntilDue(whole));
      if (nanos == Long.MAX_VALUE) wait();
      else TimeUnit.NANOSECONDS.timedWait(this, Math.max(1_000_000, nanos));
    }
    asking = false;
    return null;
  }

  private long nanosUntilDue(Kind kind) {
    return needed(kind) <= 0 ? Long.MAX_VALUE : Math.min(graceNanos(kind), nanosUntilLook(kind));
  }

  private long graceNanos(Kind kind) {
    return kind.waiting.isEmpty() ? Long.MAX_VALUE : graceNanos(kind.waiting.getFirst(), GRACE);
  }

  private long nanosUntilLook(Kind kind) {
    if (kind.visible.isEmpty()) return Long.MAX_VALUE;
    return kind.visible.getFirst().lookNanos - ticker.nanos();
  }

  /// What asks somebody who is needed, or looks whether he should be.
  private synchronized @Nullable Runnable due() {
    var due = due(arriving);
    return due == null ? due(whole) : due;
  }

  private static Runnable oblige(Kind kind) {
    var first = kind.obliging.removeFirst();
    first.isLeaving = true;
    kind.leaving++;
    return first.giveUp;
  }

  private static Runnable giveUp(Kind kind, HandlerPlace place) {
    kind.waitsNoMore(place);
    place.asked = true;
    place.isLeaving = true;
    kind.leaving++;
    return place.giveUp;
  }

  private @Nullable Runnable due(Kind kind) {
    if (!kind.obliging.isEmpty() && neededOfObliging(kind) > 0) return oblige(kind);
    if (needed(kind) <= 0) return null;
    if (graceNanos(kind) <= 0) return giveUp(kind, kind.waiting.getFirst());
    return nanosUntilLook(kind) <= 0 ? look(kind) : null;
  }

  private Runnable look(Kind kind) {
    var first = kind.visible.removeFirst();
    first.isSeen = true;
    var look = Objects.requireNonNull(first.look);
    return () -> look.look(isFull -> saw(first, look, isFull));
  }

  private boolean isNeeded() {
    return needed(arriving) > 0 || neededOfObliging(whole) > 0;
  }

  /// As [#needed], and one for each who is back: for him nobody leaves who loses something.
  private int neededOfObliging(Kind kind) {
    int forThoseBack = kind == whole && inside == most ? back.size() : 0;
    return needed(kind) + forThoseBack;
  }

  /// How many more of `kind` are to leave: one for each who waits in a first line, less those who
  /// are leaving.
  private int needed(Kind kind) {
    int forShare = Math.max(0, arriving.line.size() - arriving.share());
    int forPlace = inside < most ? 0 : whole.line.size() + arriving.line.size() - forShare;
    int spare = Math.max(0, arriving.leaving - forShare);
    boolean areAllArriving = whole.inside == 0; // where there is one place
    if (kind == whole) return (areAllArriving ? 0 : forPlace - spare) - whole.leaving;
    return forShare + (areAllArriving ? forPlace : 0) - arriving.leaving;
  }
}
