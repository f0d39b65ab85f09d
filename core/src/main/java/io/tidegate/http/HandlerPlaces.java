package io.tidegate.http;

import io.tidegate.ledger.Ticker;
import io.tidegate.outbound.Waits.Look;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
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
/// over their requests keep only each other out. Works that have had a place come back in a line of
/// their own, which takes turns with the first lines.
///
/// One place in eight is kept from works whose connection has a handler at work: they begin only
/// while more are free, but those of them that are back keep their turns while a first line waits.
/// So a hundred streams of one peer that hold all they can get cost nobody else a wait.
///
/// For each who waits in a first line one handler is asked to leave: at once one that waits for its
/// peer and loses nothing by that; else the one that has waited longest for its peer, for bytes of
/// a body or for room to write, [#GRACE] after it began to. Or before that one whose peer was found
/// to be full at two looks, [#LOOK] and twice that after its wait began or later: one that has not
/// made room behind such a wait before. For a kept place that is taken one is asked as well, but
/// only one that loses nothing, or whose peer is full and whose connection had others at work; all
/// others are looked at, so that it is known who is to be asked. For who is back only one that
/// loses nothing is asked. A look is asked of the peer's loop, and no second before it has told: a
/// loop that is behind is asked for one of each handler and no more.
///
/// One lock for all, held for some hundred instructions; nobody waits here, but for a thread of its
/// own while somebody needs a place and no wait has lasted long. Who gives up is told without the
/// lock.
final class HandlerPlaces {
  /// What is on its way excuses a wait for so long, and so does a peer that is quick but for a busy
  /// loop. As often the places may all change hands, and the line, four times as long, is empty
  /// within the second.
  static final Duration GRACE = Duration.ofMillis(250);

  /// Twice that is what a busy peer has to come and read: a frame of a screen's time. A crowd of
  /// peers who read nothing keeps others waiting for no longer.
  static final Duration LOOK = Duration.ofMillis(8);

  /// Of the places one in so many is kept. It is free again within two looks, so 30 of 245 are
  /// enough for 1,800 requests a second though all others are with peers that read nothing.
  private static final int PLACES_PER_KEPT = 8;

  private static final HandlerThreads.Work ANY = new HandlerThreads.Work(() -> {}, () -> {});

  private final HandlerThreads threads;
  private final Executor asker;
  private final int most;
  private final int kept;
  private final HandlerKind whole;
  private final HandlerKind arriving;
  private final SequencedSet<HandlerThreads.Work> backLine = new LinkedHashSet<>();
  private final SequencedSet<HandlerThreads.Work> furtherBackLine = new LinkedHashSet<>();
  private int inside;
  private boolean isArrivingsTurn;
  private boolean isTurnOfThoseBack;
  private boolean asking;

  /// @param asker what runs the one thread that asks later
  HandlerPlaces(HandlerThreads threads, int most, Executor asker, Ticker ticker) {
    this.threads = threads;
    this.most = most;
    this.kept = most / PLACES_PER_KEPT;
    this.asker = asker;
    this.whole = new HandlerKind(most, ticker);
    this.arriving = new HandlerKind(ofArriving(most), ticker);
  }

  private static int ofArriving(int most) {
    return Math.max(1, most / 2);
  }

  /// How many may wait in all lines where there are `most` places, but for those who are back.
  static int mostWaiting(int most) {
    return HandlerKind.mostWaiting(most) + HandlerKind.mostWaiting(ofArriving(most));
  }

  int most() {
    return most;
  }

  synchronized int inside() {
    return inside;
  }

  private HandlerKind kind(boolean arrives) {
    return arrives ? arriving : whole;
  }

  // ---- in and out

  /// Takes a place for what has its request; null if there is none.
  synchronized @Nullable HandlerPlace tryEnter() {
    return inside < most ? enter(ANY) : null;
  }

  /// Takes a place for `work`; null if there is none, or somebody waits for it.
  synchronized @Nullable HandlerPlace tryEnter(HandlerThreads.Work work) {
    var kind = kind(work.arrives());
    boolean isFree =
        work.line().isFurther()
            ? lacking() < 0 && kind.nobodyWaits()
            : inside < most && kind.line.isEmpty();
    return isFree && kind.share() > 0 ? enter(work) : null;
  }

  /// How many of the places that are kept for the first lines are taken; negative if there are
  /// others.
  private int lacking() {
    return inside + kept - most;
  }

  private HandlerPlace enter(HandlerThreads.Work work) {
    inside++;
    var place = new HandlerPlace(threads, this, work, lacking() > 0);
    kind(work.arrives()).enters(place);
    return place;
  }

  /// Puts `work`, for which there was no place, at the end of its line; false if that is full. The
  /// line of those who are back never is: how many those are is bounded where they left. Then
  /// [#next] is to be called: there may be a place now.
  synchronized boolean offer(HandlerThreads.Work work) {
    var line = lineOf(work);
    boolean isBack = work.line().isBack();
    return (isBack || kind(work.arrives()).hasLineFor(line.size())) && line.add(work);
  }

  private SequencedSet<HandlerThreads.Work> lineOf(HandlerThreads.Work work) {
    return switch (work.line()) {
      case FIRST -> kind(work.arrives()).line;
      case FURTHER -> kind(work.arrives()).furtherLine;
      case BACK -> backLine;
      case FURTHER_BACK -> furtherBackLine;
    };
  }

  /// Takes `work` out of its line; false if it has left it.
  synchronized boolean remove(HandlerThreads.Work work) {
    return lineOf(work).remove(work);
  }

  /// Takes anybody out of a line; null if nobody waits.
  synchronized HandlerThreads.@Nullable Work poll() {
    for (var line : lines()) if (!line.isEmpty()) return line.removeFirst();
    return null;
  }

  private List<SequencedSet<HandlerThreads.Work>> lines() {
    return List.of(
        whole.line,
        arriving.line,
        backLine,
        furtherBackLine,
        whole.furtherLine,
        arriving.furtherLine);
  }

  /// A work and its place.
  record Turn(HandlerThreads.Work work, HandlerPlace place) {}

  /// The next turn, of the first lines before the others; null if nobody waits, or there is no
  /// place for who does.
  synchronized @Nullable Turn next() {
    if (inside == most) return null;
    boolean isForAll = lacking() < 0;
    boolean mayFurtherBack = isForAll || !whole.line.isEmpty() || !arriving.line.isEmpty();
    isTurnOfThoseBack = !isTurnOfThoseBack;
    var back = isTurnOfThoseBack ? nextBack(mayFurtherBack) : null;
    if (back != null) return back;
    var first = next(whole.line, arriving.line);
    if (first != null) return first;
    var late = nextBack(isForAll);
    return late != null || !isForAll ? late : next(whole.furtherLine, arriving.furtherLine);
  }

  private @Nullable Turn nextBack(boolean mayFurther) {
    if (!backLine.isEmpty()) return turn(backLine);
    return mayFurther && !furtherBackLine.isEmpty() ? turn(furtherBackLine) : null;
  }

  private Turn turn(SequencedSet<HandlerThreads.Work> line) {
    var work = line.removeFirst();
    return new Turn(work, enter(work));
  }

  private @Nullable Turn next(
      SequencedSet<HandlerThreads.Work> ofWhole, SequencedSet<HandlerThreads.Work> ofArriving) {
    boolean mayArriving = arriving.share() > 0 && !ofArriving.isEmpty();
    if (!mayArriving && ofWhole.isEmpty()) return null;
    boolean arrives = mayArriving && (isArrivingsTurn || ofWhole.isEmpty());
    isArrivingsTurn = !arrives;
    return turn(arrives ? ofArriving : ofWhole);
  }

  /// Gives `place` back; whether somebody waits, for whom [#next] is to be called.
  synchronized boolean leave(HandlerPlace place) {
    kind(place.arrives).leaves(place);
    place.arrives = false; // who hears of that too late finds nothing to be done
    inside--;
    return somebodyWaits();
  }

  private boolean somebodyWaits() {
    return !whole.nobodyWaits() || !arriving.nobodyWaits() || back() > 0;
  }

  /// Lets `place` count among the others, its wait too; whether somebody waits, for whom [#next] is
  /// to be called.
  synchronized boolean arrived(HandlerPlace place) {
    if (!place.arrives) return false;
    boolean waits = arriving.isWaiting(place);
    arriving.leaves(place);
    place.arrives = false;
    whole.enters(place);
    if (waits) waits(place);
    return somebodyWaits();
  }

  // ---- who waits for his peer

  /// The handler at `place` waits for its peer until [#ends], or until `giveUp` is called; false if
  /// it was asked to leave before: then another is asked for who needed the place, if it stays.
  ///
  /// @param look at the peer, if that can be done
  synchronized boolean begins(
      HandlerPlace place, Runnable giveUp, boolean isObliging, @Nullable Look look) {
    if (place.asked) {
      boolean _ = !isObliging && kind(place.arrives).stays(place);
      return false;
    }
    place.giveUp = giveUp;
    place.isObliging = isObliging;
    place.look = place.isExcused ? null : look;
    waits(place);
    return true;
  }

  private void waits(HandlerPlace place) {
    if (kind(place.arrives).waits(place) && asking) notifyAll();
  }

  /// The wait at `place` is over, and it stays: whether another is to be asked, since it was asked
  /// and loses nothing by that.
  synchronized boolean ends(HandlerPlace place) {
    var kind = kind(place.arrives);
    kind.waitsNoMore(place);
    return !place.asked && kind.stays(place);
  }

  // ---- who gives up

  /// What `look` saw of the peer that `place` waits for.
  void saw(HandlerPlace place, Look look, boolean isFull) {
    var giveUp = giveUpOf(place, look, isFull);
    if (giveUp != null) giveUp.run();
  }

  /// What asks `place`, if its peer was full twice in a row and somebody needs its place now.
  private synchronized @Nullable Runnable giveUpOf(HandlerPlace place, Look look, boolean isFull) {
    var kind = kind(place.arrives);
    place.isSeen = false;
    if (!kind.isOfInterest(place)) return null;
    if (kind.isFullTwice(place, look, isFull)) {
      kind.isDeaf(place);
      return due(kind);
    }
    if (kind.willBeSeen(place) && asking) notifyAll();
    return null;
  }

  /// Asks as many as are needed, now as far as may be and the others later.
  void ask() {
    for (var due = due(); due != null; due = due()) due.run();
    if (beginsToAsk()) asker.execute(this::askLater);
  }

  private synchronized boolean beginsToAsk() {
    if (!isWanted()) return false;
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
    while (isWanted()) {
      var due = due();
      if (due != null) return due;
      long nanos = Math.min(nanosUntilDue(arriving), nanosUntilDue(whole));
      if (nanos == Long.MAX_VALUE) wait();
      else TimeUnit.NANOSECONDS.timedWait(this, Math.max(1_000_000, nanos));
    }
    asking = false;
    return null;
  }

  private long nanosUntilDue(HandlerKind kind) {
    if (needed(kind) > 0) return kind.nanosUntilDue();
    return wanted(kind) > 0 ? kind.nanosUntilLook() : Long.MAX_VALUE;
  }

  /// What asks somebody who is needed, or looks whether he should be.
  private synchronized @Nullable Runnable due() {
    var due = due(arriving);
    return due == null ? due(whole) : due;
  }

  private @Nullable Runnable due(HandlerKind kind) {
    var obliging = wantedOfObliging(kind) > 0 ? kind.oblige() : null;
    if (obliging != null) return obliging;
    var further = wanted(kind) > 0 ? kind.furtherDeaf() : null;
    if (further != null) return further;
    var late = needed(kind) > 0 ? kind.deafOrLate() : null;
    if (late != null) return late;
    return wanted(kind) > 0 ? kind.dueLook(this) : null;
  }

  private boolean isWanted() {
    return needed(arriving) > 0 || wantedOfObliging(whole) > 0;
  }

  /// As [#wanted], and one for each who is back.
  private int wantedOfObliging(HandlerKind kind) {
    int forThoseBack = kind == whole && lacking() >= 0 ? back() : 0;
    return wanted(kind) + forThoseBack;
  }

  private int back() {
    return backLine.size() + furtherBackLine.size();
  }

  /// As [#needed], and as many as are lacking of the places that are kept.
  private int wanted(HandlerKind kind) {
    int forThoseToCome = kind == whole ? Math.max(0, lacking()) : 0;
    return needed(kind) + forThoseToCome;
  }

  /// How many more of `kind` are to leave: one for each who waits in a first line, less those who
  /// are leaving.
  private int needed(HandlerKind kind) {
    int forShare = Math.max(0, arriving.line.size() - arriving.share());
    int forPlace = inside < most ? 0 : whole.line.size() + arriving.line.size() - forShare;
    int spare = Math.max(0, arriving.leaving() - forShare);
    boolean areAllArriving = whole.inside() == 0; // where there is one place
    if (kind == whole) return (areAllArriving ? 0 : forPlace - spare) - whole.leaving();
    return forShare + (areAllArriving ? forPlace : 0) - arriving.leaving();
  }
}
