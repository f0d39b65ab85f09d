package io.tidegate.http;

import java.util.LinkedHashSet;

/// The handlers that wait for their peers now, for bytes of a body or for room to write, in the
/// order in which they began to: as many as handlers run. Who needs a place asks the one that has
/// waited longest to give up its own, so that peers who take their time cannot keep others out.
///
/// Safe for any thread; nobody waits here.
public final class PeerWaits {
  private final LinkedHashSet<Wait> waiting = new LinkedHashSet<>(); // guarded by this

  PeerWaits() {}

  /// One handler's wait.
  public final class Wait implements AutoCloseable {
    private final Runnable giveUp;

    private Wait(Runnable giveUp) {
      this.giveUp = giveUp;
    }

    /// It is over. The second time this does nothing.
    @Override
    public void close() {
      synchronized (PeerWaits.this) {
        var _ = waiting.remove(this);
      }
    }
  }

  /// Begins a wait that `giveUp`, called at most once and by any thread, is to end soon.
  public Wait begin(Runnable giveUp) {
    var wait = new Wait(giveUp);
    synchronized (this) {
      var _ = waiting.add(wait);
    }
    return wait;
  }

  /// Ends the wait that has lasted longest, if there is one.
  void giveUpLongest() {
    Wait longest;
    synchronized (this) {
      if (waiting.isEmpty()) return;
      longest = waiting.removeFirst();
    }
    longest.giveUp.run();
  }
}
