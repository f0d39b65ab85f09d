package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Offers pieces to streams and sees to it that each one's payer is told exactly once.
final class Debts {
  private final AtomicLong owed = new AtomicLong();
  private final AtomicInteger untold = new AtomicInteger();

  /// Offers `bytes`, paid by a payer of its own.
  boolean offer(ByteStream stream, byte[] bytes) {
    var told = new AtomicLong();
    owed.addAndGet(bytes.length);
    untold.incrementAndGet();
    return stream.offer(
        buffer(stream, bytes),
        bytes.length,
        released -> {
          owed.addAndGet(-released);
          long sum = told.addAndGet(released);
          assertThat(sum).as("told of more than was offered").isLessThanOrEqualTo(bytes.length);
          if (sum == bytes.length) untold.decrementAndGet();
        });
  }

  static ByteBuf buffer(ByteStream stream, byte[] bytes) {
    return stream.loop().buffers().directBuffer(Math.max(1, bytes.length)).writeBytes(bytes);
  }

  long owed() {
    return owed.get();
  }

  boolean arePaid() {
    return owed.get() == 0 && untold.get() == 0;
  }
}
