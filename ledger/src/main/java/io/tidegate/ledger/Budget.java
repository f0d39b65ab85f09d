package io.tidegate.ledger;

/// The most that one account may hold, per purse. No value means "unlimited".
///
/// It has no default: the process derives the root's from its own memory, and what is right for a
/// child depends on what the child is.
///
/// @param directBytes most bytes in buffers, 1 to [#MOST]
/// @param heapBytes most bytes of entries, 1 to [#MOST]
public record Budget(long directBytes, long heapBytes) {
  /// The largest limit of a purse, 256 TiB: far from overflow however charges are added.
  public static final long MOST = 1L << 48;

  /// @throws IllegalArgumentException if a limit is not in 1 to [#MOST]
  public Budget {
    requireLimit("directBytes", directBytes);
    requireLimit("heapBytes", heapBytes);
  }

  /// The limit of `purse`, in bytes.
  public long of(Purse purse) {
    return switch (purse) {
      case DIRECT -> directBytes;
      case HEAP -> heapBytes;
    };
  }

  /// This budget with another limit for buffers.
  public Budget withDirectBytes(long bytes) {
    return new Budget(bytes, heapBytes);
  }

  /// This budget with another limit for entries.
  public Budget withHeapBytes(long bytes) {
    return new Budget(directBytes, bytes);
  }

  private static void requireLimit(String name, long bytes) {
    if (bytes < 1 || bytes > MOST) {
      throw new IllegalArgumentException(name + " not in 1.." + MOST + ": " + bytes);
    }
  }
}
