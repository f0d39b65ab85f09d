package io.tidegate.outbound;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who is told of senders that wait for room, since others may need the threads that they keep.
@FunctionalInterface
public interface Waits {
  /// Nobody needs them.
  Waits ALONE = (_, _, _) -> () -> {};

  /// Begins a wait of the calling thread that `giveUp`, called at most once and by any thread, is
  /// to end soon.
  ///
  /// @param isObliging whether nothing is lost by that: it is called as soon as others need the
  ///   thread
  /// @param look finds out whether it is the peer alone that makes the sender wait, if that can be
  ///   done
  Wait begin(Runnable giveUp, boolean isObliging, @Nullable Look look);

  /// A wait that is given some time, since it may be about to end.
  default Wait begin(Runnable giveUp) {
    return begin(giveUp, false, null);
  }

  /// As above, but given less as soon as `look` finds the peer full.
  default Wait begin(Runnable giveUp, Look look) {
    return begin(giveUp, false, look);
  }

  /// A wait that loses nothing if `leave` ends it.
  default Wait beginObliging(Runnable leave) {
    return begin(leave, true, null);
  }

  /// A look at the peer that a sender waits for, now and then while its thread is needed.
  @FunctionalInterface
  interface Look {
    /// Tells `isFull` soon, by any thread, whether the peer has had all that it lets come for a
    /// while, and takes none of it. Called by any thread, and not again before it has told.
    void look(Consumer<Boolean> isFull);
  }

  /// One sender's wait.
  @FunctionalInterface
  interface Wait extends AutoCloseable {
    /// It is over, and the sender keeps its thread; a sender that leaves need not say so. Not with
    /// a lock that what ends a wait at no loss takes: another may be asked here. Idempotent.
    @Override
    void close();
  }
}
