package io.tidegate.cli;

import java.io.PrintWriter;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/// Prints lines on a thread of its own, so that a terminal that stands still never stops an event
/// loop.
///
/// At most 1,024 lines wait; what comes then is dropped, and the next line that fits is preceded by
/// their count. Safe for any thread.
final class Printer implements AutoCloseable {
  private static final int MOST_WAITING = 1024;
  private static final String END = new String("end");
  private static final long CLOSE_MILLIS = 300;

  private final ArrayBlockingQueue<String> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
  private final AtomicLong dropped = new AtomicLong();
  private final PrintWriter out;
  private final Thread thread;

  Printer(PrintWriter out) {
    this.out = out;
    this.thread = Thread.ofPlatform().daemon().name("tidegate-print").start(this::printAll);
  }

  /// Prints `line` soon, or drops it; never waits.
  void line(String line) {
    if (!waiting.offer(line)) dropped.incrementAndGet();
  }

  // END is compared by identity: a line may say the same
  @SuppressWarnings("ReferenceEquality")
  private void printAll() {
    try {
      for (var line = waiting.take(); line != END; line = waiting.take()) {
        sayDropped();
        out.println(line);
        if (waiting.isEmpty()) out.flush();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    sayDropped();
    out.flush();
  }

  private void sayDropped() {
    long lost = dropped.getAndSet(0);
    if (lost > 0) out.println("(" + lost + " lines dropped: the output does not keep up)");
  }

  /// Prints what waits, for at most 300 ms.
  @Override
  public void close() {
    try {
      if (waiting.offer(END, CLOSE_MILLIS, java.util.concurrent.TimeUnit.MILLISECONDS))
        thread.join(CLOSE_MILLIS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
