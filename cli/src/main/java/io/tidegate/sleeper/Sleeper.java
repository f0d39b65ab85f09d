package io.tidegate.sleeper;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.OptionalLong;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// One connection whose client does not read. Looked at by one thread; woken by one.
final class Sleeper implements AutoCloseable {
  private static final int READ_BYTES = 8 * 1024;

  private final int number;
  private final Socket raw;
  private final Socket socket;
  private final boolean webSocket;
  private final OptionalLong lengthBytes;
  private final String here;
  private final String there;
  private final long asleepNanos = System.nanoTime();

  private @Nullable Cut cut;
  private long missedNanos;
  private boolean missed;
  private boolean serverSeen;
  private long serverAtMost;
  private long serverNow;
  private long ownAtMost;
  private long ownNow;
  private @Nullable WakeUp wakeUp;

  /// @param raw the TCP connection
  /// @param socket what is read: TLS on it, or itself
  Sleeper(int number, Socket raw, Socket socket, boolean webSocket, OptionalLong lengthBytes) {
    this.number = number;
    this.raw = raw;
    this.socket = socket;
    this.webSocket = webSocket;
    this.lengthBytes = lengthBytes;
    this.here = TcpTable.end((InetSocketAddress) raw.getLocalSocketAddress());
    this.there = TcpTable.end((InetSocketAddress) raw.getRemoteSocketAddress());
  }

  /// Looks at both ends without reading.
  ///
  /// @param tableNanos when the reading of `table` began; who opened later may be missing in it
  void look(TcpTable table, long tableNanos) {
    if (tableNanos - asleepNanos <= 0) return;
    var own = table.row(here, there);
    var server = table.row(there, here);
    ownNow = own == null ? 0 : own.receiveQueueBytes();
    ownAtMost = Math.max(ownAtMost, ownNow);
    if (server != null) serverSeen = true;
    serverNow = server == null ? 0 : server.sendQueueBytes();
    serverAtMost = Math.max(serverAtMost, serverNow);
    if (cut == null) cut = cut(own, server, tableNanos);
  }

  /// The kernel prints its table in pieces, and now and then a row falls between two: only who is
  /// missing twice is gone.
  private @Nullable Cut cut(
      TcpTable.@Nullable Row own, TcpTable.@Nullable Row server, long tableNanos) {
    if (own == null) {
      if (missed) return cutAt(Cut.How.RESET, missedNanos);
      missedNanos = tableNanos;
      missed = true;
      return null;
    }
    missed = false;
    if (own.state() == TcpTable.State.PEER_ENDED) return cutAt(Cut.How.FIN, tableNanos);
    boolean closed = server != null && server.state() == TcpTable.State.CLOSED_HERE;
    return closed ? cutAt(Cut.How.FIN_WAITS, tableNanos) : null;
  }

  private Cut cutAt(Cut.How how, long nanos) {
    return new Cut(how, Duration.ofNanos(nanos - asleepNanos));
  }

  /// The same where there is no table: what waits here is all that can be known.
  void lookHere() {
    try {
      ownNow = raw.getInputStream().available();
      ownAtMost = Math.max(ownAtMost, ownNow);
    } catch (IOException _) {
      ownNow = 0;
    }
  }

  boolean isCut() {
    return cut != null;
  }

  long serverNowBytes() {
    return serverNow;
  }

  long ownNowBytes() {
    return ownNow;
  }

  boolean isServerSeen() {
    return serverSeen;
  }

  /// How long its answer is, where it says so.
  OptionalLong lengthBytes() {
    return lengthBytes;
  }

  /// Whether it has slept for `nap`, or was cut before.
  boolean isOver(Duration nap, long nowNanos) {
    return cut != null || nowNanos - asleepNanos >= nap.toNanos();
  }

  /// Reads on until the server ends it, for at most `atMost`; blocks.
  void wake(Duration atMost) {
    long began = System.nanoTime();
    var slept = Duration.ofNanos(began - asleepNanos);
    var reading = new Reading(began, atMost.toNanos());
    var end = reading.run();
    boolean ended = end != WakeUp.End.OPEN;
    if (ended && cut == null) cut = new Cut(Cut.How.FOUND_AWAKE, slept);
    long surplus = Math.max(ownNow + serverNow, reading.early - reading.late);
    long stale = ended ? reading.bytes() : Math.min(reading.bytes(), surplus);
    wakeUp = new WakeUp(reading.bytes(), stale, end, webSocket ? reading.frames.close() : null);
  }

  private final class Reading {
    private final CloseFinder frames = new CloseFinder();
    private final long began;
    private final long atMostNanos;
    private long early;
    private long late;

    Reading(long began, long atMostNanos) {
      this.began = began;
      this.atMostNanos = atMostNanos;
    }

    long bytes() {
      return early + late;
    }

    WakeUp.End run() {
      try {
        return readOn();
      } catch (SocketTimeoutException over) {
        return WakeUp.End.OPEN;
      } catch (EOFException | SSLException cutShort) {
        return WakeUp.End.FIN; // TLS without its own end
      } catch (IOException reset) {
        return WakeUp.End.RESET;
      }
    }

    private WakeUp.End readOn() throws IOException {
      var in = socket.getInputStream();
      var buffer = new byte[READ_BYTES];
      for (long spent = 0; spent < atMostNanos; spent = System.nanoTime() - began) {
        socket.setSoTimeout((int) Math.max(1, (atMostNanos - spent) / 1_000_000));
        int read = in.read(buffer);
        if (read < 0) return WakeUp.End.FIN;
        if (spent < atMostNanos / 2) early += read;
        else late += read;
        if (webSocket) frames.accept(buffer, read);
      }
      return WakeUp.End.OPEN;
    }
  }

  /// How it fared so far.
  Nap nap() {
    var server = serverSeen ? new Nap.Held(serverAtMost, serverNow) : null;
    return new Nap(number, cut, server, ownAtMost, wakeUp);
  }

  @Override
  public void close() {
    try {
      raw.close(); // what waits unread makes it a reset; TLS has nothing to say
    } catch (IOException _) {
      // it is gone, which was wanted
    }
  }
}
