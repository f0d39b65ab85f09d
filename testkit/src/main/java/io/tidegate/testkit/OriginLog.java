package io.tidegate.testkit;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.function.Predicate;

/// What a [TestOrigin] saw: heads of requests as received and ends of connections.
///
/// It keeps the newest 10,000 of each and counts all. Safe for any thread.
public final class OriginLog {
  private static final int KEPT = 10_000;

  private final Queue<RawHead> heads = new ArrayDeque<>();
  private final Queue<TestOrigin.Closing> closings = new ArrayDeque<>();
  private long requests;

  OriginLog() {}

  synchronized void request(RawHead head) {
    requests++;
    keep(heads, head);
  }

  synchronized void closing(TestOrigin.Closing closing) {
    keep(closings, closing);
  }

  private static <T> void keep(Queue<T> queue, T newest) {
    if (queue.size() == KEPT) {
      var _ = queue.remove();
    }
    var _ = queue.add(newest);
  }

  /// All requests whose head was complete, since the start.
  public synchronized long requests() {
    return requests;
  }

  /// Heads of requests, oldest first.
  public synchronized List<RawHead> heads() {
    return List.copyOf(heads);
  }

  /// Ends of connections, oldest first.
  public synchronized List<TestOrigin.Closing> closings() {
    return List.copyOf(closings);
  }

  /// Waits for the end of a connection for which `wanted` holds and returns it.
  ///
  /// @throws AssertionError with the ends that were seen, if it did not come within `patience`
  public TestOrigin.Closing awaitClosing(Predicate<TestOrigin.Closing> wanted, Duration patience) {
    Eventually.await(
        patience,
        () -> "such an end of a connection; seen: " + closings(),
        () -> closings().stream().anyMatch(wanted));
    return closings().stream().filter(wanted).findFirst().orElseThrow();
  }
}
