package io.tidegate.ledger;

import java.util.concurrent.atomic.AtomicLong;

/// The one implementation of [Lease]: an amount that is taken out exactly once.
final class HeldLease implements Lease {
  private static final long CLOSED = -1;

  private final TreeAccount account;
  private final Purse purse;
  private final AtomicLong left;

  HeldLease(TreeAccount account, Purse purse, long bytes) {
    this.account = account;
    this.purse = purse;
    this.left = new AtomicLong(bytes);
  }

  @Override
  public Purse purse() {
    return purse;
  }

  @Override
  public long bytes() {
    return Math.max(0, left.get());
  }

  @Override
  public Lease split(long bytes) {
    while (true) {
      long now = left.get();
      if (now == CLOSED) throw new IllegalStateException("lease is closed");
      if (bytes < 0 || bytes > now) {
        throw new IllegalArgumentException("bytes not in 0.." + now + ": " + bytes);
      }
      if (left.compareAndSet(now, now - bytes)) return new HeldLease(account, purse, bytes);
    }
  }

  @Override
  public void close() {
    long bytes = left.getAndSet(CLOSED);
    if (bytes > 0) account.give(purse, bytes);
  }
}
