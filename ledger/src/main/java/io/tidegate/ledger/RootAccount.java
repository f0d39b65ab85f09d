package io.tidegate.ledger;

import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The top of the tree: it has no parent, and it remembers its highest total.
final class RootAccount extends TreeAccount {
  private final AtomicLong directPeak = new AtomicLong();
  private final AtomicLong heapPeak = new AtomicLong();

  RootAccount(Budget limits) {
    super("root", limits);
  }

  @Override
  public long peak(Purse purse) {
    return peakOf(purse).get();
  }

  @Override
  @Nullable TreeAccount take(Purse purse, long bytes) {
    long total = add(purse, bytes);
    if (total < 0) return this;
    raise(peakOf(purse), total);
    return null;
  }

  @Override
  void give(Purse purse, long bytes) {
    boolean _ = subtract(purse, bytes);
  }

  @Override
  long bindingLimit(Purse purse) {
    return limit(purse);
  }

  @Override
  public void close() {
    for (var purse : Purse.values()) {
      long _ = shut(purse);
    }
    eachChild(TreeAccount::close);
  }

  private AtomicLong peakOf(Purse purse) {
    return switch (purse) {
      case DIRECT -> directPeak;
      case HEAP -> heapPeak;
    };
  }

  private static void raise(AtomicLong peak, long total) {
    for (long known = peak.get(); known < total; known = peak.get()) {
      if (peak.compareAndSet(known, total)) return;
    }
  }
}
