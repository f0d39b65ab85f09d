package io.tidegate.proof;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A visitor that fetches one body again and again over one connection and times each fetch.
///
/// A connection that the server ends behind an answer is opened anew outside the timing. One
/// thread.
final class LiveVisitor implements AutoCloseable {
  private static final int BUFFER_BYTES = 256 * 1024;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String LENGTH = "\r\ncontent-length:";

  private final Way way;
  private final byte[] request;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private @Nullable Socket socket;

  /// How long fetches took.
  record Latencies(int count, double p50Millis, double p99Millis) {
    /// Sorts `nanos`, of which the first `count` are figures.
    ///
    /// @throws IllegalArgumentException if there are none
    static Latencies of(long[] nanos, int count) {
      if (count < 1) {
        throw new IllegalArgumentException("no fetch was completed");
      }
      Arrays.sort(nanos, 0, count);
      return new Latencies(
          count, nanos[(count - 1) / 2] / 1e6, nanos[(int) ((count - 1) * 0.99)] / 1e6);
    }
  }

  LiveVisitor(Way way, Row row) {
    this.way = way;
    this.request =
        ("GET " + row.target() + " HTTP/1.1\r\nHost: " + way.host() + "\r\n\r\n")
            .getBytes(ISO_8859_1);
  }

  /// Fetches for `length`.
  ///
  /// @throws IOException if an answer is not 200, has no length, or is cut
  Latencies fetchFor(Duration length) throws IOException {
    var nanos = new long[1_024];
    int count = 0;
    var end = System.nanoTime() + length.toNanos();
    while (System.nanoTime() < end) {
      nanos = count < nanos.length ? nanos : Arrays.copyOf(nanos, count * 2);
      nanos[count++] = fetch();
    }
    return Latencies.of(nanos, count);
  }

  @Override
  public void close() throws IOException {
    if (socket != null) {
      socket.close();
      socket = null;
    }
  }

  private long fetch() throws IOException {
    var connection = connection();
    var start = System.nanoTime();
    connection.getOutputStream().write(request);
    var last = readAnswer(connection);
    var took = System.nanoTime() - start;
    if (last) {
      close();
    }
    return took;
  }

  private Socket connection() throws IOException {
    if (socket == null) {
      socket = new Socket(way.address().getAddress(), way.port());
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) PATIENCE.toMillis());
    }
    return socket;
  }

  /// Reads one answer to its end and returns whether the server closes behind it.
  private boolean readAnswer(Socket connection) throws IOException {
    int held = 0;
    int bodyAt;
    do {
      held += read(connection, held);
      bodyAt = headEnd(held);
    } while (bodyAt < 0);
    var head = new String(buffer, 0, bodyAt, ISO_8859_1).toLowerCase(Locale.ROOT);
    var left = bodyBytes(head) - (held - bodyAt);
    while (left > 0) {
      left -= read(connection, 0);
    }
    return head.contains("\r\nconnection: close");
  }

  private int read(Socket connection, int at) throws IOException {
    var count = connection.getInputStream().read(buffer, at, buffer.length - at);
    if (count <= 0) {
      throw new EOFException(way.variant().title() + " ended the connection inside an answer");
    }
    return count;
  }

  private int headEnd(int held) {
    for (int i = 3; i < held; i++) {
      if (buffer[i] == '\n' && buffer[i - 1] == '\r' && buffer[i - 2] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  private static long bodyBytes(String head) throws IOException {
    var at = head.indexOf(LENGTH);
    if (!head.startsWith("http/1.1 200") || at < 0) {
      throw new IOException("not a 200 with a length: " + head);
    }
    var begin = at + LENGTH.length();
    return Long.parseLong(head.substring(begin, head.indexOf("\r\n", begin)).strip());
  }
}
