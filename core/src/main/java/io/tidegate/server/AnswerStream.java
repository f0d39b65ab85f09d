package io.tidegate.server;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.Exchange;
import io.tidegate.http.PeerWaits;
import io.tidegate.http.message.Fields;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// An answer's body from a thread that blocks: at most [#MOST_AHEAD] bytes are on their way to the
/// kernel, each charged before it is handed to the loop, and a writer that is further ahead waits.
///
/// What is gathered for the next chunk lies in an array that grows as it is written to, charged to
/// those who hold for handlers; where there is no room for a larger one, chunks stay small.
///
/// A peer that takes nothing is cut by the connection's write limits, which ends the wait. One
/// thread writes; the loop pays.
final class AnswerStream extends OutputStream implements Payer {
  /// As much as a connection hands to the kernel at once.
  static final int MOST_AHEAD = 64 * 1024;

  /// What a writer of little keeps; the price of a handler's thread contains it.
  private static final int LEAST_CHUNK_BYTES = 1024;

  /// Chunks that keep the socket busy while the writer makes the next.
  private static final int CHUNKS_AHEAD = 4;

  /// Where streams share a connection: a hundred of them stay below what it may hold, 2 MiB, also
  /// when each has a chunk cut in two by its window, and both parts pay for the whole.
  private static final int MOST_AHEAD_OF_STREAM = 8 * 1024;

  private final Exchange exchange;
  private final PeerWaits waits;
  private final Account handlers;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final byte[] one = new byte[1];
  private final int mostAhead;
  private final int chunkBytes;
  private byte[] chunk = new byte[LEAST_CHUNK_BYTES];
  private int filled;
  private int ahead; // guarded by lock
  private @Nullable CutReason failed; // guarded by lock

  /// An answer that is handed to the loop in pieces of up to `chunkBytes`.
  AnswerStream(Exchange exchange, Services services) {
    this.exchange = exchange;
    this.waits = services.threads().waits();
    this.handlers = services.account();
    int chunkBytes = services.sendChunkBytes();
    int most = exchange.hasConnection() ? MOST_AHEAD : MOST_AHEAD_OF_STREAM;
    this.mostAhead = Math.min(most, CHUNKS_AHEAD * chunkBytes);
    this.chunkBytes = Math.min(chunkBytes, mostAhead);
  }

  /// The exchange is over, whatever ended it. On the loop.
  void over() {
    fail(CutReason.PEER_GONE);
  }

  private void fail(CutReason reason) {
    lock.lock();
    try {
      if (failed == null) failed = reason;
      news.signal();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void write(int b) throws IOException {
    one[0] = (byte) b;
    write(one, 0, 1);
  }

  @Override
  public void write(byte[] from, int start, int length) throws IOException {
    java.util.Objects.checkFromIndexSize(start, length, from.length);
    for (int at = start, end = start + length; at < end; ) {
      if (filled == chunk.length) makeRoom();
      int bytes = Math.min(end - at, chunk.length - filled);
      System.arraycopy(from, at, chunk, filled, bytes);
      filled += bytes;
      at += bytes;
    }
  }

  private void makeRoom() throws IOException {
    int larger = Math.min(chunkBytes, chunk.length * 2);
    int more = larger - chunk.length;
    if (more > 0 && handlers.charge(Purse.HEAP, more)) chunk = Arrays.copyOf(chunk, larger);
    else flush();
  }

  /// Gives back what was charged for the array: nothing is written any more.
  void free() {
    handlers.release(Purse.HEAP, chunk.length - LEAST_CHUNK_BYTES);
    chunk = new byte[LEAST_CHUNK_BYTES];
    filled = 0;
  }

  /// Hands what was written to the loop, which sends it within this tick.
  @Override
  public void flush() throws IOException {
    int bytes = filled;
    awaitRoom(bytes);
    if (bytes == 0) return;
    var full = chunk;
    chunk = new byte[full.length];
    filled = 0;
    if (!exchange.connection().loop().later(() -> offer(full, bytes))) fail(CutReason.CLOSING);
  }

  /// Sends the next `bytes` of `file`, read into the buffers that are sent; fewer if it ends
  /// before. Returns how many it had.
  long send(ReadableByteChannel file, long bytes) throws IOException {
    flush();
    long sent = 0;
    while (sent < bytes) {
      int read = sendNext(file, (int) Math.min(bytes - sent, mostAhead / 2));
      if (read <= 0) break;
      sent += read;
    }
    return sent;
  }

  private int sendNext(ReadableByteChannel file, int most) throws IOException {
    awaitRoom(most);
    int read = -1;
    try {
      var piece = exchange.connection().loop().buffers().directBuffer(most);
      try {
        read = file.read(piece.nioBuffer(0, most));
        if (read > 0) handOver(piece.retain().writerIndex(read));
      } finally {
        piece.release();
      }
    } finally {
      if (read < most) released(most - Math.max(0, read));
    }
    return read;
  }

  private void handOver(ByteBuf piece) {
    if (exchange.connection().loop().later(() -> offer(piece))) return;
    piece.release();
    fail(CutReason.CLOSING);
  }

  private void awaitRoom(int bytes) throws IOException {
    lock.lock();
    try {
      if (isWaiting(bytes)) awaitNews(bytes);
      if (failed == null && !exchange.connection().account().charge(Purse.DIRECT, bytes))
        failed = CutReason.MEMORY_REFUSED;
      if (failed != null) throw new PeerGoneException(failed);
      ahead += bytes;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while writing an answer");
    } finally {
      lock.unlock();
    }
  }

  private boolean isWaiting(int bytes) {
    return failed == null
        && ahead > 0
        && (ahead + bytes > mostAhead || !exchange.connection().hasShare(bytes));
  }

  private void awaitNews(int bytes) throws InterruptedException {
    try (var _ = waits.begin(this::giveUp)) {
      while (isWaiting(bytes)) news.await();
    }
  }

  /// Somebody else needs the handler's place.
  private void giveUp() {
    var _ = exchange.connection().loop().later(() -> exchange.cut(CutReason.HANDLER_LIMIT));
  }

  private void offer(byte[] full, int bytes) {
    offer(exchange.connection().loop().buffers().directBuffer(bytes).writeBytes(full, 0, bytes));
  }

  private void offer(ByteBuf piece) {
    if (!exchange.offer(piece, piece.readableBytes(), this)) fail(CutReason.PEER_GONE);
  }

  @Override
  public void released(int bytes) {
    exchange.connection().account().release(Purse.DIRECT, bytes);
    lock.lock();
    try {
      ahead -= bytes;
      news.signal();
    } finally {
      lock.unlock();
    }
  }

  /// Sends what is left and ends the answer.
  @Override
  public void close() throws IOException {
    flush();
    var _ = exchange.connection().loop().later(() -> exchange.finish(Fields.EMPTY));
  }
}
