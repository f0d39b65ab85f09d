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
    synchronized (this) {
      var _ = waiting.add(wait);
    }
    return wait;
  }

  /// Ends the wait that has lasted longest, if there is one.
  void giveUpLongest() {
    Kept longest;
    synchronized (this) {
      if (waiting.isEmpty()) return;
      longest = waiting.removeFirst();
    }
    longest.giveUp.run();
  }
}
