package io.tidegate.ledger;

/// One node of the ledger's tree: a listener, a connection, a stream or a subscription.
///
/// A charge is taken from this account and every ancestor, or from none. Each account is one
/// counter per purse, changed by compare-and-set: safe for any thread, and no charge or release
/// ever waits.
///
/// A charge that an account refuses after its ancestors granted it is taken back at once; in that
/// instant another account's charge may find the ancestor full. A refusal in a race can therefore
/// be one too many; a grant never is.
public sealed interface Account extends AutoCloseable permits TreeAccount {
  /// What this account is for. Its `toString` is called only when a [Census] is drawn, or when this
  /// account is itself printed or reports a bug.
  Object label();

  /// Takes `bytes` from this account and every ancestor, or from none. The path of the event loops:
  /// nothing is allocated.
  ///
  /// @return false if this account or an ancestor is full or closed; nothing is held then
  /// @throws IllegalArgumentException if `bytes` is negative
  boolean charge(Purse purse, int bytes);

  /// Gives `bytes` back to this account and every ancestor. On a closed account it does nothing,
  /// for closing gave back all.
  ///
  /// @throws IllegalArgumentException if `bytes` is negative
  /// @throws IllegalStateException if this account holds fewer, which is a bug of the caller; a
  ///   credit line sees that only when its own account runs dry
  void release(Purse purse, int bytes);

  /// Reserves `bytes` before they are allocated; the answer says who was full. For callers outside
  /// the event loops, as it allocates.
  ///
  /// @throws IllegalArgumentException if `bytes` is negative
  Verdict reserve(Purse purse, long bytes);

  /// The bytes that this account and its descendants hold now: 0 once it is closed, never above
  /// [#limit].
  ///
  /// The unused credit of lines below is part of it; a line's own is not.
  long held(Purse purse);

  /// The most that this account may hold, in bytes. A line has its parent's limit.
  long limit(Purse purse);

  /// The most that the ledger's root has ever held, whichever account of the tree is asked: only
  /// the root remembers. Exact, unused credit of lines included.
  long peak(Purse purse);

  /// Opens a child. Its `limits` may be larger than this account's, which binds all the same. The
  /// child of a closed account is born closed. Constant time; waits only for another thread that
  /// opens, closes or counts this account's children.
  Account open(Object label, Budget limits);

  /// Opens a credit line: a child between this contended account and what one event loop opens
  /// below the line.
  ///
  /// It takes credit from here in chunks and keeps what is unused or comes back, at most the chunk:
  /// 64 KiB, or 1 % of the smallest limit from here to the root if that is less. By so much per
  /// line and purse may this account refuse early. A charge that does not fit the chunk goes
  /// through.
  ///
  /// Any thread may use a line, but it is made for one.
  Account line(Object label);

  /// What a credit line has taken from its parent and its children do not use, in bytes: 0 for any
  /// other account.
  long unused(Purse purse);

  /// Gives a credit line's unused credit back to its parent, as a loop does when it idles. On any
  /// other account it does nothing.
  void trim();

  /// Whether this account was closed, by itself or with an ancestor.
  boolean isClosed();

  /// Gives back all that this account holds, and closes its descendants. From then on charges here
  /// and below are refused and releases are ignored. The second time it does nothing.
  @Override
  void close();

  /// The answer to [#reserve].
  sealed interface Verdict {
    /// The bytes are held until `lease` is closed.
    record Granted(Lease lease) implements Verdict {}

    /// Nothing is held.
    ///
    /// @param full the lowest account without room, or the one that is closed
    /// @param missing how many bytes it lacked when asked, at least 1; all of them if it is closed
    record Refused(Account full, long missing) implements Verdict {}
  }
}
