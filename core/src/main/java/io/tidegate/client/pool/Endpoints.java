package io.tidegate.client.pool;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The targets of a pool: how many connections each has, and whether it is called.
///
/// Belongs to the pool's home.
final class Endpoints {
  private final List<Target> targets = new ArrayList<>();

  /// One of them.
  static final class Target {
    final PoolConfig.Endpoint endpoint;
    final Circuit circuit;

    /// Open or being opened.
    int connections;

    /// Whether the user's code was asked for a new token since somebody was let in.
    boolean wasAskedForToken;

    long askedNanos;

    /// Whether there is a new token since then, and since when.
    boolean hasFreshToken;

    long freshNanos;

    /// When it is interrupted.
    long refreshDueNanos;

    /// Where it runs now; any thread.
    volatile @Nullable Thread refreshing;

    private Target(PoolConfig.Endpoint endpoint, Circuit circuit) {
      this.endpoint = endpoint;
      this.circuit = circuit;
    }

    URI uri() {
      return endpoint.uri();
    }
  }

  Endpoints(PoolConfig config, RandomGenerator random, long nowNanos) {
    for (var endpoint : config.endpoints()) {
      var circuit = new Circuit(config.circuitFailures(), config.backoff().tries(random), nowNanos);
      targets.add(new Target(endpoint, circuit));
    }
  }

  /// The one that lacks most of its share, of those that may be called now; `avoid` only if there
  /// is no other. Null if none may be called.
  @Nullable Target choose(long nowNanos, @Nullable Target avoid) {
    Target best = null;
    for (var target : targets) {
      if (target == avoid || !target.circuit.lets(nowNanos)) continue;
      if (best == null || lacksMore(target, best)) best = target;
    }
    return best == null && avoid != null && avoid.circuit.lets(nowNanos) ? avoid : best;
  }

  private static boolean lacksMore(Target one, Target other) {
    return (long) (one.connections + 1) * other.endpoint.weight()
        < (long) (other.connections + 1) * one.endpoint.weight();
  }

  /// Interrupts the user's code that takes too long to fetch a token.
  void interruptLate(long nowNanos) {
    for (var target : targets) {
      var thread = target.refreshing;
      if (thread != null && nowNanos - target.refreshDueNanos >= 0) thread.interrupt();
    }
  }

  List<PoolState.EndpointState> states() {
    var states = new ArrayList<PoolState.EndpointState>(targets.size());
    for (var target : targets) {
      states.add(
          new PoolState.EndpointState(target.uri(), target.connections, target.circuit.isOpen()));
    }
    return List.copyOf(states);
  }
}
