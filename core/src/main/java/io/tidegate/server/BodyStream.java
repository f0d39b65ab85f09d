package io.tidegate.server;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.Body;
import io.tidegate.http.Exchange;
import io.tidegate.http.HandlerPlace;
import io.tidegate.http.HandlerThreads;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.net.CutReason;
import io.tidegate.net.PieceQueue;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A request's body for a thread that blocks.
///
/// What has arrived and was not read waits here and is the connection's to pay, which reads no more
/// than its window ahead of this. Asks the peer to go on (100) when it is first read. The loop
/// appends, one thread reads.
final class BodyStream extends InputStream implements Body {
  /// Credit goes back in steps of so much, or when nothing is left to read.
  private static final int CREDIT_BYTES = 16 * 1024;

  private final Exchange exchange;
  private final HandlerThreads threads;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private final PieceQueue waiting; // guarded by lock
  private final byte[] one = new byte[1];
  private @Nullable CutReason failed; // guarded by lock
  private boolean ended; // guarded by lock
  private boolean closed; // guarded by lock
  private int unpaid; // guarded by lock
  private boolean asked;

  /// Of the handler that reads; null if that has none, or has not begun to.
  private @Nullable HandlerPlace reader;

  BodyStream(Exchange exchange, HandlerThreads threads) {
    this.exchange = exchange;
    this.threads = threads;
    var connection = exchange.connection();
    this.waiting = new PieceQueue(connection.loop().buffers(), connection.account());
  }

  private void ask() {
    if (asked) return;
    asked = true;
    reader = threads.here();
    var loop = exchange.connection().loop();
    if (!loop.later(this::start)) fail(CutReason.CLOSING);
  }

  private void start() {
    exchange.own(this::over);
    if (exchange.expectsContinue())
      exchange.interim(new HeadBuilder().response(100).buildResponse());
    exchange.read(this);
  }

  @Override
  public void bytes(ByteBuf piece) {
    int bytes = piece.readableBytes();
    lock.lock();
    try {
      if (closed) {
        piece.release();
        exchange.released(bytes);
        return;
      }
      boolean fits = waiting.add(piece, bytes, exchange);
      if (!fits && failed == null) failed = CutReason.MEMORY_REFUSED;
      news.signal();
      if (fits) return;
    } finally {
      lock.unlock();
    }
    exchange.cut(CutReason.MEMORY_REFUSED);
  }

  @Override
  public void end(Fields trailers) {
    lock.lock();
    try {
      ended = true;
      news.signal();
    } finally {
      lock.unlock();
    }
    if (reader != null) reader.arrived();
  }

  /// Whether nothing more comes.
  boolean hasEnded() {
    lock.lock();
    try {
      return ended || failed != null;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void failed(CutReason reason) {
    fail(reason);
  }

  private void fail(CutReason reason) {
    lock.lock();
    try {
      if (!ended && failed == null) failed = reason;
      news.signal();
    } finally {
      lock.unlock();
    }
  }

  /// The exchange is over: nothing that waits will be read, and who has not read it all must not
  /// take what he has for all.
  private void over() {
    lock.lock();
    try {
      closed = true;
      boolean isAllRead = ended && waiting.isEmpty();
      if (!isAllRead && failed == null) failed = CutReason.PEER_GONE;
      waiting.clear();
      news.signal();
      if (unpaid > 0) exchange.released(unpaid);
      unpaid = 0;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public int read() throws IOException {
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] into, int from, int most) throws IOException {
    java.util.Objects.checkFromIndexSize(from, most, into.length);
    if (most == 0) return 0;
    ask();
    awaitNews();
    lock.lock();
    try {
      if (waiting.isEmpty()) {
        if (failed != null) throw new PeerGoneException(failed);
        return -1;
      }
      int read = waiting.moveTo((piece, owed, _) -> copy(piece, owed, into, from), most);
      if (unpaid >= CREDIT_BYTES || waiting.isEmpty()) pay();
      return read;
    } finally {
      lock.unlock();
    }
  }

  private boolean isWaiting() {
    return waiting.isEmpty() && !ended && failed == null;
  }

  private boolean mustWait() {
    lock.lock();
    try {
      return isWaiting();
    } finally {
      lock.unlock();
    }
  }

  /// Without the lock where others are told: the loop takes it, and is not to wait for who has it.
  private void awaitNews() throws InterruptedIOException {
    if (!mustWait()) return;
    try (var _ = threads.waits().begin(this::giveUp)) {
      lock.lock();
      try {
        while (isWaiting()) news.await();
      } finally {
        lock.unlock();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while reading a body");
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

  /// Not if what the handler waited for has come meanwhile: it goes on with that.
  private boolean givesUp() {
    lock.lock();
    try {
      boolean gives = isWaiting();
      if (gives) failed = CutReason.HANDLER_LIMIT;
      news.signal();
      return gives;
    } finally {
      lock.unlock();
    }
  }

  private boolean copy(ByteBuf piece, int owed, byte[] into, int from) {
    piece.readBytes(into, from, piece.readableBytes());
    piece.release();
    unpaid += owed;
    return true;
  }

  private void pay() {
    int bytes = unpaid;
    unpaid = 0;
    if (bytes > 0) {
      var _ = exchange.connection().loop().later(() -> exchange.released(bytes));
    }
  }

  @Override
  public int available() {
    lock.lock();
    try {
      return (int) Math.min(Integer.MAX_VALUE, waiting.bytes());
    } finally {
      lock.unlock();
    }
  }
}
