package io.tidegate.ledger;

/// The receipt of a reservation: closing it gives the bytes back.
///
/// Safe for any thread, and so are races of closing and splitting: no byte is given back twice.
public interface Lease extends AutoCloseable {
  /// The purse that was charged.
  Purse purse();

  /// The bytes that closing this lease would give back: 0 once it is closed.
  long bytes();

  /// Moves `bytes` of this lease to a new one with a life of its own. The account's total stays.
  ///
  /// @throws IllegalArgumentException if `bytes` is negative or more than this lease has
  /// @throws IllegalStateException if this lease is closed
  Lease split(long bytes);

  /// Gives the bytes back. The second time, or after the account's own close, it does nothing.
  @Override
  void close();
}
