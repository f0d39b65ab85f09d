package io.tidegate.ledger;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The one implementation of [Gate]; nobody outside this package can name it.
final class AtomicGate implements Gate {
  private final AtomicInteger inside = new AtomicInteger();
  private final int most;

  AtomicGate(int most) {
    if (most < 1) throw new IllegalArgumentException("most not positive: " + most);
    this.most = most;
  }

  @Override
  public @Nullable Pass tryEnter() {
    int now;
    do {
      now = inside.get();
      if (now == most) return null;
    } while (!inside.compareAndSet(now, now + 1));
    return new Entry();
  }

  @Override
  public int inside() {
    return inside.get();
  }

  @Override
  public int most() {
    return most;
  }

  /// One pass. A double close must not let one more in.
  private final class Entry implements Pass {
    private final AtomicBoolean left = new AtomicBoolean();

    @Override
    public void close() {
      if (left.compareAndSet(false, true)) inside.decrementAndGet();
    }
  }
}
