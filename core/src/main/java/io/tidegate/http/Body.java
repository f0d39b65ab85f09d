package io.tidegate.http;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.Fields;
import io.tidegate.net.CutReason;

/// Who takes a message's body as it arrives; on the loop. After `end` or `failed` nothing more
/// comes.
public interface Body {
  /// A piece of at least one byte, owned by the callee, which tells the one that delivers when its
  /// bytes are held no longer.
  void bytes(ByteBuf piece);

  /// The body is complete; `trailers` is empty unless it was sent in chunks.
  void end(Fields trailers);

  /// The body will never be complete.
  void failed(CutReason reason);
}
