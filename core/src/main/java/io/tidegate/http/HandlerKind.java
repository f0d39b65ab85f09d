package io.tidegate.http;

import io.tidegate.ledger.Ticker;
import io.tidegate.outbound.Waits.Look;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/// Handlers of one kind, of whom so many may have a place: who waits for one, and of those who have
/// one who waits for his peer and may be asked to leave. Guarded by its [HandlerPlaces].
final class HandlerKind {
  /// What waits for a place, for each there is: some milliseconds of work for handlers that end,
  /// and a crowd's first requests at once.
  private static final int LINE_PER_PLACE = 4;

  private static final Duration TWO_LOOKS = HandlerPlaces.LOOK.multipliedBy(2);

  private final Ticker ticker;
  private final int most;

  /// Of connections that have no other handler. As all lines it can be left from amid, by a crowd
  /// that goes, at the price of one.
  final SequencedSet<HandlerThreads.Work> line = new LinkedHashSet<>();

  /// Of connections that have a handler at work: by a hundred streams nobody has more than his
  /// turn.
  final SequencedSet<HandlerThreads.Work> furtherLine = new LinkedHashSet<>();

  /// Those that wait for their peers and may leave at once.
  private final LinkedHashSet<HandlerPlace> obliging = new LinkedHashSet<>();

  /// The others that wait for their peers, in the order in which they began to.
  private final LinkedHashSet<HandlerPlace> waiting = new LinkedHashSet<>();

  /// Of those the ones whose peer may be looked at and is not being, in the order in which they are
  /// to be.
  private final LinkedHashSet<HandlerPlace> visible = new LinkedHashSet<>();

  /// Of those the ones whose peer was full at two looks: it is until the wait ends.
  private final LinkedHashSet<HandlerPlace> deaf = new LinkedHashSet<>();

  /// As [#deaf], of connections that had other handlers at work.
  private final LinkedHashSet<HandlerPlace> furtherDeaf = new LinkedHashSet<>();

  private int inside;
  private int leaving;

  HandlerKind(int most, Ticker ticker) {
    this.most = most;
    this.ticker = ticker;
  }

  /// How many may wait in both lines of a kind that may have `most` places.
  static int mostWaiting(int most) {
    return 2 * most * LINE_PER_PLACE;
  }

  // ---- in and out

  int inside() {
    return inside;
  }

  /// How many more may come in.
  int share() {
    return most - inside;
  }

  boolean nobodyWaits() {
    return line.isEmpty() && furtherLine.isEmpty();
  }

  /// Whether a line may be longer than `works`.
  boolean hasLineFor(int works) {
    return works < most * LINE_PER_PLACE;
  }

  void enters(HandlerPlace place) {
    inside++;
    if (place.isLeaving) leaving++;
  }

  void leaves(HandlerPlace place) {
    forget(place);
    inside--;
    if (place.isLeaving) leaving--;
  }

  // ---- who waits for his peer

  boolean isWaiting(HandlerPlace place) {
    return waiting.contains(place) || obliging.contains(place);
  }

  /// Whether what was seen of its peer may matter.
  boolean isOfInterest(HandlerPlace place) {
    return place.look != null && waiting.contains(place);
  }

  /// Its grace begins now, also for who waited before all of its request was there: what ends that
  /// wait may just have come. Returns whether it is the first that can be asked or looked at.
  boolean waits(HandlerPlace place) {
    place.hasWaited = true;
    place.begunNanos = ticker.nanos();
    place.fullLooks = 0;
    var line = place.isObliging ? obliging : waiting;
    boolean isFirst = line.isEmpty();
    var _ = line.add(place);
    return (place.look != null && !place.isSeen && willBeSeen(place)) || isFirst;
  }

  /// Puts `place` at the end of those whose peers are looked at; returns whether it is the first.
  boolean willBeSeen(HandlerPlace place) {
    place.lookNanos = ticker.nanos() + HandlerPlaces.LOOK.toNanos();
    var _ = visible.add(place);
    return visible.size() == 1;
  }

  void waitsNoMore(HandlerPlace place) {
    if (place.look != null && graceNanos(place, TWO_LOOKS) <= 0) place.isExcused = true;
    place.look = null;
    forget(place);
  }

  private void forget(HandlerPlace place) {
    if (!place.hasWaited) return; // as most: an identity hash is dear where headers are compact
    var _ = obliging.remove(place);
    var _ = waiting.remove(place);
    var _ = visible.remove(place);
    var _ = (place.isFurther ? furtherDeaf : deaf).remove(place);
  }

  /// How long the wait at `place` may still last undisturbed.
  private long graceNanos(HandlerPlace place, Duration grace) {
    return grace.toNanos() - (ticker.nanos() - place.begunNanos);
  }

  // ---- who is asked

  /// Those inside that were asked to leave, and have not stayed since.
  int leaving() {
    return leaving;
  }

  private void leavesSoon(HandlerPlace place) {
    place.isLeaving = true;
    leaving++;
  }

  /// It does not leave, for all that is known; false if that is nothing new.
  boolean stays(HandlerPlace place) {
    if (!place.isLeaving) return false;
    place.isLeaving = false;
    leaving--;
    return true;
  }

  /// What asks one that loses nothing; null if there is none.
  @Nullable Runnable oblige() {
    if (obliging.isEmpty()) return null;
    var first = obliging.removeFirst();
    leavesSoon(first);
    return first.giveUp;
  }

  /// What asks one whose peer was full at two looks and whose connection had others at work; null
  /// if there is none.
  @Nullable Runnable furtherDeaf() {
    return furtherDeaf.isEmpty() ? null : giveUp(furtherDeaf.getFirst());
  }

  /// What asks one whose peer was full at two looks, or else the one whose wait has lasted long;
  /// null if there is neither.
  @Nullable Runnable deafOrLate() {
    if (!deaf.isEmpty()) return giveUp(deaf.getFirst());
    return graceNanos() <= 0 ? giveUp(waiting.getFirst()) : null;
  }

  /// What looks at a peer whose turn it is; null if there is none.
  @Nullable Runnable dueLook(HandlerPlaces seers) {
    if (nanosUntilLook() > 0) return null;
    var first = visible.removeFirst();
    first.isSeen = true;
    var look = Objects.requireNonNull(first.look);
    return () -> look.look(isFull -> seers.saw(first, look, isFull));
  }

  /// In how long somebody is due; [Long#MAX_VALUE] if nobody will be.
  long nanosUntilDue() {
    return Math.min(graceNanos(), nanosUntilLook());
  }

  private long graceNanos() {
    return waiting.isEmpty() ? Long.MAX_VALUE : graceNanos(waiting.getFirst(), HandlerPlaces.GRACE);
  }

  /// In how long somebody is to be looked at; [Long#MAX_VALUE] if nobody is.
  long nanosUntilLook() {
    return visible.isEmpty() ? Long.MAX_VALUE : visible.getFirst().lookNanos - ticker.nanos();
  }

  /// What asks `place`.
  Runnable giveUp(HandlerPlace place) {
    forget(place);
    place.asked = true;
    leavesSoon(place);
    return place.giveUp;
  }

  /// The peer of `place` was full at two looks in a row.
  void isDeaf(HandlerPlace place) {
    var _ = (place.isFurther ? furtherDeaf : deaf).add(place);
  }

  /// Whether `look` was the second in a row, in this wait of `place`, to find its peer full.
  boolean isFullTwice(HandlerPlace place, Look look, boolean isFull) {
    boolean isOfThisWait = place.look == look;
    place.fullLooks = isFull && isOfThisWait ? place.fullLooks + 1 : 0;
    return place.fullLooks > 1;
  }
}
