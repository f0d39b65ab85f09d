package io.tidegate.proof;

import io.tidegate.testkit.ChildProcess;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// Every process that the benchmark starts, so that none outlives it.
///
/// Safe for any thread: an interrupt from the terminal closes it while the benchmark still starts
/// more. It ends processes by their ids, the youngest first.
public final class Children implements AutoCloseable {
  private final ArrayDeque<ChildProcess> running = new ArrayDeque<>();
  private final Thread whenInterrupted = new Thread(this::endAll, "end-children");
  private final UnaryOperator<List<String>> within;
  private boolean closed;

  /// With a hook that ends them when the JVM is interrupted.
  public Children() {
    this(command -> command);
  }

  /// As above; each is started by what `within` makes of its command.
  public Children(UnaryOperator<List<String>> within) {
    this.within = within;
    Runtime.getRuntime().addShutdownHook(whenInterrupted);
  }

  /// Starts `command` with `environment` added to this process's own.
  ///
  /// @throws IllegalStateException once closed
  public synchronized ChildProcess start(List<String> command, Map<String, String> environment)
      throws IOException {
    if (closed) {
      throw new IllegalStateException("the benchmark is ending");
    }
    var child = ChildProcess.command(within.apply(command), environment);
    running.push(child);
    return child;
  }

  /// Ends one before the others.
  public void end(ChildProcess child) {
    child.close();
    synchronized (this) {
      var _ = running.remove(child);
    }
  }

  @Override
  public void close() {
    endAll();
    try {
      var _ = Runtime.getRuntime().removeShutdownHook(whenInterrupted);
    } catch (IllegalStateException _) {
      // the JVM is ending and the hook runs, or ran
    }
  }

  private synchronized void endAll() {
    closed = true;
    while (!running.isEmpty()) {
      running.pop().close();
    }
  }
}
