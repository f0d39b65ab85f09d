package io.tidegate.http;

import io.tidegate.net.Loop;
import java.util.ArrayList;
import java.util.List;

/// Starts the handlers of one loop's requests: those of a tick together at its end, so that the
/// thread that carries them is woken once and not once for each (a fifth of a small request's
/// processor time, measured). Belongs to the loop.
public final class TickStarts implements Runnable {
  /// More are not held back for: the first has waited for as long as it takes to read these.
  static final int MOST = 64;

  private final Loop loop;
  private final HandlerThreads threads;
  private List<HandlerThreads.Placed> placed = new ArrayList<>();
  private boolean due;

  TickStarts(Loop loop, HandlerThreads threads) {
    this.loop = loop;
    this.threads = threads;
  }

  /// Runs `work` on a thread of its own from the end of this tick on. Where as many run as may, the
  /// handler that has waited longest for its peer is asked to give up, [PeerWaits#GRACE] after it
  /// began to, and `work` waits in a line, four times as long as there are places, for the first
  /// that is free. `refused` is called, by any thread, if `work` waited in vain, or if there are no
  /// more threads at the tick's end. Where the line is full, neither is called.
  ///
  /// @param further whether a handler runs already for the same connection: then nobody gives up
  ///   for `work`, and it waits behind all who have none
  public HandlerThreads.Start startOrWait(Runnable work, Runnable refused, boolean further) {
    return threads.startOrWait(new HandlerThreads.Work(work, refused), further, this::add);
  }

  private void add(HandlerThreads.Placed next) {
    placed.add(next);
    if (placed.size() == MOST) beginAll();
    if (due) return;
    due = true;
    loop.flushLater(this);
  }

  /// The tick ends.
  @Override
  public void run() {
    due = false;
    if (!placed.isEmpty()) beginAll();
  }

  private void beginAll() {
    var all = placed;
    placed = new ArrayList<>();
    threads.beginAll(all);
  }
}
