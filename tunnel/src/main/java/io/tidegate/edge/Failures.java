package io.tidegate.edge;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/// Failed tokens per address: ten a minute, then none is looked at.
///
/// At most 4,096 addresses are remembered, each for a minute and charged meanwhile; where there is
/// no room for one more, the oldest is forgotten. Safe for any thread.
final class Failures implements AutoCloseable {
  /// An address, its minute and their map node.
  static final int ENTRY_BYTES = 192;

  private static final int ADDRESSES = 4_096;
  private static final int MOST = 10;
  private static final long MINUTE_NANOS = 60_000_000_000L;

  private final Account account;

  /// In the order in which their minutes began.
  private final Map<InetAddress, Minute> minutes = new LinkedHashMap<>();

  private static final class Minute {
    private final long sinceNanos;
    private int count;

    Minute(long sinceNanos) {
      this.sinceNanos = sinceNanos;
    }

    boolean isOver(long nowNanos) {
      return nowNanos - sinceNanos >= MINUTE_NANOS;
    }
  }

  Failures(Account account) {
    this.account = account;
  }

  /// Whether `address` may offer another token.
  synchronized boolean allows(InetAddress address, long nowNanos) {
    var minute = minutes.get(address);
    return minute == null || minute.isOver(nowNanos) || minute.count < MOST;
  }

  synchronized void failed(InetAddress address, long nowNanos) {
    sweep(nowNanos);
    var known = minutes.get(address);
    if (known != null) known.count++;
    else if (hasRoomForOne()) {
      var minute = new Minute(nowNanos);
      minute.count = 1;
      minutes.put(address, minute);
    }
  }

  private boolean hasRoomForOne() {
    if (minutes.size() >= ADDRESSES) forgetOldest();
    if (account.charge(Purse.HEAP, ENTRY_BYTES)) return true;
    if (minutes.isEmpty()) return false;
    forgetOldest();
    return account.charge(Purse.HEAP, ENTRY_BYTES);
  }

  private void forgetOldest() {
    var oldest = minutes.entrySet().iterator();
    var _ = oldest.next();
    oldest.remove();
    account.release(Purse.HEAP, ENTRY_BYTES);
  }

  /// Forgets the addresses whose minute is over.
  synchronized void sweep(long nowNanos) {
    while (!minutes.isEmpty() && minutes.values().iterator().next().isOver(nowNanos))
      forgetOldest();
  }

  @Override
  public synchronized void close() {
    while (!minutes.isEmpty()) forgetOldest();
  }
}
