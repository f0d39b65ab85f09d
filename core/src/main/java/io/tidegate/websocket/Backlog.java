package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.tidegate.net.ByteStream;
import io.tidegate.net.PieceQueue;
import org.jspecify.annotations.Nullable;

/// What was read of a peer while its handler is behind: the stream is told of it only once it was
/// looked at, so that its window bounds it. On the stream's loop.
final class Backlog {
  private static final int MOST_AT_ONCE = 64 * 1024;

  private final ByteStream stream;
  private @Nullable ByteBuf rest;
  private int restOwed;
  private @Nullable PieceQueue pieces;

  /// Takes a piece, of which `owed` bytes are the stream's to hear of.
  interface Taker {
    void take(ByteBuf piece, int owed);
  }

  Backlog(ByteStream stream) {
    this.stream = stream;
  }

  boolean isEmpty() {
    return rest == null && (pieces == null || pieces.isEmpty());
  }

  /// Keeps `piece` behind what is kept; false, with the piece discarded, if the account has no room
  /// for its entry.
  boolean add(ByteBuf piece, int owed) {
    var queue = pieces;
    if (queue == null) {
      pieces = queue = new PieceQueue(stream.loop().buffers(), stream.account());
    }
    return queue.add(piece, owed, stream);
  }

  /// Keeps what is left of `piece` before all else. Returns how many of its `owed` bytes are not
  /// kept.
  int putBack(ByteBuf piece, int owed) {
    rest = stream.loop().shrunk(piece);
    restOwed = Math.min(owed, rest.readableBytes());
    return owed - restOwed;
  }

  /// Gives the next piece to `taker`.
  void next(Taker taker) {
    var first = rest;
    var queue = pieces;
    if (first != null) {
      rest = null;
      taker.take(first, restOwed);
    } else if (queue != null && !queue.isEmpty()) {
      var _ =
          queue.moveTo(
              (piece, owed, _) -> {
                taker.take(piece, owed);
                return true;
              },
              MOST_AT_ONCE);
      if (queue.isEmpty()) pieces = null;
    }
  }

  /// Drops all.
  void close() {
    var first = rest;
    rest = null;
    if (first != null) {
      first.release();
      stream.released(restOwed);
    }
    var queue = pieces;
    pieces = null;
    if (queue != null) queue.clear();
  }
}
