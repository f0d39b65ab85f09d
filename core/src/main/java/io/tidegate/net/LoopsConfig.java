package io.tidegate.net;

import io.tidegate.ledger.Budget;

/// How many loops, on what, within which budget.
///
/// @param name prefix of thread names behind `tidegate-`
/// @param count event loops; one a core is the default
/// @param budget what the root account may hold
/// @param transport how sockets are served
/// @param dryRun whether the overload ladder only says what it would do
public record LoopsConfig(
    String name, int count, Budget budget, Transport transport, boolean dryRun) {
  /// Share of the direct-memory cap that the ledger may give out; the rest is the pool's slack and
  /// the read buffers of a tick.
  private static final int DIRECT_PERCENT = 75;

  /// Share of the heap, for a process that is ours.
  private static final int HEAP_PERCENT = 60;

  /// Shares for a process that is somebody else's.
  private static final int LIBRARY_DIRECT_PERCENT = 50;

  private static final int LIBRARY_HEAP_PERCENT = 25;

  /// @throws IllegalArgumentException if there is no loop, or more than 256
  public LoopsConfig {
    if (count < 1 || count > 256)
      throw new IllegalArgumentException("count not in 1..256: " + count);
  }

  /// For the command: 75 % of the direct-memory cap, 60 % of the heap, a loop a core.
  public static LoopsConfig forCommand(String name) {
    long direct = io.netty.util.internal.PlatformDependent.maxDirectMemory() / 100 * DIRECT_PERCENT;
    long heap = Runtime.getRuntime().maxMemory() / 100 * HEAP_PERCENT;
    return new LoopsConfig(
        name,
        Runtime.getRuntime().availableProcessors(),
        new Budget(direct, heap),
        Transport.best(),
        false);
  }

  /// For a server within somebody's process: 50 % of the direct-memory cap, 25 % of the heap, a
  /// loop a core.
  public static LoopsConfig forLibrary(String name) {
    var whole = forCommand(name);
    var budget = whole.budget();
    return whole.withBudget(
        new Budget(
            budget.directBytes() / DIRECT_PERCENT * LIBRARY_DIRECT_PERCENT,
            budget.heapBytes() / HEAP_PERCENT * LIBRARY_HEAP_PERCENT));
  }

  /// This configuration with another number of loops.
  public LoopsConfig withCount(int count) {
    return new LoopsConfig(name, count, budget, transport, dryRun);
  }

  /// This configuration with another budget.
  public LoopsConfig withBudget(Budget budget) {
    return new LoopsConfig(name, count, budget, transport, dryRun);
  }

  /// This configuration on another transport.
  public LoopsConfig withTransport(Transport transport) {
    return new LoopsConfig(name, count, budget, transport, dryRun);
  }
}
