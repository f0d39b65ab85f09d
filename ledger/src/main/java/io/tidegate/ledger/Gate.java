package io.tidegate.ledger;

import org.jspecify.annotations.Nullable;

/// A bound on how many are inside at once: connections, handshakes, handlers.
///
/// Safe for any thread; nobody waits.
public sealed interface Gate permits AtomicGate {
  /// A gate that lets in `most` at once.
  ///
  /// @throws IllegalArgumentException if `most` is not positive
  static Gate of(int most) {
    return new AtomicGate(most);
  }

  /// Enters, or returns null when the gate is full. The pass must be closed on the way out.
  @Nullable Pass tryEnter();

  /// How many are inside now, 0 to [#most].
  int inside();

  /// How many may be inside at once.
  int most();

  /// The right to stay inside.
  interface Pass extends AutoCloseable {
    /// Leaves. The second time it does nothing.
    @Override
    void close();
  }
}
