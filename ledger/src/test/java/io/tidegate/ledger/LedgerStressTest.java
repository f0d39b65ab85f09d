package io.tidegate.ledger;

import static io.tidegate.ledger.Purse.DIRECT;
import static io.tidegate.ledger.Purse.HEAP;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;

/// Real threads on one tree, with a watcher that samples it all the while.
class LedgerStressTest {
  private static final int LOOPS = 4;
  private static final int TURNS = 200_000;
  private static final Budget ROOT = new Budget(200_000, 100_000);
  private static final Budget LISTENER = new Budget(150_000, 150_000);
  private static final Budget CONNECTION = new Budget(20_000, 20_000);

  private final Account root = Ledger.open(ROOT);
  private final AtomicBoolean done = new AtomicBoolean();

  @Test
  void noSampleIsAboveALimitAndNothingStaysBehind() throws Exception {
    long seed = System.nanoTime();
    var listener = root.open("listener", LISTENER);

    try (var threads = Executors.newCachedThreadPool()) {
      var watcher = threads.submit(watch(listener));
      var loops = new ArrayList<Future<Boolean>>();
      for (int i = 0; i < LOOPS; i++) {
        // two loops have a line, two charge the listener directly, one line is used by two threads
        var parent = i < 2 ? listener.line("loop " + i) : listener;
        loops.add(threads.submit(loop(parent, random(seed + i))));
        if (i == 0) loops.add(threads.submit(loop(parent, random(seed + LOOPS))));
      }
      for (var loop : loops) assertThat(loop.get()).as("seed %d", seed).isTrue();
      done.set(true);
      assertThat(watcher.get()).as("samples, seed %d", seed).isPositive();
    }

    long unused = Census.of(root).direct().unused();
    assertThat(root.held(DIRECT)).as("seed %d", seed).isEqualTo(unused).isLessThanOrEqualTo(4_000);
    assertThat(root.peak(DIRECT)).isBetween(1L, LISTENER.directBytes());
    listener.close();
    assertThat(root.held(DIRECT)).isZero();
    assertThat(root.held(HEAP)).isZero();
  }

  @Test
  void closingAListenerUnderLoadLeavesNothingHeld() throws Exception {
    long seed = System.nanoTime();

    try (var threads = Executors.newCachedThreadPool()) {
      for (int round = 0; round < 200; round++) {
        var listener = root.open("listener", LISTENER);
        var line = listener.line("loop");
        var first = threads.submit(chargeUntilClosed(line, random(seed + round)));
        var second = threads.submit(chargeUntilClosed(listener, random(seed - round)));
        while (root.held(DIRECT) == 0) Thread.onSpinWait();
        listener.close();
        assertThat(List.of(first.get(), second.get())).as("seed %d", seed).containsOnly(true);

        assertThat(root.held(DIRECT)).as("seed %d, round %d", seed, round).isZero();
      }
    }

    assertThat(Census.of(root).children()).isEmpty();
  }

  private Callable<Integer> watch(Account listener) {
    return () -> {
      int samples = 0;
      for (; !done.get(); samples++) {
        assertThat(root.held(DIRECT)).isBetween(0L, ROOT.directBytes());
        assertThat(listener.held(DIRECT)).isBetween(0L, LISTENER.directBytes());
        for (var large : Census.largest(listener, 3, DIRECT)) {
          assertThat(large.direct().held()).isBetween(0L, CONNECTION.directBytes());
        }
      }
      return samples;
    };
  }

  /// Opens, charges, releases and closes as one event loop would; ends with all its accounts
  /// closed.
  private static Callable<Boolean> loop(Account parent, RandomGenerator random) {
    return () -> {
      var open = new ArrayDeque<Account>();
      for (int turn = 0; turn < TURNS; turn++) {
        if (open.isEmpty() || random.nextInt(50) == 0) open.add(parent.open(turn, CONNECTION));
        var account = open.getFirst();
        int bytes = random.nextInt(3_000);
        if (account.charge(DIRECT, bytes) && random.nextInt(4) > 0) account.release(DIRECT, bytes);
        if (open.size() > 20 || random.nextInt(60) == 0) open.removeLast().close();
        if (random.nextInt(500) == 0) parent.trim();
      }
      open.forEach(Account::close);
      return true;
    };
  }

  private static Callable<Boolean> chargeUntilClosed(Account parent, RandomGenerator random) {
    return () -> {
      while (!parent.isClosed()) {
        var connection = parent.open("connection", CONNECTION);
        for (int i = 0; i < 10; i++) {
          int bytes = random.nextInt(100);
          if (connection.charge(DIRECT, bytes) && i % 2 == 0) connection.release(DIRECT, bytes);
        }
        if (random.nextBoolean()) connection.close();
      }
      return true;
    };
  }

  private static RandomGenerator random(long seed) {
    return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
  }
}
