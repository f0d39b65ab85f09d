package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A TCP client that sends and reads exactly what a test tells it, however rude.
///
/// It reads nothing unless told to. Calls block; run them on a virtual thread where that matters.
/// One thread at a time, but [#close] and [#abort] may come from any.
public final class HostilePeer implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int MAX_READ_BYTES = 1024 * 1024;

  private final Wire wire;
  private final InetSocketAddress local;
  private final InetSocketAddress remote;

  private HostilePeer(Socket socket) throws IOException {
    this.wire = new Wire(socket);
    this.local = (InetSocketAddress) socket.getLocalSocketAddress();
    this.remote = (InetSocketAddress) socket.getRemoteSocketAddress();
  }

  /// Connects to `address` within 10 s.
  public static HostilePeer open(InetSocketAddress address) throws IOException {
    return open(address, null, 0);
  }

  /// Connects with a receive buffer of about `receiveBufferBytes` (the kernel's least is near 2
  /// KiB), so that little is taken before a peer that never reads makes the other side wait.
  public static HostilePeer openNarrow(InetSocketAddress address, int receiveBufferBytes)
      throws IOException {
    return open(address, null, receiveBufferBytes);
  }

  /// Connects from `source`, for limits that count per address: on Linux all of 127/8 is local.
  public static HostilePeer openFrom(InetAddress source, InetSocketAddress address)
      throws IOException {
    return open(address, source, 0);
  }

  private static HostilePeer open(
      InetSocketAddress address, @Nullable InetAddress source, int receiveBufferBytes)
      throws IOException {
    var socket = new Socket();
    try {
      if (receiveBufferBytes > 0) {
        socket.setReceiveBufferSize(receiveBufferBytes); // before connect: the window is announced
      }
      if (source != null) {
        socket.bind(new InetSocketAddress(source, 0));
      }
      socket.connect(address, (int) PATIENCE.toMillis());
      return new HostilePeer(SecurePorts.secured(socket));
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /// This side's address.
  public InetSocketAddress local() {
    return local;
  }

  /// Sends all of `bytes` in one write, which may take 10 s at most.
  public void send(byte[] bytes) throws IOException {
    wire.write(bytes, Deadline.in(PATIENCE));
  }

  /// Sends `text`, one byte a character (ISO 8859-1).
  public void send(String text) throws IOException {
    send(text.getBytes(ISO_8859_1));
  }

  /// Sends `text` byte by byte with `interval` between two bytes and returns how many went before
  /// all were sent or the other side ended the connection.
  public int drip(String text, Duration interval) throws IOException {
    var bytes = text.getBytes(ISO_8859_1);
    for (int i = 0; i < bytes.length; i++) {
      if (i > 0) {
        Deadline.sleep(interval);
      }
      try {
        wire.write(Arrays.copyOfRange(bytes, i, i + 1), Deadline.in(PATIENCE));
      } catch (IOException _) {
        return i;
      }
    }
    return bytes.length;
  }

  /// Sends `chunk` again and again for `time` and returns how many bytes the kernel took.
  ///
  /// A write that is stuck when `time` is over stays stuck until [#close]: send nothing after it.
  public long flood(byte[] chunk, Duration time) {
    var sent = new AtomicLong();
    var deadline = Deadline.in(time);
    var writer = Thread.ofVirtual().name("testkit-flood").start(() -> pour(chunk, deadline, sent));
    try {
      var _ = writer.join(time);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return sent.get();
  }

  private void pour(byte[] chunk, Deadline deadline, AtomicLong sent) {
    try {
      while (!deadline.passed()) {
        wire.write(chunk);
        var _ = sent.addAndGet(chunk.length);
      }
    } catch (IOException _) {
      // cut or closed: the count says how far it came, awaitCut how it ended
    }
  }

  /// Reads exactly `count` bytes.
  ///
  /// @throws java.net.SocketTimeoutException if they did not come within `patience`
  /// @throws java.io.EOFException if the other side ended first
  public byte[] read(int count, Duration patience) throws IOException {
    if (count > MAX_READ_BYTES) {
      throw new IllegalArgumentException("more than " + MAX_READ_BYTES + " bytes: " + count);
    }
    return wire.exactly(count, Deadline.in(patience));
  }

  /// Reads up to and with `marker`, at most 1 MiB.
  ///
  /// @throws java.net.SocketTimeoutException if it did not come within `patience`
  /// @throws java.io.EOFException if the other side ended first
  public String readUntil(String marker, Duration patience) throws IOException {
    return wire.until(marker, MAX_READ_BYTES, Deadline.in(patience));
  }

  /// Reads and throws away until the other side ends or `patience` runs out; tells which.
  public Cut awaitCut(Duration patience) {
    return wire.awaitEnd(patience);
  }

  /// As [#awaitCut], but takes no byte, so that a stalled server stays stalled: it asks the
  /// kernel's table every 20 ms. A FIN behind bytes that find no room is not seen; a reset always
  /// is.
  ///
  /// @throws UnsupportedOperationException where there is no `/proc/net/tcp`
  public Cut awaitCutUnread(Duration patience) {
    if (!KernelSockets.readable()) {
      throw new UnsupportedOperationException("needs /proc/net/tcp");
    }
    var start = System.nanoTime();
    var _ = Eventually.within(patience, () -> endNow() != Cut.End.OPEN);
    return new Cut(endNow(), Wire.since(start), 0);
  }

  private Cut.End endNow() {
    try {
      return KernelSockets.end(KernelSockets.towards(remote.getPort()), KernelSockets.key(local));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Returns whether nothing, not even an end, arrives for `quiet`. What arrives stays readable.
  public boolean silentFor(Duration quiet) {
    return wire.silentFor(quiet);
  }

  /// Ends this side's sending with FIN; reading goes on.
  public void halfClose() throws IOException {
    wire.finish();
  }

  /// Ends with RST (linger 0), as a process that crashed.
  public void abort() {
    wire.abort();
  }

  /// Closes; unread bytes make the kernel send RST instead of FIN.
  @Override
  public void close() {
    wire.close();
  }
}
