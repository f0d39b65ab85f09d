package io.tidegate.testkit;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/// A moment on the machine's monotonic clock after which waiting ends.
record Deadline(long atNanos) {
  private static final long MAX_NANOS = Duration.ofDays(1).toNanos();

  /// Bounded to one day, so that no arithmetic on it overflows.
  static Deadline in(Duration patience) {
    var nanos = patience.compareTo(Duration.ofDays(1)) > 0 ? MAX_NANOS : patience.toNanos();
    return new Deadline(System.nanoTime() + nanos);
  }

  boolean passed() {
    return leftNanos() <= 0;
  }

  long leftNanos() {
    return atNanos - System.nanoTime();
  }

  /// What is left as a socket timeout, rounded up: waiting must not end early.
  ///
  /// @throws SocketTimeoutException if nothing is left
  int leftMillis() throws SocketTimeoutException {
    var left = leftNanos();
    if (left <= 0) {
      throw new SocketTimeoutException("deadline passed");
    }
    return (int) ((left + 999_999) / 1_000_000);
  }

  /// Sleeps as a script demands; this is part of what a script sends, never a way to wait for a
  /// result.
  static void sleep(Duration pause) throws InterruptedIOException {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted between two steps of a script");
    }
  }
}
