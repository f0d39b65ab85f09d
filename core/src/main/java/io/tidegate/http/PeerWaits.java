package io.tidegate.http;

import io.tidegate.outbound.Waits;
import java.util.LinkedHashSet;

/// The handlers that wait for their peers now, for bytes of a body or for room to write, in the
/// order in which they began to: as many as handlers run. Who needs a place asks the one that has
/// waited longest to give up its own, so that peers who take their time cannot keep others out.
///
/// Safe for any thread; nobody waits here.
public final class PeerWaits implements Waits {
  private final LinkedHashSet<Kept> waiting = new LinkedHashSet<>(); // guarded by this

  /// For how many no wait was there to be ended: no more than stand in the line.
  private int needed; // guarded by this

  PeerWaits() {}

  /// One handler's wait.
  private final class Kept implements Wait {
    private final Runnable giveUp;

    private Kept(Runnable giveUp) {
      this.giveUp = giveUp;
    }

    @Override
    public void close() {
      synchronized (PeerWaits.this) {
        var _ = waiting.remove(this);
      }
    }
  }

  @Override
  public Wait begin(Runnable giveUp) {
    var wait = new Kept(giveUp);
    Kept longest;
    synchronized (this) {
      var _ = waiting.add(wait);
      if (needed == 0) return wait;
      needed--;
      longest = waiting.removeFirst();
    }
    longest.giveUp.run();
    return wait;
  }

  /// Somebody needs a place: the wait that has lasted longest is to end, or if there is none, the
  /// next that begins.
  void placeNeeded() {
    Kept longest;
    synchronized (this) {
      if (waiting.isEmpty()) {
        needed++;
        return;
      }
      longest = waiting.removeFirst();
    }
    longest.giveUp.run();
  }

  /// Places are needed for `most` only, for others have found one.
  synchronized void neededFor(int most) {
    needed = Math.min(needed, most);
  }
}
