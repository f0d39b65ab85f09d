package io.tidegate.cli;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Waits until a command is told to stop, by SIGTERM or Ctrl-C, or until it ends by itself; then
/// the process ends within 2 s.
///
/// A JVM that got a signal ends when its shutdown hooks return, and `main` has no say any more: the
/// hook therefore waits for `main` to clean up, but not for ever.
final class UntilStopped implements AutoCloseable {
  private static final Duration LONGEST_CLEANUP = Duration.ofMillis(1_200);

  private final CompletableFuture<ExitCode> end = new CompletableFuture<>();
  private final CountDownLatch clean = new CountDownLatch(1);
  private final Thread hook = new Thread(this::stop, "tidegate-stop");

  UntilStopped() {
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /// Ends the wait with `code`; only the first call counts.
  void end(ExitCode code) {
    end.complete(code);
  }

  /// Waits for the end and says how the command ended.
  ExitCode await() {
    return end.join();
  }

  /// Waits for the end for at most `time`; returns whether it has come.
  boolean await(Duration time) {
    try {
      var _ = end.get(time.toNanos(), TimeUnit.NANOSECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    } catch (InterruptedException | ExecutionException _) {
      Thread.currentThread().interrupt();
      return true;
    }
  }

  private void stop() {
    end.complete(ExitCode.OK);
    try {
      var _ = clean.await(LONGEST_CLEANUP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    // status 0: it did what it was told, which the JVM's own 143 would not say
    Runtime.getRuntime().halt(end.join().status());
  }

  /// All is cleaned up.
  @Override
  public void close() {
    clean.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // the JVM is ending already, and the hook was waiting for this
    }
  }
}
