package io.tidegate.server;

import io.tidegate.http.Exchange;
import io.tidegate.http.HandlerThreads;
import io.tidegate.net.CutReason;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A body that is sent piece by piece, from what a handler has left to be sent.
///
/// While its peer takes its time it keeps the handler's thread only as long as nobody needs that;
/// then it rests, and goes on with a thread of its own once there is room. So a crowd that does not
/// read what was answered keeps nobody out, and none of it need be cut for others.
final class Transfer {
  /// What is taken to be kept by a stream of which nothing is known: a buffer of the usual size.
  private static final int BUFFER_BYTES = 8 * 1024;

  /// What unpacking keeps: its window of 32 KiB and its tables, though not on the heap.
  private static final int INFLATER_BYTES = 48 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(Transfer.class);

  /// What is sent. Used by one thread at a time, not always the same.
  interface Source extends Closeable {
    /// Sends the next piece, of [#stepBytes] at most; false if it was the last.
    boolean sendNext(AnswerStream to) throws IOException;

    /// How much room it needs for the next piece.
    int stepBytes(AnswerStream to);

    /// What it keeps besides a file while it rests, in bytes.
    int restBytes();
  }

  private final Exchange exchange;
  private final RequestBody body;
  private final HandlerThreads threads;
  private final HandlerThreads.Work rested;
  private final AnswerStream out;
  private final Source source;
  private final Runnable ended;

  /// Of the handler whose thread this is.
  ///
  /// @param ended called once, by any thread, when the transfer is over, whatever ended it
  Transfer(
      Exchange exchange,
      RequestBody body,
      HandlerThreads threads,
      AnswerStream out,
      Source source,
      Runnable ended) {
    this.exchange = exchange;
    this.body = body;
    this.threads = threads;
    this.rested = threads.rested(this::run, this::refused);
    this.out = out;
    this.source = source;
    this.ended = ended;
  }

  /// What `stream` gives, `bytes` of it, or all if those are -1.
  static Source of(InputStream stream, long bytes) {
    return stream instanceof Source source ? source : new OfStream(stream, bytes);
  }

  private static final class OfStream implements Source {
    private final InputStream stream;
    private long left;

    OfStream(InputStream stream, long bytes) {
      this.stream = stream;
      this.left = bytes < 0 ? Long.MAX_VALUE : bytes;
    }

    @Override
    public boolean sendNext(AnswerStream to) throws IOException {
      int sent = to.sendChunk(stream, left);
      left -= Math.max(0, sent);
      return sent >= 0 && left > 0;
    }

    @Override
    public int stepBytes(AnswerStream to) {
      return (int) Math.min(left, to.chunkBytes());
    }

    @Override
    public int restBytes() {
      return switch (stream) {
        case ByteArrayInputStream bytes -> bytes.available();
        case FileAnswer.Unpacked _ -> INFLATER_BYTES;
        default -> BUFFER_BYTES;
      };
    }

    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /// Sends until all is on its way or the thread is needed by others. On a handler's thread.
  void run() {
    boolean rests = false;
    out.restIsOver();
    try {
      rests = !isSent();
    } catch (Throwable fault) {
      brokenOff(exchange, fault);
    } finally {
      if (!rests) end();
    }
  }

  private boolean isSent() throws IOException {
    boolean isMore = !exchange.request().method().equals("HEAD");
    while (isMore) {
      int step = source.stepBytes(out);
      boolean mayLeave = !body.isAwaited(); // else it counts among those whose requests arrive
      if (mayLeave && out.leaves(this::goOn, step, source.restBytes())) return false;
      out.awaitFree(step);
      isMore = source.sendNext(out);
    }
    out.close();
    return true;
  }

  /// There is room, or the exchange is over: either is for a handler's thread.
  private void goOn() {
    threads.goOn(rested);
  }

  /// The source may have to wait for a disk to be closed.
  private void refused() {
    var _ = exchange.connection().loop().later(() -> exchange.cut(CutReason.HANDLER_LIMIT));
    var _ = Thread.ofVirtual().name("tidegate-end").start(this::end);
  }

  private void end() {
    try (source) {
      out.free();
    } catch (IOException | RuntimeException fault) {
      LOG.error("What an answer was read from cannot be closed.", fault);
    } finally {
      ended.run();
    }
  }

  /// An answer that has begun, or cannot be given, ends so that it does not look complete.
  static void brokenOff(Exchange exchange, Throwable fault) {
    var loop = exchange.connection().loop();
    var gone = PeerGoneException.behind(fault);
    if (gone != null) {
      LOG.debug("The peer of a call went: {}", gone.reason());
      var _ = loop.later(() -> exchange.cut(gone.reason())); // it may be there, refused memory
      return;
    }
    switch (fault) {
      case InterruptedException _ -> closes(exchange, fault);
      // what a handler reads from may be late by itself: its timeouts are of this type as well
      case InterruptedIOException _ when Thread.currentThread().isInterrupted() ->
          closes(exchange, fault);
      default -> {
        LOG.error("An answer was broken off.", fault);
        var _ = loop.later(() -> exchange.cut(CutReason.INTERNAL));
      }
    }
  }

  private static void closes(Exchange exchange, Throwable fault) {
    LOG.debug("An answer was given up: its server closes.", fault);
    var _ = exchange.connection().loop().later(() -> exchange.cut(CutReason.CLOSING));
  }
}
