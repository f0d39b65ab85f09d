package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// One blocking TCP socket with a deadline on each read and write, and one bounded read buffer.
///
/// One thread may read while another writes; [#close] ends both.
final class Wire implements Closeable {
  static final int BUFFER_BYTES = 16 * 1024;

  private static final ScheduledThreadPoolExecutor WRITE_DEADLINES = writeDeadlines();

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int from;
  private int to;

  Wire(Socket socket) throws IOException {
    this.socket = socket;
    this.in = socket.getInputStream();
    this.out = socket.getOutputStream();
    socket.setTcpNoDelay(true);
  }

  Socket socket() {
    return socket;
  }

  /// Writes all of `bytes`; a socket still full when `deadline` passes is closed, for half a write
  /// leaves nothing that could go on.
  void write(byte[] bytes, Deadline deadline) throws IOException {
    var guard = WRITE_DEADLINES.schedule(this::close, deadline.leftNanos(), TimeUnit.NANOSECONDS);
    try {
      out.write(bytes);
    } catch (SocketException e) {
      if (deadline.passed()) {
        throw new SocketTimeoutException("the peer took no bytes until the write's deadline");
      }
      throw e;
    } finally {
      var _ = guard.cancel(false);
    }
  }

  /// Writes without a deadline; [#close] from another thread ends it.
  void write(byte[] bytes) throws IOException {
    out.write(bytes);
  }

  /// Reads at most `target.length` bytes; -1 is the peer's FIN.
  int read(byte[] target, Deadline deadline) throws IOException {
    return read(target, target.length, deadline);
  }

  int read(byte[] target, int atMost, Deadline deadline) throws IOException {
    if (from == to && !fill(deadline)) {
      return -1;
    }
    var count = Math.min(atMost, to - from);
    System.arraycopy(buffer, from, target, 0, count);
    from += count;
    return count;
  }

  /// Reads one byte, 0 to 255; -1 is the peer's FIN.
  int read(Deadline deadline) throws IOException {
    return from == to && !fill(deadline) ? -1 : buffer[from++] & 0xff;
  }

  byte[] exactly(int count, Deadline deadline) throws IOException {
    var bytes = new byte[count];
    for (int i = 0; i < count; i++) {
      var next = read(deadline);
      if (next < 0) {
        throw new EOFException("ended after " + i + " of " + count + " bytes");
      }
      bytes[i] = (byte) next;
    }
    return bytes;
  }

  /// Reads up to and with `marker`, as ISO 8859-1.
  ///
  /// @throws EOFException if the peer ended first; its message holds what had come
  /// @throws IOException if the marker is not among the first `atMost` bytes
  String until(String marker, int atMost, Deadline deadline) throws IOException {
    var text = new StringBuilder();
    while (!endsWith(text, marker)) {
      var next = read(deadline);
      if (next < 0) {
        throw new EOFException("ended before the marker, after: " + Escapes.show(text.toString()));
      }
      if (text.length() == atMost) {
        throw new IOException("no marker among " + atMost + " bytes");
      }
      text.append((char) next);
    }
    return text.toString();
  }

  private static boolean endsWith(StringBuilder text, String marker) {
    var start = text.length() - marker.length();
    return start >= 0 && text.indexOf(marker, start) == start;
  }

  /// Returns whether nothing, not even an end, arrives for `quiet`. What arrives is kept for the
  /// next read.
  boolean silentFor(Duration quiet) {
    try {
      if (from == to) {
        var _ = fill(Deadline.in(quiet));
      }
      return false;
    } catch (SocketTimeoutException _) {
      return true;
    } catch (IOException _) {
      return false;
    }
  }

  /// Waits for `pause` and returns true early if the peer ended; bytes that come stay readable as
  /// long as the buffer has room.
  ///
  /// @throws SocketException if the peer's end was a reset
  boolean endedWithin(Duration pause) throws IOException {
    var deadline = Deadline.in(pause);
    if (from == to) {
      from = 0;
      to = 0;
    }
    try {
      while (to < buffer.length) {
        if (!more(deadline)) {
          return true;
        }
      }
      Deadline.sleep(Duration.ofNanos(Math.max(0, deadline.leftNanos())));
    } catch (SocketTimeoutException _) {
      return false;
    }
    return false;
  }

  /// Reads and throws away until the peer ends or `patience` runs out.
  Cut awaitEnd(Duration patience) {
    var start = System.nanoTime();
    var deadline = Deadline.in(patience);
    var bytes = 0L;
    var sink = new byte[BUFFER_BYTES];
    try {
      for (int n; (n = read(sink, deadline)) >= 0; ) {
        bytes += n;
      }
      return new Cut(Cut.End.FIN, since(start), bytes);
    } catch (SocketTimeoutException _) {
      return new Cut(Cut.End.OPEN, since(start), bytes);
    } catch (IOException _) {
      return new Cut(Cut.End.RESET, since(start), bytes);
    }
  }

  static Duration since(long startNanos) {
    return Duration.ofNanos(System.nanoTime() - startNanos);
  }

  /// Sends FIN; the other direction stays.
  void finish() throws IOException {
    socket.shutdownOutput();
  }

  /// Ends with RST: linger 0.
  void abort() {
    try {
      socket.setSoLinger(true, 0);
    } catch (SocketException _) {
      // closed already: there is nothing left to reset
    }
    close();
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException _) {
      // the descriptor is gone either way
    }
  }

  /// Closes `listener` and waits for its thread: until that has left `accept`, the port takes more.
  static void stopAccepting(ServerSocket listener, Thread acceptor) {
    try {
      listener.close();
      acceptor.join();
    } catch (IOException _) {
      // the descriptor is gone either way
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  void write(String latin1, Deadline deadline) throws IOException {
    write(latin1.getBytes(ISO_8859_1), deadline);
  }

  private boolean fill(Deadline deadline) throws IOException {
    from = 0;
    to = 0;
    return more(deadline);
  }

  private boolean more(Deadline deadline) throws IOException {
    socket.setSoTimeout(deadline.leftMillis());
    var count = in.read(buffer, to, buffer.length - to);
    to += Math.max(0, count);
    return count > 0;
  }

  private static ScheduledThreadPoolExecutor writeDeadlines() {
    var executor =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("testkit-write-deadlines").factory());
    executor.setRemoveOnCancelPolicy(true);
    return executor;
  }
}
