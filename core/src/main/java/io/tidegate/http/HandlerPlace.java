package io.tidegate.http;

import io.tidegate.outbound.Waits;
import io.tidegate.outbound.Waits.Look;
import org.jspecify.annotations.Nullable;

/// A handler's place, from when it is found until the handler leaves, and what the handler waits
/// for meanwhile, one thing at a time. Safe for any thread.
public final class HandlerPlace {
  private static final ScopedValue<HandlerPlace> HERE = ScopedValue.newInstance();

  private final HandlerThreads threads;
  private final HandlerPlaces places;

  /// Whether its connection had another handler at work when it began.
  final boolean isFurther;

  /// Whether it is one of those that are kept for the first lines.
  final boolean isKept;

  // ---- all guarded by places

  /// Whether its request is still arriving.
  boolean arrives;

  /// Whether it was asked to leave, though it lost something: it is once, whatever it waits for
  /// until it does.
  boolean asked;

  /// Whether it is believed to leave, since it was asked.
  boolean isLeaving;

  /// What ends its wait for its peer.
  Runnable giveUp = () -> {};

  /// Whether nothing is lost if that is called.
  boolean isObliging;

  /// How to look at the peer that it waits for, if that may be done.
  @Nullable Look look;

  /// When it may be looked at next.
  long lookNanos;

  /// Whether a look at its peer is under way.
  boolean isSeen;

  /// How many looks in a row, the last ones of this wait, have found its peer full.
  int fullLooks;

  /// Whether its peer has made room after a long wait: it is slow and not deaf.
  boolean isExcused;

  /// Whether it ever began to wait.
  boolean hasWaited;

  /// When it began to wait.
  long begunNanos;

  HandlerPlace(
      HandlerThreads threads, HandlerPlaces places, HandlerThreads.Work work, boolean isKept) {
    this.threads = threads;
    this.places = places;
    this.isFurther = work.line().isFurther();
    this.isKept = isKept;
    this.arrives = work.arrives();
  }

  /// That of the handler whose thread this is; null if it is none of `threads`.
  static @Nullable HandlerPlace of(HandlerThreads threads) {
    if (!HERE.isBound()) return null;
    var place = HERE.get();
    return place.threads == threads ? place : null;
  }

  /// Runs `work` as the handler that has this place.
  void run(Runnable work) {
    ScopedValue.where(HERE, this).run(work);
  }

  /// Begins a wait, as [Waits] says.
  Waits.Wait begin(Runnable giveUp, boolean isObliging, @Nullable Look look) {
    if (places.begins(this, giveUp, isObliging, look)) return this::ends;
    giveUp.run(); // as it was asked to before
    places.ask();
    return () -> {};
  }

  private void ends() {
    if (places.ends(this)) places.ask();
  }

  /// All of its request that it waits for is there: it counts among the others from now on.
  public void arrived() {
    if (places.arrived(this)) threads.startWaiting();
  }
}
