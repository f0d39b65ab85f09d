package io.tidegate.client.pool;

import java.net.URI;
import java.time.Duration;

/// Is told what happens in a pool, one event after the other, on a virtual thread. It may block:
/// 1,024 events wait for it, what comes then is counted and not told.
@FunctionalInterface
public interface PoolListener {
  /// Hears nothing.
  PoolListener NONE = _ -> {};

  /// Something happened. What this throws is logged.
  void happened(Event event) throws Exception;

  /// What happens in a pool.
  sealed interface Event {
    /// A member is ready.
    ///
    /// @param attempt how many times it was tried
    record Ready(int member, URI endpoint, int attempt) implements Event {}

    /// A member's connection ended, or could not be opened.
    ///
    /// @param pause before the next attempt, at least
    record Lost(int member, URI endpoint, Member.Ending why, Duration pause) implements Event {}

    /// A member's successor took its place.
    record Rotated(int member, URI endpoint) implements Event {}

    /// An endpoint is not called for a while.
    ///
    /// @param lasting whether it will refuse again until somebody changes something
    record EndpointHeld(URI endpoint, Member.Ending why, boolean lasting) implements Event {}

    /// An endpoint that was held is called again.
    record EndpointBack(URI endpoint) implements Event {}

    /// As many members were restarted within `per` as may; the others wait for its end.
    record RestartsHeld(int count, Duration per) implements Event {}

    /// A connection did not close within its grace and was cut.
    record Cut(int member) implements Event {}

    /// A handler or hook did not return after that, and was left to itself.
    record Stuck(int member) implements Event {}

    /// Messages that waited for a member waited too long and were dropped.
    record Expired(int messages) implements Event {}

    /// As many events were not told before this one, for the listener did not keep up.
    record Missed(long events) implements Event {}
  }
}
