package io.tidegate.proof.hub;

import java.util.concurrent.locks.LockSupport;

/// A thread that publishes so many messages a second, one by one or in bursts, until the process
/// ends or it fails.
///
/// A burst that comes late is made up for at once, but for what is due since more than a second.
final class Beat {
  private static final long SECOND_NANOS = 1_000_000_000;

  private Beat() {}

  /// Publishes one message.
  interface Publisher {
    /// Publishes `message`, which nobody changes.
    ///
    /// @throws Exception if no more can be published
    void publish(byte[] message) throws Exception;
  }

  /// Starts a daemon thread that publishes messages of `bytes`, `rate` a second, `burst` in a row,
  /// while `gate` is open.
  static Thread start(int rate, int bytes, int burst, Gate gate, Publisher publisher) {
    return Thread.ofPlatform()
        .daemon()
        .name("beat")
        .start(() -> run(rate, bytes, burst, gate, publisher));
  }

  private static void run(int rate, int bytes, int burst, Gate gate, Publisher publisher) {
    long period = burst * SECOND_NANOS / rate;
    long due = System.nanoTime();
    try {
      for (long number = 1; !Thread.currentThread().isInterrupted(); ) {
        due = Math.max(due + period, System.nanoTime() - SECOND_NANOS);
        for (long left; (left = due - System.nanoTime()) > 0; ) {
          LockSupport.parkNanos(left);
          if (Thread.currentThread().isInterrupted()) return;
        }
        if (!gate.isOpen()) continue;
        for (int i = 0; i < burst; i++) publisher.publish(Stamp.message(number++, bytes));
      }
    } catch (Exception failed) {
      if (!Thread.currentThread().isInterrupted())
        System.err.println("publishing ended: " + failed);
    }
  }
}
