package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Reads into nothing, up to a bound: who sends more does not wait for our last words, and is cut.
final class Discard implements ByteStream.Reader {
  /// For peers that may be sending a large body when they are answered, and read the answer only
  /// behind it.
  static final int BODY_BYTES = 64 << 20;

  private final ByteStream stream;
  private int left;

  Discard(ByteStream stream) {
    this(stream, BODY_BYTES);
  }

  Discard(ByteStream stream, int mostBytes) {
    this.stream = stream;
    this.left = mostBytes;
  }

  @Override
  public void bytes(ByteBuf piece) {
    int bytes = piece.readableBytes();
    piece.release();
    left -= bytes;
    if (left < 0) stream.reset(CutReason.FLOOD);
    stream.released(bytes);
  }

  @Override
  public void end() {}

  @Override
  public void closed(@Nullable CutReason reason) {}
}
