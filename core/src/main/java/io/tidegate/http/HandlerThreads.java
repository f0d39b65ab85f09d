package io.tidegate.http;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Gate;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Loop;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Virtual threads for blocking handlers: one each, charged while it runs, and only so many at
/// once.
///
/// The account is one of its own, not the peer's: a handler whose peer has gone still holds its
/// stack until it returns. Safe for any thread.
public final class HandlerThreads implements AutoCloseable {
  /// What one running handler costs the heap purse: a parked virtual thread with its stack (16 KiB
  /// measured on Helidon's idle sockets, which are just that).
  public static final int PRICE = 16 * 1024;

  /// What one that waits for its place costs: its entry and what it is to run.
  private static final int LINE_PRICE = 256;

  /// What waits for a place: some milliseconds of work for handlers that end, and a crowd's first
  /// requests at once.
  private static final int LINE_PER_PLACE = 4;

  /// More at once would queue for the cores, not for their peers.
  private static final int MOST = 4_096;

  /// Share of the heap purse that handlers may have.
  private static final int HEAP_PERCENT = 10;

  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Account account;
  private final Gate gate;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("tidegate-handler-", 0).factory());

  /// Works that wait for a place, of connections that have none.
  private final LinkedBlockingQueue<Work> line;

  /// Those of connections that have one, which are served when the first line is empty: by a
  /// hundred streams nobody has more than his turn.
  private final LinkedBlockingQueue<Work> furtherLine;

  private final PeerWaits waits = new PeerWaits(this::runUnlessClosed);
  private final Gate lasting;

  /// @param refused called if it waited, in the line or for its tick's end, and cannot be started
  record Work(Runnable work, Runnable refused) {}

  /// Work that has its place and its charge, which it gives back when it has run or is refused.
  final class Placed implements Runnable {
    private final Work work;
    private final Gate.Pass pass;

    private Placed(Work work, Gate.Pass pass) {
      this.work = work;
      this.pass = pass;
    }

    @Override
    public void run() {
      try {
        waits.run(work.work);
      } finally {
        leave(pass);
      }
    }

    private void refuse() {
      leave(pass);
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
    this.gate = Gate.of(most);
    this.lasting = Gate.of(Math.max(1, most / 2));
    this.line = new LinkedBlockingQueue<>(most * LINE_PER_PLACE);
    this.furtherLine = new LinkedBlockingQueue<>(most * LINE_PER_PLACE);
    long heap = (long) most * (PRICE + 2 * LINE_PER_PLACE * LINE_PRICE);
    this.account = root.open("handlers", new Budget(1, heap));
  }

  /// As many at once as a tenth of the heap purse of `root` carries, at least 1 and at most 4,096.
  public static HandlerThreads of(Account root) {
    long fit = root.limit(Purse.HEAP) / 100 * HEAP_PERCENT / PRICE;
    return new HandlerThreads(root, Math.clamp(fit, 1, MOST));
  }

  /// Runs `work` on a thread of its own, which is interrupted when this is closed. False, with
  /// nothing started, if as many run as may, if memory is short, or once this is closed.
  public boolean start(Runnable work) {
    var pass = gate.tryEnter();
    var placed = pass == null ? null : place(new Work(work, () -> {}), pass);
    return placed != null && begin(placed);
  }

  /// What starts the handlers of requests that `loop` has read.
  public TickStarts startsOf(Loop loop) {
    return new TickStarts(loop, this);
  }

  /// As [#start], but where as many run as may, the handler that has waited longest for its peer is
  /// asked to give up, [PeerWaits#GRACE] after it began to, and `work` waits in a line, four times
  /// as long as there are places, for the first that is free. `refused` is called, by any thread,
  /// if it waited in vain. Where the line is full, neither is called.
  ///
  /// @param further whether a handler runs already for the same connection: then nobody gives up
  ///   for `work`, and it waits behind all who have none
  public Start startOrWait(Runnable work, Runnable refused, boolean further) {
    return startOrWait(new Work(work, refused), further, this::beginOrRefuse);
  }

  /// As above; `begins` takes what has found its place at once, and begins it or refuses it soon.
  Start startOrWait(Work work, boolean further, Consumer<Placed> begins) {
    var pass = nobodyWaits() ? gate.tryEnter() : null;
    if (pass != null) {
      var placed = place(work, pass);
      if (placed == null) return Start.REFUSED;
      begins.accept(placed);
      return Start.RUNS;
    }
    if (!account.charge(Purse.HEAP, LINE_PRICE)) return Start.REFUSED;
    if (!(further ? furtherLine : line).offer(work)) {
      account.release(Purse.HEAP, LINE_PRICE);
      return Start.REFUSED;
    }
    if (!further) waits.placeNeeded();
    waits.neededFor(line.size()); // it may have left the line meanwhile
    startWaiting(); // a place may have become free before we stood in the line
    return Start.WAITS;
  }

  /// Takes `work` out of the line and calls its `refused`; does nothing if it has left the line.
  public void giveUp(Runnable work, Runnable refused) {
    var waited = new Work(work, refused);
    if (!line.remove(waited) && !furtherLine.remove(waited)) return;
    waits.neededFor(line.size());
    account.release(Purse.HEAP, LINE_PRICE);
    refused.run();
  }

  private boolean nobodyWaits() {
    return line.isEmpty() && furtherLine.isEmpty();
  }

  private @Nullable Work nextInLine() {
    var first = line.poll();
    if (first == null) return furtherLine.poll();
    waits.neededFor(line.size());
    return first;
  }

  private void startWaiting() {
    while (!nobodyWaits()) {
      var pass = gate.tryEnter();
      if (pass == null) return; // who leaves looks again
      var next = nextInLine();
      if (next == null) {
        pass.close();
      } else {
        account.release(Purse.HEAP, LINE_PRICE);
        var placed = place(next, pass);
        if (placed == null) next.refused.run();
        else beginOrRefuse(placed);
      }
    }
  }

  /// Charges for `work`, which has entered; null, with `pass` given back, if memory is short.
  private @Nullable Placed place(Work work, Gate.Pass pass) {
    if (account.charge(Purse.HEAP, PRICE)) return new Placed(work, pass);
    pass.close();
    return null;
  }

  /// Starts the thread of `placed`; false, with its place given back, if there can be none.
  private boolean begin(Placed placed) {
    try {
      threads.execute(placed);
      return true;
    } catch (RejectedExecutionException | OutOfMemoryError none) {
      leave(placed.pass);
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

  private void leave(Gate.Pass pass) {
    account.release(Purse.HEAP, PRICE);
    pass.close();
    startWaiting();
  }

  /// The handlers that wait for their peers.
  public PeerWaits waits() {
    return waits;
  }

  /// Where a handler enters that stays as long as its peer does, such as one that sends events:
  /// half of the places, so that the others are there for requests that end.
  public Gate lasting() {
    return lasting;
  }

  /// Handlers that run now.
  public int active() {
    return gate.inside();
  }

  /// How many may run at once.
  public int most() {
    return gate.most();
  }

  /// Starts no more, interrupts those that run and waits up to 2 s for their end.
  @Override
  public void close() {
    var _ = threads.shutdownNow();
    for (Work next; (next = nextInLine()) != null; ) {
      account.release(Purse.HEAP, LINE_PRICE);
      next.refused.run();
    }
    try {
      var _ = threads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    account.close();
  }
}
