package io.tidegate.server;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.Exchange;
import io.tidegate.http.HandlerThreads;
import io.tidegate.http.message.Fields;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Gate;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.FileSlice;
import io.tidegate.net.Payer;
import io.tidegate.net.SharedFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
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

  /// What a handler's thread copies itself: for less its first buffer costs it more than it spares
  /// the loop (2 us of 22, measured with 1 kB).
  private static final int LEAST_COPY_BYTES = 8 * 1024;

  /// What a piece on its way to the loop costs besides its bytes: its task, its array, its entry.
  private static final int PIECE_BYTES = 128;

  /// Of a file that is worth a system call of its own; less is one piece with its head, or two.
  private static final long LEAST_SLICES_BYTES = 32 * 1024;

  /// What of a file is handed to the loop at once: a thread more or less is woken for each.
  private static final int MOST_WINDOW = 1024 * 1024;

  private static final int LEAST_WINDOW = 64 * 1024;

  /// What one that rests costs the heap purse: itself, an array of the least length, its entry, and
  /// an open file. What else it is read from costs more.
  private static final int REST_PRICE = 2 * 1024;

  /// Of the loop, when it is to say what it knows of a peer: half of the longest batch.
  private static final long MOST_LAG_NANOS = 2_000_000;

  private final Exchange exchange;
  private final HandlerThreads threads;
  private final Account handlers;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final Payer sliceGone = this::sliceGone;
  private final byte[] one = new byte[1];
  private final int mostAhead;
  private final int copyBytes;
  private final int chunkBytes;
  private byte[] chunk = new byte[LEAST_CHUNK_BYTES];
  private int filled;
  private int window = MOST_WINDOW;
  private int lastSlice;
  private long lastSliceNanos;
  private int ahead; // guarded by lock
  private int slicesAhead; // guarded by lock
  private @Nullable CutReason failed; // guarded by lock
  private boolean isAsked; // guarded by lock
  private @Nullable BooleanSupplier awaited; // guarded by lock
  private @Nullable Rest rest; // guarded by lock

  /// Of a writer that has left its thread, until it has another.
  private Gate.@Nullable Pass pass;

  /// A writer that has left its thread, and what has it go on once `bytes` find room.
  private record Rest(Runnable goOn, int bytes) {}

  /// An answer that is handed to the loop in pieces of up to `chunkBytes`.
  AnswerStream(Exchange exchange, Services services) {
    this.exchange = exchange;
    this.threads = services.threads();
    this.handlers = services.account();
    int chunkBytes = services.sendChunkBytes();
    int bytesAhead = Math.min(mostAhead(exchange), CHUNKS_AHEAD * chunkBytes);
    this.chunkBytes = Math.min(chunkBytes, bytesAhead);
    this.copyBytes = bytesAhead / 2;
    this.mostAhead = bytesAhead + CHUNKS_AHEAD * PIECE_BYTES;
  }

  /// How much of an answer to `exchange` may be on its way to the kernel at once.
  static int mostAhead(Exchange exchange) {
    return exchange.hasConnection() ? MOST_AHEAD : MOST_AHEAD_OF_STREAM;
  }

  /// The exchange is over, whatever ended it. On the loop.
  void over() {
    fail(CutReason.PEER_GONE);
  }

  private void fail(CutReason reason) {
    change(() -> {
      if (failed == null) failed = reason;
    });
  }

  /// Does what may end a wait, and has the writer go on if it has.
  private void change(Runnable change) {
    Rest over = null;
    lock.lock();
    try {
      change.run();
      if (rest == null) {
        news.signal();
      } else if (!isFull(rest.bytes)) {
        over = rest;
        rest = null;
      }
    } finally {
      lock.unlock();
    }
    if (over != null) over.goOn.run();
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
      if (filled == chunk.length && !grow()) flush();
      int bytes = Math.min(end - at, chunk.length - filled);
      System.arraycopy(from, at, chunk, filled, bytes);
      filled += bytes;
      at += bytes;
    }
  }

  /// Whether there is room for more now in the array, which is full.
  private boolean grow() {
    int larger = Math.min(chunkBytes, chunk.length * 2);
    int more = larger - chunk.length;
    if (more == 0 || !handlers.charge(Purse.HEAP, more)) return false;
    chunk = Arrays.copyOf(chunk, larger);
    return true;
  }

  /// Gives back what was charged for the array: nothing is written any more.
  void free() {
    restIsOver();
    letGoOfChunk();
  }

  /// Nothing is gathered that is still to be sent.
  private void letGoOfChunk() {
    filled = 0;
    if (chunk.length == LEAST_CHUNK_BYTES) return;
    handlers.release(Purse.HEAP, chunk.length - LEAST_CHUNK_BYTES);
    chunk = new byte[LEAST_CHUNK_BYTES];
  }

  /// Hands what was written to the loop, which sends it within this tick.
  @Override
  public void flush() throws IOException {
    int bytes = filled;
    awaitRoom(bytes == 0 ? 0 : bytes + PIECE_BYTES);
    if (bytes == 0) return;
    if (bytes < LEAST_COPY_BYTES) handOverChunk(Arrays.copyOf(chunk, bytes));
    else handOver(copy(chunk, bytes), bytes + PIECE_BYTES);
    filled = 0;
  }

  /// The loop makes the piece that is sent.
  private void handOverChunk(byte[] whole) {
    int price = whole.length + PIECE_BYTES;
    if (!Sender.later(exchange, () -> offer(copy(whole, whole.length), price)))
      fail(CutReason.CLOSING);
  }

  /// What was gathered, which was charged. If a handler's thread copies it, the loop has others to
  /// serve meanwhile, and the array is used again.
  private ByteBuf copy(byte[] from, int bytes) {
    ByteBuf piece = null;
    try {
      piece = exchange.connection().loop().buffers().directBuffer(bytes);
    } finally {
      if (piece == null) released(bytes + PIECE_BYTES);
    }
    return piece.writeBytes(from, 0, bytes);
  }

  /// Sends what `stream` has, `most` bytes at most and as much as gathers in a chunk; returns how
  /// many those are, or -1 if it has ended.
  int sendChunk(InputStream stream, long most) throws IOException {
    int left = (int) Math.min(most, chunkBytes);
    int read = 0;
    while (read >= 0 && left > 0 && (filled < chunk.length || grow())) {
      read = stream.read(chunk, filled, Math.min(left, chunk.length - filled));
      if (read > 0) filled += read;
      if (read > 0) left -= read;
    }
    int sent = filled;
    flush();
    return read < 0 && sent == 0 ? -1 : sent;
  }

  /// The most that [#sendChunk] sends.
  int chunkBytes() {
    return chunkBytes;
  }

  /// The most that [#sendCopy] sends: two are on their way.
  int copyBytes() {
    return copyBytes;
  }

  /// Whether parts of `file`, of which `bytes` are to be sent, can be sent as they lie in the
  /// kernel's page cache: [#sendSlice] does, and [#sendCopy] else.
  boolean takesSlices(SharedFile file, long bytes) {
    return bytes >= LEAST_SLICES_BYTES && exchange.takesFiles() && file.tryShare();
  }

  /// Sends the next part of `file`, `most` bytes from `first` on at most; returns how many there
  /// were. It is in memory before it is handed over, so that no loop waits for a disk, and the file
  /// is not touched before all of it has left, see [SharedFile]: the writer awaits that.
  int sendSlice(SharedFile file, long first, long most) throws IOException {
    long now = System.nanoTime();
    if (lastSlice > 0) window = window(lastSlice, now - lastSliceNanos);
    lastSliceNanos = now;
    lastSlice = file.load(first, (int) Math.min(most, window));
    if (lastSlice > 0) handOver(file, first, lastSlice);
    return lastSlice;
  }

  /// As much as the peer takes in a second: what waits for a slow one may leave the page cache
  /// before its turn comes.
  private static int window(int taken, long nanos) {
    return Math.clamp(taken * 1_000_000_000L / Math.max(1, nanos), LEAST_WINDOW, MOST_WINDOW);
  }

  private void handOver(SharedFile file, long first, int bytes) {
    lock.lock();
    try {
      slicesAhead += bytes;
    } finally {
      lock.unlock();
    }
    var slices = new ArrayList<FileSlice>();
    for (int at = 0; at < bytes; at += FileSlice.MOST_BYTES)
      slices.add(file.slice(first + at, Math.min(bytes - at, FileSlice.MOST_BYTES)));
    if (Sender.later(exchange, () -> slices.forEach(this::offer))) return;
    for (var slice : slices) slice.discard(sliceGone);
    fail(CutReason.CLOSING);
  }

  private void offer(FileSlice slice) {
    if (!exchange.offer(slice, sliceGone)) fail(CutReason.PEER_GONE);
  }

  /// A slice was sent or discarded. On the loop.
  private void sliceGone(int bytes) {
    change(() -> slicesAhead -= bytes);
  }

  /// Sends a copy of the next part of `file`, `bytes` from `first` on at most; returns how many
  /// there were, or -1 behind its end.
  int sendCopy(SharedFile file, long first, long bytes) throws IOException {
    int most = (int) Math.min(bytes, copyBytes());
    awaitRoom(most);
    int read = -1;
    try {
      var piece = exchange.connection().loop().buffers().directBuffer(most);
      try {
        read = file.read(piece.nioBuffer(0, most), first);
        if (read > 0) handOver(piece.retain().writerIndex(read), read);
      } finally {
        piece.release();
      }
    } finally {
      if (read < most) released(most - Math.max(0, read));
    }
    return read;
  }

  private void handOver(ByteBuf piece, int price) {
    if (Sender.later(exchange, () -> offer(piece, price))) return;
    piece.release();
    fail(CutReason.CLOSING);
  }

  private boolean isFull(int bytes) {
    return (failed == null && slicesAhead > 0) || isWaiting(bytes);
  }

  /// Waits until `bytes` find room.
  void awaitFree(int bytes) throws IOException {
    awaitNews(() -> isFull(bytes));
    lock.lock();
    try {
      if (failed != null) throw new PeerGoneException(failed);
    } finally {
      lock.unlock();
    }
  }

  /// Waits until `bytes` find room or somebody else needs the thread. True if that is to have it:
  /// then `goOn` is called, by any thread, once there is room or the exchange is over, and until
  /// [#restIsOver] or [#free] is called what rests costs the heap purse `price` besides. What was
  /// written must have been flushed.
  boolean leaves(Runnable goOn, int bytes, int price) throws IOException {
    if (hasRoom(bytes)) return false;
    boolean leaves = false;
    var wait = threads.waits().beginObliging(this::ask);
    try {
      leaves = awaitRoomOrRest(new Rest(goOn, bytes), price);
    } finally {
      if (!leaves) wait.close();
    }
    return leaves;
  }

  private boolean hasRoom(int bytes) {
    lock.lock();
    try {
      isAsked = false;
      return !isFull(bytes);
    } finally {
      lock.unlock();
    }
  }

  private boolean awaitRoomOrRest(Rest next, int price) throws IOException {
    lock.lock();
    try {
      while (isFull(next.bytes) && !isAsked) news.await();
      if (!isFull(next.bytes)) return false;
      pass = threads.tryRest(REST_PRICE + price);
      if (pass == null) return false;
      letGoOfChunk();
      rest = next;
      return true;
    } catch (InterruptedException interrupted) {
      throw interrupted();
    } finally {
      lock.unlock();
    }
  }

  /// Gives back what it cost to rest: it has a thread again.
  void restIsOver() {
    var over = pass;
    pass = null;
    if (over != null) over.close();
  }

  /// Somebody else needs the thread.
  private void ask() {
    lock.lock();
    try {
      isAsked = true;
      news.signal();
    } finally {
      lock.unlock();
    }
  }

  private void awaitRoom(int bytes) throws IOException {
    awaitNews(() -> isWaiting(bytes));
    lock.lock();
    try {
      if (failed == null && !exchange.connection().account().charge(Purse.DIRECT, bytes))
        failed = CutReason.MEMORY_REFUSED;
      if (failed != null) throw new PeerGoneException(failed);
      ahead += bytes;
    } finally {
      lock.unlock();
    }
  }

  private static InterruptedIOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while writing an answer");
  }

  private boolean isWaiting(int bytes) {
    return failed == null
        && bytes > 0
        && ahead > 0
        && (ahead + bytes > mostAhead || !exchange.connection().hasShare(bytes));
  }

  /// Waits while `waiting`, which is asked with the lock. Others are told without it: the loop
  /// takes it, and is not to wait for who has it.
  private void awaitNews(BooleanSupplier waiting) throws IOException {
    if (!mustWait(waiting)) return;
    try (var _ = threads.waits().begin(this::giveUp, this::look)) {
      lock.lock();
      try {
        awaited = waiting;
        while (waiting.getAsBoolean()) news.await();
      } finally {
        awaited = null;
        lock.unlock();
      }
    } catch (InterruptedException interrupted) {
      throw interrupted();
    }
  }

  private boolean mustWait(BooleanSupplier waiting) {
    lock.lock();
    try {
      return waiting.getAsBoolean();
    } finally {
      lock.unlock();
    }
  }

  /// Somebody else needs the handler's place.
  private void giveUp() {
    var _ =
        exchange
            .connection()
            .loop()
            .later(() -> {
              if (givesUp()) exchange.cut(CutReason.HANDLER_LIMIT);
            });
  }

  /// Not if the peer has made room meanwhile: the handler goes on.
  private boolean givesUp() {
    lock.lock();
    try {
      boolean gives = awaited != null && awaited.getAsBoolean() && failed == null;
      if (gives) failed = CutReason.HANDLER_LIMIT;
      news.signal();
      return gives;
    } finally {
      lock.unlock();
    }
  }

  /// A loop that is behind may not have heard yet that its peers have made room.
  private void look(Consumer<Boolean> isFull) {
    long asked = System.nanoTime();
    var _ =
        exchange
            .connection()
            .loop()
            .later(() -> {
              boolean isBehind = System.nanoTime() - asked > MOST_LAG_NANOS;
              isFull.accept(!isBehind && exchange.stream().isPeerFull());
            });
  }

  private void offer(ByteBuf piece, int price) {
    if (!exchange.offer(piece, price, this)) fail(CutReason.PEER_GONE);
  }

  @Override
  public void released(int bytes) {
    exchange.connection().account().release(Purse.DIRECT, bytes);
    change(() -> ahead -= bytes);
  }

  /// Sends what is left and ends the answer.
  @Override
  public void close() throws IOException {
    flush();
    var _ = Sender.later(exchange, () -> exchange.finish(Fields.EMPTY));
  }
}
