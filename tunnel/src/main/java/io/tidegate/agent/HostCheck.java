package io.tidegate.agent;

import io.netty.buffer.ByteBuf;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Looks whether the app's first answers are the page by which a development server refuses a Host
/// that it does not know. Such a page may have any status: webpack 4 answers 200, Django 400.
///
/// Only the first [#CONNECTIONS] connections are looked at, and of each the first [#BYTES] at most:
/// a server that checks its Host does so from the first request on. Nothing is kept and nothing is
/// changed; what was looked at costs nothing more. Safe for any thread.
final class HostCheck {
  private static final int CONNECTIONS = 16;

  /// Two pieces of a small server's: its head, and where its page begins.
  private static final int BYTES = 8 * 1024;

  /// Vite; webpack; Django with DEBUG; Rails 6 and 7.
  private static final byte[][] MARKS =
      Stream.of(
              "Blocked request. This host",
              "Invalid Host header",
              "<title>DisallowedHost",
              "Blocked host")
          .map(mark -> mark.getBytes(StandardCharsets.US_ASCII))
          .toArray(byte[][]::new);

  private final AtomicInteger left;
  private final AgentListener listener;

  /// @param passesHost whether the app gets the visitor's Host, the only one it can object to
  HostCheck(boolean passesHost, AgentListener listener) {
    this.left = new AtomicInteger(passesHost ? CONNECTIONS : 0);
    this.listener = listener;
  }

  /// What reads from `app`: `reader`, behind a look at what comes first where that is wanted.
  ByteStream.Reader before(Connection app, ByteStream.Reader reader) {
    if (left.get() <= 0 || left.getAndDecrement() <= 0) return reader;
    return new Look(app, reader);
  }

  private static boolean isMarked(ByteBuf piece) {
    int length = Math.min(piece.readableBytes(), BYTES);
    for (var mark : MARKS) if (holds(piece, length, mark)) return true;
    return false;
  }

  private static boolean holds(ByteBuf piece, int length, byte[] mark) {
    int from = piece.readerIndex();
    int last = from + length - mark.length;
    for (int at = from; at <= last; at++) {
      at = piece.indexOf(at, last + 1, mark[0]);
      if (at < 0) return false;
      if (isAt(piece, at, mark)) return true;
    }
    return false;
  }

  private static boolean isAt(ByteBuf piece, int at, byte[] mark) {
    for (int i = 0; i < mark.length; i++) if (piece.getByte(at + i) != mark[i]) return false;
    return true;
  }

  /// Belongs to the loop of its connection.
  private final class Look implements ByteStream.Reader {
    private final Connection app;
    private final ByteStream.Reader reader;
    private int seen;

    Look(Connection app, ByteStream.Reader reader) {
      this.app = app;
      this.reader = reader;
    }

    @Override
    public void bytes(ByteBuf piece) {
      seen += piece.readableBytes();
      boolean marked = isMarked(piece);
      if (marked && left.getAndSet(0) >= 0) listener.hostRefused();
      if (marked || seen >= BYTES) app.read(reader);
      reader.bytes(piece);
    }

    @Override
    public void ending() {
      reader.ending();
    }

    @Override
    public void end() {
      reader.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      reader.closed(reason);
    }

    @Override
    public int wanted() {
      return reader.wanted();
    }
  }
}
