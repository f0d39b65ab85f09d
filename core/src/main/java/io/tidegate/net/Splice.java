package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Joins two streams of one loop: what one receives the other sends, credit flows back, each end
/// passes on.
///
/// Nothing is held here. A FIN passes as FIN; any other end of one side resets the other, so that a
/// broken stream never looks complete.
public final class Splice {
  private Splice() {}

  /// Joins `a` and `b` from now on.
  public static void join(ByteStream a, ByteStream b) {
    a.read(into(a, b));
    b.read(into(b, a));
  }

  /// One half of a splice: what reads `from` and passes it to `to`.
  public static ByteStream.Reader into(ByteStream from, ByteStream to) {
    return new OneWay(from, to);
  }

  /// One direction alone: what `from` receives, `to` sends.
  public static ByteStream.Reader reader(ByteStream from, ByteStream to) {
    return new OneWay(from, to);
  }

  private record OneWay(ByteStream from, ByteStream to) implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      var _ = to.offer(piece, piece.readableBytes(), from);
    }

    @Override
    public void end() {
      to.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      if (reason == null) to.end();
      else to.reset(reason == CutReason.PEER_GONE ? CutReason.OTHER_SIDE_GONE : reason);
    }
  }
}
