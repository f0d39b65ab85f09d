package io.tidegate.server;

import io.tidegate.http.Exchange;
import io.tidegate.http.HandlerThreads;
import io.tidegate.http.HandlerThreads.Start;
import io.tidegate.http.HandlerThreads.Work;
import io.tidegate.net.CutReason;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A body that is sent piece by piece, from what a handler has left to be sent.
///
/// While its peer takes its time it keeps the handler's thread only as long as nobody needs that;
/// then it rests, and goes on with a thread of its own once there is room. So a crowd that does not
/// read what was answered keeps nobody out, and none of it need be cut for others.
final class Transfer {
  private static final Logger LOG = LoggerFactory.getLogger(Transfer.class);

  /// What is sent. Used by one thread at a time, not always the same.
  interface Source extends Closeable {
    /// Sends the next piece, of [AnswerStream#stepBytes] at most; false if it was the last.
    boolean sendNext(AnswerStream to) throws IOException;
  }

  private final Exchange exchange;
  private final HandlerThreads threads;
  private final AnswerStream out;
  private final Source source;
  private final Runnable ended;

  /// @param ended called once, by any thread, when the transfer is over, whatever ended it
  Transfer(
      Exchange exchange, HandlerThreads threads, AnswerStream out, Source source, Runnable ended) {
    this.exchange = exchange;
    this.threads = threads;
    this.out = out;
    this.source = source;
    this.ended = ended;
  }

  /// What `stream` gives.
  static Source of(InputStream stream) {
    if (stream instanceof Source source) return source;
    return new Source() {
      @Override
      public boolean sendNext(AnswerStream to) throws IOException {
        return to.sendNext(stream);
      }

      @Override
      public void close() throws IOException {
        stream.close();
      }
    };
  }

  /// Sends until all is on its way or the thread is needed by others. On a handler's thread.
  void run() {
    boolean rests = false;
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
      if (!out.awaitRoomOr(this::goOn)) return false;
      isMore = source.sendNext(out);
    }
    out.close();
    return true;
  }

  /// There is room, or the exchange is over: either is for a handler's thread.
  private void goOn() {
    var work = new Work(this::run, this::refused, false, !exchange.hasArrived());
    if (threads.startOrWait(work) == Start.REFUSED) refused();
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
    switch (fault) {
      case PeerGoneException gone -> LOG.debug("The peer of a call went: {}", gone.reason());
      case InterruptedException _, java.io.InterruptedIOException _ -> {
        LOG.debug("An answer was given up: its server closes.", fault);
        var _ = loop.later(() -> exchange.cut(CutReason.CLOSING));
      }
      default -> {
        LOG.error("An answer was broken off.", fault);
        var _ = loop.later(() -> exchange.cut(CutReason.INTERNAL));
      }
    }
  }
}
