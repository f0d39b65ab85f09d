package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Reads into nothing.
record Discard(ByteStream stream) implements ByteStream.Reader {
  @Override
  public void bytes(ByteBuf piece) {
    int bytes = piece.readableBytes();
    piece.release();
    stream.released(bytes);
  }

  @Override
  public void end() {}

  @Override
  public void closed(@Nullable CutReason reason) {}
}
