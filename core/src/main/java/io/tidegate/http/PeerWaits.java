package io.tidegate.http;

import io.tidegate.outbound.Waits;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The handlers that wait for their peers now, for bytes of a body or for room to write, in the
/// order in which they began to: as many as handlers run. Who needs a place asks the one that has
/// waited longest to give up its own, so that peers who take their time cannot keep others out.
///
/// A handler is asked once, whatever else it waits for until it leaves: for one that needs a place
/// another must leave his. Safe for any thread; nobody waits here, but for a thread of its own
/// while somebody needs a place and no wait has lasted long.
final class PeerWaits {
  /// A wait is not asked to end before: a peer that is quick but for a busy loop keeps its handler.
  /// As often the places may all change hands, and the line, four times as long, is empty within
  /// the second.
  static final Duration GRACE = Duration.ofMillis(250);

  private final Executor threads;
  private final LinkedHashSet<Kept> waiting = new LinkedHashSet<>(); // guarded by this

  /// For how many nobody could be asked yet: no more than stand in the line.
  private int needed; // guarded by this

  private boolean asking; // guarded by this

  /// @param threads what runs the one thread that asks later
  PeerWaits(Executor threads) {
    this.threads = threads;
  }

  /// One handler's wait.
  private final class Kept implements Waits.Wait {
    private final HandlerPlace place;
    private final Runnable giveUp;
    private final long begunNanos = System.nanoTime();

    private Kept(HandlerPlace place, Runnable giveUp) {
      this.place = place;
      this.giveUp = giveUp;
    }

    /// How long it may still last undisturbed.
    private long graceNanos() {
      return GRACE.toNanos() - (System.nanoTime() - begunNanos);
    }

    @Override
    public void close() {
      synchronized (PeerWaits.this) {
        var _ = waiting.remove(this);
      }
    }
  }

  /// Begins a wait of the handler at `place`, as [Waits] says.
  Waits.Wait begin(HandlerPlace place, Runnable giveUp) {
    var wait = new Kept(place, giveUp);
    synchronized (this) {
      if (!place.wasAsked()) {
        var _ = waiting.add(wait);
        if (waiting.size() == 1) notifyAll();
        return wait;
      }
    }
    giveUp.run(); // as it was asked to before
    return wait;
  }

  /// Somebody needs a place: the wait that has lasted longest is to end, if not now then soon.
  void placeNeeded() {
    Kept longest;
    boolean begins = false;
    synchronized (this) {
      longest = needed == 0 ? askable() : null;
      if (longest == null) {
        needed++;
        begins = !asking;
        asking = true;
      }
    }
    if (longest != null) longest.giveUp.run();
    else if (begins) threads.execute(this::askLater);
  }

  /// Takes the wait that has lasted longest out, if its grace is over.
  private @Nullable Kept askable() {
    if (waiting.isEmpty() || waiting.getFirst().graceNanos() > 0) return null;
    var longest = waiting.removeFirst();
    longest.place.ask();
    return longest;
  }

  private void askLater() {
    try {
      for (var next = next(); next != null; next = next()) next.giveUp.run();
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
    }
  }

  /// Waits until somebody can be asked; null if nobody need be.
  private synchronized @Nullable Kept next() throws InterruptedException {
    while (needed > 0) {
      var longest = askable();
      if (longest != null) {
        needed--;
        return longest;
      }
      if (waiting.isEmpty()) wait();
      else
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(1_000_000, waiting.getFirst().graceNanos()));
    }
    asking = false;
    return null;
  }

  /// Places are needed for `most` only, for others have found one.
  synchronized void neededFor(int most) {
    if (needed <= most) return;
    needed = most;
    if (needed == 0) notifyAll();
  }
}
