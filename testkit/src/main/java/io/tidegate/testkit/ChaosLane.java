package io.tidegate.testkit;

import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/// One direction of a [ChaosProxy]: its toxics, shared by all connections, and the waiting for them
/// to change.
final class ChaosLane {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final LongAdder passed = new LongAdder();
  private volatile Toxics toxics = Toxics.NONE;
  private volatile boolean frozen;

  Toxics toxics() {
    return toxics;
  }

  void set(Toxics next) {
    toxics = next;
    wake();
  }

  void freeze() {
    frozen = true;
  }

  void thaw() {
    frozen = false;
    wake();
  }

  void passed(int bytes) {
    passed.add(bytes);
  }

  long passedBytes() {
    return passed.sum();
  }

  /// Lets all waiters look again.
  void wake() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits while frozen, unless `over`.
  void awaitThaw(BooleanSupplier over) throws InterruptedException {
    awaitWhile(() -> frozen && !over.getAsBoolean());
  }

  /// Waits while nothing may be read, unless `over`.
  void awaitReading(BooleanSupplier over) throws InterruptedException {
    awaitWhile(() -> toxics.hole() == Toxics.Hole.STALL && !over.getAsBoolean());
  }

  private void awaitWhile(BooleanSupplier blocked) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (blocked.getAsBoolean()) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }
}
