package io.tidegate.http;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Gate;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.net.OpenFiles;
import io.tidegate.outbound.Waits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Virtual threads for blocking handlers: one each, charged while it runs, and only so many at
/// once.
///
/// Of the places half at most are with handlers whose request is still arriving: peers that send
/// their bodies a byte at a time compete with each other, and with nobody whose request is there.
///
/// The account is one of its own, not the peer's: a handler whose peer has gone still holds its
/// stack until it returns. Safe for any thread.
public final class HandlerThreads implements AutoCloseable {
  /// What one running handler costs the heap purse: a parked virtual thread with its stack (16 KiB
  /// measured on Helidon's idle sockets, which are just that).
  public static final int PRICE = 16 * 1024;

  /// What one that waits for its place costs: its entry and what it is to run.
  private static final int LINE_PRICE = 256;

  /// More at once would queue for the cores, not for their peers.
  private static final int MOST = 4_096;

  /// Share of the heap purse that handlers may have.
  private static final int HEAP_PERCENT = 10;

  private static final Duration GRACE = Duration.ofSeconds(2);
  private static final Waits.Wait OF_NO_PLACE = () -> {};

  private final Account account;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("tidegate-handler").factory());

  private final HandlerPlaces places;
  private final Gate lasting;
  private final Gate resting = Gate.of(Math.clamp(OpenFiles.limit() / 20, 16, 100_000));
  private final Account restAccount;

  /// What is to be run. One is the same as another only if it is that one.
  ///
  /// @param refused called if it waited, in a line or for its tick's end, and cannot be started
  /// @param line where it waits if there is no place
  /// @param arrives whether its request is still arriving
  public record Work(Runnable work, Runnable refused, Line line, boolean arrives) {
    /// What has its request, if any, and is alone on its connection.
    public Work(Runnable work, Runnable refused) {
      this(work, refused, Line.FIRST, false);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /// Where work waits.
  public enum Line {
    /// Alone on its connection: who waits for his peer may be asked to leave for it.
    FIRST,
    /// A handler runs already for the same connection: nobody gives up for it, it waits behind all
    /// who have none, and it leaves an eighth of the places to them.
    FURTHER,
    /// It has had a place, and left it to rest: who loses nothing by that is asked to leave for it.
    BACK,
    /// As [#BACK], of one that was [#FURTHER]: it goes on to leave that eighth, unless others who
    /// do not wait for a place as it is.
    FURTHER_BACK;

    boolean isFurther() {
      return this == FURTHER || this == FURTHER_BACK;
    }

    boolean isBack() {
      return this == BACK || this == FURTHER_BACK;
    }
  }

  /// Work that has its place and its charge, which it gives back when it has run or is refused.
  final class Placed implements Runnable {
    private final Work work;
    private final HandlerPlace place;

    private Placed(Work work, HandlerPlace place) {
      this.work = work;
      this.place = place;
    }

    @Override
    public void run() {
      try {
        place.run(work.work);
      } finally {
        leave();
      }
    }

    private void leave() {
      account.release(Purse.HEAP, PRICE);
      HandlerThreads.this.leave(place);
    }

    private void refuse() {
      leave();
      work.refused.run();
    }
  }

  /// What became of work that may wait.
  public enum Start {
    /// It runs.
    RUNS,
    /// It stands in the line.
    WAITS,
    /// It is not run.
    REFUSED
  }

  private HandlerThreads(Account root, int most) {
    this.lasting = Gate.of(Math.max(1, most / 2));
    this.places = new HandlerPlaces(this, most, this::runUnlessClosed, Ticker.SYSTEM);
    long lines = (long) HandlerPlaces.mostWaiting(most) * LINE_PRICE;
    this.account = root.open("handlers", new Budget(1, (long) most * PRICE + lines));
    this.restAccount = root.open("resting", new Budget(1, (long) most * PRICE));
  }

  /// For handlers of what `loops` read: as many at once as [#of(Account)] says. What they may take
  /// is kept out of what connections share.
  public static HandlerThreads of(Loops loops) {
    var threads = of(loops.root());
    loops.ladder().promise(threads.account);
    loops.ladder().promise(threads.restAccount);
    return threads;
  }

  /// As many at once as a tenth of the heap purse of `root` carries, at least 1 and at most 4,096.
  public static HandlerThreads of(Account root) {
    long fit = root.limit(Purse.HEAP) / 100 * HEAP_PERCENT / PRICE;
    return new HandlerThreads(root, Math.clamp(fit, 1, MOST));
  }

  /// Runs `work` on a thread of its own, which is interrupted when this is closed. False, with
  /// nothing started, if as many run as may, if memory is short, or once this is closed.
  public boolean start(Runnable work) {
    var place = places.tryEnter();
    if (place == null) return false;
    var placed = placed(new Work(work, () -> {}), place);
    if (placed != null && begin(placed)) return true;
    startWaiting(); // who found this place taken
    return false;
  }

  /// What starts the handlers of requests that `loop` has read.
  public TickStarts startsOf(Loop loop) {
    return new TickStarts(loop, this);
  }

  /// As [#start], but where as many run as may, `work` waits in a line for the first that leaves,
  /// and one that waits for its peer is asked to, see [HandlerPlaces]. It is refused, by any
  /// thread, if it waited in vain. Where the line is full, neither is called.
  public Start startOrWait(Work work) {
    return startOrWait(work, this::beginOrRefuse);
  }

  /// As above; `begins` takes what has found its place at once, and begins it or refuses it soon.
  Start startOrWait(Work work, Consumer<Placed> begins) {
    var place = places.tryEnter(work);
    if (place != null) {
      var placed = placed(work, place);
      if (placed == null) {
        startWaiting(); // who found this place taken
        return Start.REFUSED;
      }
      begins.accept(placed);
      if (place.isKept) places.ask(); // for another that is free
      return Start.RUNS;
    }
    if (!account.charge(Purse.HEAP, LINE_PRICE)) return Start.REFUSED;
    if (!places.offer(work)) {
      account.release(Purse.HEAP, LINE_PRICE);
      return Start.REFUSED;
    }
    startWaiting();
    return Start.WAITS;
  }

  /// What goes on with what the handler whose thread this is does, each time that it has rested.
  public Work rested(Runnable work, Runnable refused) {
    var place = here();
    var line = place != null && place.isFurther ? Line.FURTHER_BACK : Line.BACK;
    return new Work(work, refused, line, false);
  }

  /// Has `rested` go on, as [#tryRest] let it rest, as soon as there is a place: at once, or in
  /// turn with who is new; nobody has to be cut for it. It is refused only if memory is short, or
  /// once this is closed.
  public void goOn(Work rested) {
    var _ = places.offer(rested);
    startWaiting();
    if (threads.isShutdown()) refuseWaiting();
  }

  /// Takes `work` out of its line and refuses it; does nothing if it has left the line.
  public void giveUp(Work work) {
    if (!places.remove(work)) return;
    leftLine(work);
    work.refused.run();
  }

  private void refuseWaiting() {
    for (var next = places.poll(); next != null; next = places.poll()) {
      leftLine(next);
      next.refused.run();
    }
  }

  /// What it costs to rest contains its way back.
  private void leftLine(Work work) {
    if (!work.line.isBack()) account.release(Purse.HEAP, LINE_PRICE);
  }

  /// Starts who waits, as far as there are places, and has others leave for the rest.
  void startWaiting() {
    for (var turn = places.next(); turn != null; turn = places.next()) {
      leftLine(turn.work());
      var placed = placed(turn.work(), turn.place());
      if (placed == null) turn.work().refused.run();
      else beginOrRefuse(placed);
    }
    places.ask();
  }

  private void leave(HandlerPlace place) {
    if (places.leave(place)) startWaiting();
  }

  /// Charges for `work`, which has its place; null, with that given back, if memory is short.
  private @Nullable Placed placed(Work work, HandlerPlace place) {
    if (account.charge(Purse.HEAP, PRICE)) return new Placed(work, place);
    var _ = places.leave(place);
    return null;
  }

  /// Starts the thread of `placed`; false, with its place given back, if there can be none.
  private boolean begin(Placed placed) {
    try {
      threads.execute(placed);
      return true;
    } catch (RejectedExecutionException | OutOfMemoryError none) {
      account.release(Purse.HEAP, PRICE);
      var _ = places.leave(placed.place);
      return false;
    }
  }

  private void beginOrRefuse(Placed placed) {
    if (!begin(placed)) placed.work.refused.run();
  }

  /// Starts the threads of all of `placed` from a thread of its own: who has one carrier woken for
  /// many threads pays for one, and who starts them himself has it fall asleep between them.
  void beginAll(List<Placed> placed) {
    if (placed.size() == 1) {
      beginOrRefuse(placed.getFirst());
      return;
    }
    try {
      threads.execute(() -> placed.forEach(this::beginOrRefuse));
    } catch (RejectedExecutionException | OutOfMemoryError none) {
      placed.forEach(Placed::refuse);
    }
  }

  private void runUnlessClosed(Runnable work) {
    try {
      threads.execute(work);
    } catch (RejectedExecutionException closed) {
      // no handler is left to be asked
    }
  }

  /// Among whom handlers wait for their peers.
  public Waits waits() {
    return this::begin;
  }

  private Waits.Wait begin(Runnable giveUp, boolean isObliging, Waits.@Nullable Look look) {
    var place = here();
    return place == null ? OF_NO_PLACE : place.begin(giveUp, isObliging, look);
  }

  /// The place of the handler whose thread this is; null if it is another thread.
  public @Nullable HandlerPlace here() {
    return HandlerPlace.of(this);
  }

  /// Where a handler enters that stays as long as its peer does, such as one that sends events:
  /// half of the places, so that the others are there for requests that end.
  public Gate lasting() {
    return lasting;
  }

  /// Lets somebody rest outside who keeps `bytes` on the heap: a sender that has left its place
  /// until its peer makes room, or a WebSocket's end that is still to be told. As many as a
  /// twentieth of the files that may be open, since each may have one, beside four fifths for
  /// connections; and all with a tenth of the heap purse. Null if there is no room; else closed
  /// when it has a place again, or is over.
  public Gate.@Nullable Pass tryRest(int bytes) {
    var pass = resting.tryEnter();
    if (pass == null) return null;
    if (!restAccount.charge(Purse.HEAP, bytes)) {
      pass.close();
      return null;
    }
    return () -> {
      restAccount.release(Purse.HEAP, bytes);
      pass.close();
    };
  }

  /// Handlers that run now.
  public int active() {
    return places.inside();
  }

  /// How many may run at once.
  public int most() {
    return places.most();
  }

  /// Starts no more, interrupts those that run and waits up to 2 s for their end.
  @Override
  public void close() {
    var _ = threads.shutdownNow();
    refuseWaiting();
    try {
      var _ = threads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    account.close();
    restAccount.close();
  }
}
