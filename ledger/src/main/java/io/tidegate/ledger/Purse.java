package io.tidegate.ledger;

/// What kind of memory a charge is for; each purse has its own limit in every account.
public enum Purse {
  /// Bytes in buffers: heads, bodies, windows, frames.
  DIRECT,
  /// Bytes of entries on the heap: connections, queued pieces, map entries.
  HEAP
}
