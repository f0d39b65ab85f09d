package io.tidegate.net;

import io.tidegate.ledger.Budget;
import java.net.InetSocketAddress;

/// Where to listen, and what all its connections together and each of them may take.
///
/// @param address where to bind; port 0 takes a free one
/// @param options for accepted sockets
/// @param writeLimits how slowly a peer may take its bytes
/// @param connectionLimits ceiling of one connection's account
/// @param maxConnections as many at once; see [#forVisitors]
/// @param maxPerAddress connections of one address (of one /64 for IPv6); loopback is exempt
/// @param maxIncompletePercent share of `maxConnections` that may be without a complete request;
///   beyond it the oldest such is cut
public record ListenerConfig(
    InetSocketAddress address,
    SocketOptions options,
    WriteLimits writeLimits,
    Budget connectionLimits,
    int maxConnections,
    int maxPerAddress,
    int maxIncompletePercent) {
  /// Ceiling of one connection: room for a 1 MiB message, its 512 KiB of outbound and their pieces.
  public static final Budget CONNECTION_LIMITS = new Budget(2L << 20, 2L << 20);

  private static final int PER_ADDRESS = 256;
  private static final int INCOMPLETE_PERCENT = 25;

  /// @throws IllegalArgumentException if a bound is not positive
  public ListenerConfig {
    if (maxConnections < 1)
      throw new IllegalArgumentException("maxConnections not positive: " + maxConnections);
    if (maxPerAddress < 1)
      throw new IllegalArgumentException("maxPerAddress not positive: " + maxPerAddress);
    if (maxIncompletePercent < 1 || maxIncompletePercent > 100) {
      throw new IllegalArgumentException(
          "maxIncompletePercent not in 1..100: " + maxIncompletePercent);
    }
  }

  /// For visitors at `address`: as many connections as half of the heap and 80 % of the file limit
  /// carry.
  public static ListenerConfig forVisitors(InetSocketAddress address) {
    long byHeap = Runtime.getRuntime().maxMemory() / 2 / Connection.HEAP_PRICE;
    long byFiles = OpenFiles.limit() / 10 * 8;
    int most = (int) Math.max(16, Math.min(byHeap, byFiles));
    return new ListenerConfig(
        address,
        SocketOptions.VISITOR,
        WriteLimits.DEFAULT,
        CONNECTION_LIMITS,
        most,
        PER_ADDRESS,
        INCOMPLETE_PERCENT);
  }

  /// These limits at another address.
  public ListenerConfig withAddress(InetSocketAddress address) {
    return new ListenerConfig(
        address,
        options,
        writeLimits,
        connectionLimits,
        maxConnections,
        maxPerAddress,
        maxIncompletePercent);
  }

  /// These limits with other options of sockets.
  public ListenerConfig withOptions(SocketOptions options) {
    return new ListenerConfig(
        address,
        options,
        writeLimits,
        connectionLimits,
        maxConnections,
        maxPerAddress,
        maxIncompletePercent);
  }

  /// These limits with others for writing.
  public ListenerConfig withWriteLimits(WriteLimits writeLimits) {
    return new ListenerConfig(
        address,
        options,
        writeLimits,
        connectionLimits,
        maxConnections,
        maxPerAddress,
        maxIncompletePercent);
  }

  /// These limits with another ceiling of one connection.
  public ListenerConfig withConnectionLimits(Budget connectionLimits) {
    return new ListenerConfig(
        address,
        options,
        writeLimits,
        connectionLimits,
        maxConnections,
        maxPerAddress,
        maxIncompletePercent);
  }

  /// These limits with another number of connections.
  public ListenerConfig withMaxConnections(int maxConnections) {
    return new ListenerConfig(
        address,
        options,
        writeLimits,
        connectionLimits,
        maxConnections,
        maxPerAddress,
        maxIncompletePercent);
  }

  /// These limits with another number of connections of one address.
  public ListenerConfig withMaxPerAddress(int maxPerAddress) {
    return new ListenerConfig(
        address,
        options,
        writeLimits,
        connectionLimits,
        maxConnections,
        maxPerAddress,
        maxIncompletePercent);
  }
}
