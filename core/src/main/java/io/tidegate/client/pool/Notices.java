package io.tidegate.client.pool;

import java.util.ArrayDeque;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Events on their way from a pool's home to its listener, who is told on a virtual thread that
/// lasts as long as there are some.
///
/// Safe for any thread; the lock is held for a few instructions.
final class Notices {
  /// A restart of all members of a large pool comes through to a listener that writes to a disk.
  static final int MOST_WAITING = 1_024;

  /// What an event holds on the heap with what it names.
  private static final int EVENT_BYTES = 256;

  private static final Logger LOG = LoggerFactory.getLogger(Notices.class);

  private final String pool;
  private final PoolListener listener;
  private final Predicate<Runnable> threads;

  // guarded by this
  private final ArrayDeque<PoolListener.Event> waiting = new ArrayDeque<>();
  private long missed;
  private boolean served;

  /// Tells `listener` on what `threads` starts, which says whether it could.
  Notices(String pool, PoolListener listener, Predicate<Runnable> threads) {
    this.pool = pool;
    this.listener = listener;
    this.threads = threads;
  }

  /// What events that wait for `listener` may hold, charged to the pool when it opens.
  static int heldBytes(PoolListener listener) {
    return listener == PoolListener.NONE ? 0 : MOST_WAITING * EVENT_BYTES;
  }

  /// Tells `event` soon, or counts it; never waits.
  void tell(PoolListener.Event event) {
    PoolEvent.record(pool, event);
    if (listener == PoolListener.NONE) return;
    synchronized (this) {
      if (waiting.size() == MOST_WAITING) {
        missed++;
        return;
      }
      waiting.add(event);
    }
    serve();
  }

  /// Has told what could not be before, for want of a thread.
  void serve() {
    synchronized (this) {
      if (served || (waiting.isEmpty() && missed == 0)) return;
      served = true;
    }
    if (threads.test(this::tellAll)) return;
    synchronized (this) {
      served = false;
    }
  }

  private void tellAll() {
    for (var event = next(); event != null; event = next()) {
      try {
        listener.happened(event);
      } catch (Exception fault) {
        if (fault instanceof InterruptedException) Thread.currentThread().interrupt();
        LOG.warn("The listener of pool {} failed.", pool, fault);
      }
    }
  }

  private synchronized PoolListener.@Nullable Event next() {
    var event = waiting.poll();
    if (event != null) return event;
    if (missed == 0) {
      served = false;
      return null;
    }
    var behind = new PoolListener.Event.Missed(missed);
    missed = 0;
    return behind;
  }
}
