package io.tidegate.outbound;

/// Who is told of senders that wait for room, since others may need the threads that they keep.
@FunctionalInterface
public interface Waits {
  /// Nobody needs them.
  Waits ALONE = _ -> () -> {};

  /// Begins a wait of the calling thread that `giveUp`, called at most once and by any thread, is
  /// to end soon.
  Wait begin(Runnable giveUp);

  /// As above; `look` finds out whether it is the peer alone that makes the sender wait.
  default Wait begin(Runnable giveUp, Look look) {
    return begin(giveUp);
  }

  /// A look at the peer that a sender waits for, now and then while its thread is needed.
  @FunctionalInterface
  interface Look {
    /// Has `isFull` run soon, by any thread, if the peer has had all that it lets come for a while,
    /// and takes none of it. Called by any thread.
    void look(Runnable isFull);
  }

  /// One sender's wait.
  @FunctionalInterface
  interface Wait extends AutoCloseable {
    /// It is over. Idempotent.
    @Override
    void close();
  }
}
