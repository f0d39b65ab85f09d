package io.tidegate.ledger;

/// The tree of accounts that bounds what this process holds on behalf of its peers.
///
/// Every byte and every entry is charged to its peer's account before it is held. Every account has
/// a parent, and the root has a limit. Closing an account gives back all that it held. What cannot
/// be charged is refused.
public final class Ledger {
  private Ledger() {}

  /// Opens a ledger and returns its root, labelled `root`.
  ///
  /// The root never holds more than `budget`. It may refuse early by what its credit lines have
  /// taken and not yet used: at most 64 KiB and 1 % of the purse for each line (see
  /// [Account#line]).
  public static Account open(Budget budget) {
    return new RootAccount(budget);
  }
}
