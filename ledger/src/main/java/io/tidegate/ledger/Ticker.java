package io.tidegate.ledger;

/// A clock of nanoseconds that only rises; its origin is arbitrary. Tests put in one that they move
/// by hand.
///
/// Safe for any thread.
@FunctionalInterface
public interface Ticker {
  /// The machine's monotonic clock.
  Ticker SYSTEM = System::nanoTime;

  /// Nanoseconds since an arbitrary origin; compare two readings by difference only.
  long nanos();
}
