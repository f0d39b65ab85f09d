package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Takes what follows a handshake's head until the stream is known, within one call on its loop:
/// frames that came right behind it. The stream's window bounds them.
final class EarlyBytes implements ByteStream.Reader {
  private final List<ByteBuf> pieces = new ArrayList<>(1);
  private boolean hasEnded;
  private boolean isClosed;

  @Override
  public void bytes(ByteBuf piece) {
    pieces.add(piece);
  }

  @Override
  public void end() {
    hasEnded = true;
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    isClosed = true;
    for (var piece : pieces) piece.release();
    pieces.clear();
  }

  boolean isClosed() {
    return isClosed;
  }

  /// Gives all to `reader`, which reads the stream from now on.
  void replay(ByteStream.Reader reader) {
    for (var piece : pieces) reader.bytes(piece);
    pieces.clear();
    if (hasEnded) reader.end();
  }
}
