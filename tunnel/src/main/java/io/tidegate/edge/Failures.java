package io.tidegate.edge;

import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/// Failed tokens per address: ten a minute, then none is looked at. At most 4,096 addresses are
/// remembered, the oldest forgotten, at a price paid once at start. Safe for any thread.
final class Failures {
  static final int PRICE_BYTES = 4_096 * 128;
  private static final int ADDRESSES = 4_096;
  private static final int MOST = 10;
  private static final long MINUTE_NANOS = 60_000_000_000L;

  private final Map<InetAddress, Minute> minutes =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<InetAddress, Minute> eldest) {
          return size() > ADDRESSES;
        }
      };

  private static final class Minute {
    private final long sinceNanos;
    private int count;

    Minute(long sinceNanos) {
      this.sinceNanos = sinceNanos;
    }
  }

  /// Whether `address` may offer another token.
  synchronized boolean allows(InetAddress address, long nowNanos) {
    var minute = minutes.get(address);
    if (minute == null) return true;
    if (nowNanos - minute.sinceNanos >= MINUTE_NANOS) {
      minutes.remove(address);
      return true;
    }
    return minute.count < MOST;
  }

  synchronized void failed(InetAddress address, long nowNanos) {
    minutes.computeIfAbsent(address, _ -> new Minute(nowNanos)).count++;
  }
}
