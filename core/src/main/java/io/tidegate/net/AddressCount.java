package io.tidegate.net;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.ConcurrentHashMap;

/// Connections per address, IPv6 by its /64. An entry lives as long as a connection of its address,
/// so there are never more entries than connections, whose price covers them. Safe for any thread.
final class AddressCount {
  private static final int SUBNET_BYTES = 8;

  private final int most;
  private final ConcurrentHashMap<Object, Integer> counts = new ConcurrentHashMap<>();

  AddressCount(int most) {
    this.most = most;
  }

  /// Counts one more; false if there are as many as may be. Loopback is not counted.
  boolean enter(InetAddress address) {
    if (address.isLoopbackAddress()) return true;
    int now = counts.merge(key(address), 1, Integer::sum);
    if (now <= most) return true;
    leave(address);
    return false;
  }

  /// Counts one less.
  void leave(InetAddress address) {
    if (address.isLoopbackAddress()) return;
    counts.computeIfPresent(key(address), (_, count) -> count == 1 ? null : count - 1);
  }

  private static Object key(InetAddress address) {
    if (!(address instanceof Inet6Address)) return address;
    return ByteBuffer.wrap(address.getAddress(), 0, SUBNET_BYTES).getLong();
  }
}
