package io.tidegate.proof.torture;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Asks for a page, or an echo, fifty times a second and times the answers, from its start until it
/// is closed.
///
/// It has a thread of the kernel's, so that no carrier of others stands between it and its socket.
/// An answer that is not 200 or does not come within 5 s is missing. [#take] is safe for any
/// thread.
final class PoliteClient implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /// In 5 s there are 250 answers, of which the slowest hundredth is more than one.
  private static final Duration PAUSE = Duration.ofMillis(20);

  private static final int MOST_KEPT = 100_000;

  private final Ground ground;
  private final Manner manner;
  private final Thread thread;
  private final List<Long> nanos = new ArrayList<>();
  private int missing;
  private int inARow;
  private String fault = "";
  private volatile boolean closing;
  private @Nullable Conversation connection;

  /// How it connects.
  enum Manner {
    /// By one connection, for as long as the server keeps it.
    KEPT,
    /// By a new connection for each request.
    FRESH
  }

  /// What became of its requests.
  ///
  /// @param nanos that those took that were answered
  /// @param missing how many were not
  /// @param fault what was wrong with the first of these; empty if none
  record Figures(List<Long> nanos, int missing, String fault) {
    int answered() {
      return nanos.size();
    }

    /// These and `later`.
    Figures and(Figures later) {
      var both = new ArrayList<>(nanos);
      both.addAll(later.nanos);
      return new Figures(both, missing + later.missing, fault.isEmpty() ? later.fault : fault);
    }

    /// 0 if none were answered.
    double p99Millis() {
      if (nanos.isEmpty()) return 0;
      var sorted = nanos.stream().sorted().toList();
      return sorted.get((int) ((sorted.size() - 1) * 0.99)) / 1e6;
    }
  }

  PoliteClient(Ground ground, Manner manner) {
    this.ground = ground;
    this.manner = manner;
    this.thread = Thread.ofPlatform().daemon().name("torture-polite").start(this::run);
  }

  /// The figures since the last call.
  synchronized Figures take() {
    var figures = new Figures(List.copyOf(nanos), missing, fault);
    nanos.clear();
    missing = 0;
    fault = "";
    return figures;
  }

  /// How many were answered since one was not.
  synchronized int inARow() {
    return inARow;
  }

  /// Counts those answered in a row anew.
  synchronized void countAnew() {
    inARow = 0;
  }

  @Override
  public void close() {
    closing = true;
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!closing) {
      ask();
      try {
        Thread.sleep(PAUSE);
      } catch (InterruptedException _) {
        break;
      }
    }
    hangUp();
  }

  private void ask() {
    long start = System.nanoTime();
    try {
      fetch();
      answered(System.nanoTime() - start);
    } catch (IOException | RuntimeException failed) {
      hangUp();
      long millis = (System.nanoTime() - start) / 1_000_000;
      if (!closing) missed("%s after %,d ms".formatted(failed.getMessage(), millis));
    }
    if (manner == Manner.FRESH) hangUp();
  }

  /// A kept connection that the server has ended between two requests is its right: the request is
  /// sent again on a new one, once.
  private void fetch() throws IOException {
    var kept = connection;
    if (kept != null) {
      try {
        fetch(kept);
        return;
      } catch (EOFException | SocketException _) {
        hangUp();
      }
    }
    var opened = Conversation.open(ground, PATIENCE);
    connection = opened;
    fetch(opened);
  }

  private void fetch(Conversation open) throws IOException {
    if (!open.ask()) hangUp();
  }

  private synchronized void answered(long took) {
    inARow++;
    if (nanos.size() < MOST_KEPT) nanos.add(took);
  }

  private synchronized void missed(String why) {
    inARow = 0;
    missing++;
    if (fault.isEmpty()) fault = why;
  }

  private void hangUp() {
    var open = connection;
    connection = null;
    if (open != null) open.close();
  }
}
