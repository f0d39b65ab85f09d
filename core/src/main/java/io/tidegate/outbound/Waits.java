package io.tidegate.outbound;

/// Who is told of senders that wait for room, since others may need the threads that they keep.
@FunctionalInterface
public interface Waits {
  /// Nobody needs them.
  Waits ALONE = _ -> () -> {};

  /// Begins a wait of the calling thread that `giveUp`, called at most once and by any thread, is
  /// to end soon.
  Wait begin(Runnable giveUp);

  /// One sender's wait.
  @FunctionalInterface
  interface Wait extends AutoCloseable {
    /// It is over. Idempotent.
    @Override
    void close();
  }
}
