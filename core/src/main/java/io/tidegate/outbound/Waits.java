package io.tidegate.outbound;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Who is told of senders that wait for room, since others may need the threads that they keep.
@FunctionalInterface
public interface Waits {
  /// Nobody needs them.
  Waits ALONE = (_, _) -> () -> {};

  /// Begins a wait of the calling thread that `giveUp`, called at most once and by any thread, is
  /// to end soon.
  ///
  /// @param look finds out whether it is the peer alone that makes the sender wait, if that can be
  ///   done
  Wait begin(Runnable giveUp, @Nullable Look look);

  /// As above, of who can only be waited for.
  default Wait begin(Runnable giveUp) {
    return begin(giveUp, null);
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
    /// It is over. Idempotent.
    @Override
    void close();
  }
}
