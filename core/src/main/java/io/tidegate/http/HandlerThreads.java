package io.tidegate.http;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Gate;
import io.tidegate.ledger.Purse;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Virtual threads for blocking handlers: one each, charged while it runs, and only so many at
/// once.
///
/// The account is one of its own, not the peer's: a handler whose peer has gone still holds its
/// stack until it returns. Safe for any thread.
public final class HandlerThreads implements AutoCloseable {
  /// What one running handler costs the heap purse: a parked virtual thread with its stack (16 KiB
  /// measured on Helidon's idle sockets, which are just that).
  public static final int PRICE = 16 * 1024;

  /// More at once would queue for the cores, not for their peers.
  private static final int MOST = 4_096;

  /// Share of the heap purse that handlers may have.
  private static final int HEAP_PERCENT = 10;

  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Account account;
  private final Gate gate;
  private final ExecutorService threads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("tidegate-handler-", 0).factory());

  private HandlerThreads(Account root, int most) {
    this.gate = Gate.of(most);
    this.account = root.open("handlers", new Budget(1, (long) most * PRICE));
  }

  /// As many at once as a tenth of the heap purse of `root` carries, at least 1 and at most 4,096.
  public static HandlerThreads of(Account root) {
    long fit = root.limit(Purse.HEAP) / 100 * HEAP_PERCENT / PRICE;
    return new HandlerThreads(root, Math.clamp(fit, 1, MOST));
  }

  /// Runs `work` on a thread of its own, which is interrupted when this is closed. False, with
  /// nothing started, if as many run as may, if memory is short, or once this is closed.
  public boolean start(Runnable work) {
    var pass = gate.tryEnter();
    if (pass == null) return false;
    if (!account.charge(Purse.HEAP, PRICE)) {
      pass.close();
      return false;
    }
    try {
      threads.execute(() -> {
        try {
          work.run();
        } finally {
          leave(pass);
        }
      });
      return true;
    } catch (java.util.concurrent.RejectedExecutionException closed) {
      leave(pass);
      return false;
    }
  }

  private void leave(Gate.Pass pass) {
    account.release(Purse.HEAP, PRICE);
    pass.close();
  }

  /// Handlers that run now.
  public int active() {
    return gate.inside();
  }

  /// How many may run at once.
  public int most() {
    return gate.most();
  }

  /// Starts no more, interrupts those that run and waits up to 2 s for their end.
  @Override
  public void close() {
    var _ = threads.shutdownNow();
    try {
      var _ = threads.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    account.close();
  }
}
