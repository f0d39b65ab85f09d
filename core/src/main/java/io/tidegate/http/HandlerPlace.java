package io.tidegate.http;

import io.tidegate.ledger.Gate;
import io.tidegate.outbound.Waits;
import org.jspecify.annotations.Nullable;

/// A handler's place, from when it is found until the handler leaves. Safe for any thread.
public final class HandlerPlace {
  private static final ScopedValue<HandlerPlace> HERE = ScopedValue.newInstance();
  private static final Waits.Wait OF_NONE = () -> {};

  private final HandlerThreads threads;
  private final Gate.Pass pass;
  private final Gate.@Nullable Pass share;
  private volatile Bulkhead bulkhead;
  private volatile boolean asked;

  /// @param pass to the places of all
  /// @param share to those of `bulkhead`; null if these are all
  HandlerPlace(
      HandlerThreads threads, Bulkhead bulkhead, Gate.Pass pass, Gate.@Nullable Pass share) {
    this.threads = threads;
    this.bulkhead = bulkhead;
    this.pass = pass;
    this.share = share;
  }

  /// That of the handler whose thread this is; null if it is none of `threads`.
  static @Nullable HandlerPlace of(HandlerThreads threads) {
    if (!HERE.isBound()) return null;
    var place = HERE.get();
    return place.threads == threads ? place : null;
  }

  /// The calling handler's wait among the others of its kind; no wait of a handler is asked to end
  /// where it has no place in `threads`.
  static Waits.Wait begin(HandlerThreads threads, Runnable giveUp) {
    var place = of(threads);
    return place == null ? OF_NONE : place.bulkhead.waits().begin(place, giveUp);
  }

  /// Runs `work` as the handler that has this place.
  void run(Runnable work) {
    ScopedValue.where(HERE, this).run(work);
  }

  /// Whether it was asked to leave: it is once, whatever it waits for until it does.
  boolean wasAsked() {
    return asked;
  }

  void ask() {
    asked = true;
  }

  /// All of its request is there: it counts among those who have theirs from now on.
  public void arrived() {
    if (share == null) return;
    bulkhead = threads.whole();
    share.close();
    threads.startWaiting();
  }

  void leave() {
    if (share != null) share.close();
    pass.close();
  }
}
