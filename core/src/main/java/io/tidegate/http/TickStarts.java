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

  /// As [HandlerThreads#startOrWait], but what finds a place at once runs from the end of this tick
  /// on, and is refused if there are no more threads by then.
  public HandlerThreads.Start startOrWait(HandlerThreads.Work work) {
    return threads.startOrWait(work, this::add);
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
