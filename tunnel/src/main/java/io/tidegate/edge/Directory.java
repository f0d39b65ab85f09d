package io.tidegate.edge;

import io.tidegate.edge.keys.Key;
import java.time.Duration;

/// Who holds which name: the only place that knows. Safe for any thread.
///
/// An answer comes at once here; a directory of several edges may take up to 2 s, the visitor
/// parked and charged meanwhile.
public interface Directory {
  /// What became of a claim.
  sealed interface Claimed {
    /// The name is the session's. `generation` is higher than any that was granted before.
    record Granted(int generation) implements Claimed {}

    /// It is another session's of the same key, which took it from this one.
    record Superseded() implements Claimed {}

    /// It is not, for `reason`, in words for people.
    record Refused(String reason) implements Claimed {}
  }

  /// Where a name is.
  sealed interface Found {
    /// On this edge, with a live session.
    record Here(Session session, Claim claim) implements Found {}

    /// On another edge.
    record There(String node, int generation) implements Found {}

    /// Held by a key that has no live session, for so long.
    record Offline(Duration since) implements Found {}

    /// Nobody's.
    record Unknown() implements Found {}
  }

  /// Claims `name` for `session`; a live session of the same key loses it, another key's keeps it.
  Claimed claim(String name, Key key, Session session, int index);

  /// Finds `name`, which is in its canonical spelling.
  Found find(String name);

  /// `session` has ended: its names are offline, and stay reserved for its key for a while.
  void left(Session session);

  /// Forgets reservations that have run out.
  void sweep();

  /// Forgets every name and grants no more.
  void close();
}
