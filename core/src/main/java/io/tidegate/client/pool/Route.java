package io.tidegate.client.pool;

/// Which member of a pool takes a message.
public sealed interface Route {
  /// The members in turn.
  record RoundRobin() implements Route {}

  /// The member for which the fewest bytes wait, among 64 from the one in turn on: the first for
  /// which none wait.
  record LeastQueued() implements Route {}

  /// The same member for the same key, also after it was replaced; another one only while that one
  /// is not ready.
  ///
  /// @param hash of the key
  record Sticky(int hash) implements Route {}

  /// See [RoundRobin].
  static Route roundRobin() {
    return new RoundRobin();
  }

  /// See [LeastQueued].
  static Route leastQueued() {
    return new LeastQueued();
  }

  /// See [Sticky]; `key` is asked for its hash now.
  static Route sticky(Object key) {
    return new Sticky(key.hashCode());
  }
}
