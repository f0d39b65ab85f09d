package io.tidegate.client.pool;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A pool's figures as of its last tick, at most 250 ms ago; `ready` as of now.
///
/// @param name the pool's
/// @param size how many members it keeps
/// @param ready members that take messages
/// @param opening members being opened or prepared, successors included
/// @param waiting members without a connection that wait for their next attempt
/// @param leaving connections that are out of the pool and not yet closed
/// @param totals what has happened since the pool was opened
/// @param parkedMessages messages that wait for a member to be ready
/// @param parkedBytes what they are charged
/// @param restartsHeld whether as many members were restarted lately as may, and the others wait
/// @param endpoints of each endpoint
/// @param last how the last connection that was lost, or could not be opened, came to its end; null
///   if none was
public record PoolState(
    String name,
    int size,
    int ready,
    int opening,
    int waiting,
    int leaving,
    Totals totals,
    int parkedMessages,
    long parkedBytes,
    boolean restartsHeld,
    List<EndpointState> endpoints,
    Member.@Nullable Ending last) {

  /// What has happened since the pool was opened.
  ///
  /// @param attempts connections that were begun
  /// @param opened connections that became ready
  /// @param failed attempts that came to nothing
  /// @param lost connections that ended without being told to
  /// @param rotated members whose successor took their place
  /// @param cut connections that did not close within their grace
  /// @param stuck handlers and hooks that did not return after that, and were left to themselves
  /// @param dropped messages that found no member ready and were not kept, or for too long
  public record Totals(
      long attempts,
      long opened,
      long failed,
      long lost,
      long rotated,
      long cut,
      long stuck,
      long dropped) {}

  /// One endpoint.
  ///
  /// @param uri where
  /// @param connections open or being opened there
  /// @param held whether it is not called for a while, because it failed or asked for that
  public record EndpointState(URI uri, int connections, boolean held) {}

  PoolState withReady(int count) {
    return new PoolState(
        name,
        size,
        count,
        opening,
        waiting,
        leaving,
        totals,
        parkedMessages,
        parkedBytes,
        restartsHeld,
        endpoints,
        last);
  }
}
