package io.tidegate.ledger;

import org.jspecify.annotations.Nullable;

/// An account below another.
///
/// 48 bytes with compact object headers: header 8, two counters 16, six references 24 (label,
/// limits, newest child, parent, and the two neighbours in the parent's list). 56 without them. A
/// [Budget] is best shared by all accounts of one kind.
sealed class BranchAccount extends TreeAccount permits CreditLine {
  private final TreeAccount parent;
  @Nullable BranchAccount newer; // guarded by parent
  @Nullable BranchAccount older; // guarded by parent

  BranchAccount(TreeAccount parent, Object label, Budget limits) {
    super(label, limits);
    this.parent = parent;
  }

  final TreeAccount parent() {
    return parent;
  }

  @Override
  public final long peak(Purse purse) {
    return parent.peak(purse);
  }

  @Override
  @Nullable TreeAccount take(Purse purse, long bytes) {
    if (!hasRoom(purse, bytes)) return this; // before the ancestors are troubled
    TreeAccount full = parent.take(purse, bytes);
    if (full != null) return full;
    if (add(purse, bytes) >= 0) return null;
    parent.give(purse, bytes); // filled or closed since we looked
    return this;
  }

  @Override
  void give(Purse purse, long bytes) {
    if (subtract(purse, bytes)) parent.give(purse, bytes);
  }

  @Override
  long bindingLimit(Purse purse) {
    return Math.min(limit(purse), parent.bindingLimit(purse));
  }

  @Override
  public void close() {
    boolean first = false;
    for (var purse : Purse.values()) {
      long held = shut(purse);
      if (held > 0) parent.give(purse, held);
      if (purse == Purse.DIRECT) first = held >= 0; // of two threads that close, one goes on
    }
    if (!first) return;
    parent.unlink(this);
    eachChild(TreeAccount::close);
  }
}
