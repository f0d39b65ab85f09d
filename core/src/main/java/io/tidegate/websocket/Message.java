package io.tidegate.websocket;

import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// One whole message of a peer, as it came: nothing is copied until somebody asks for it.
///
/// It is charged to the connection and valid until its handler returns or asks for the next one;
/// after that every method throws [IllegalStateException]. One thread at a time.
public sealed interface Message {
  /// UTF-8, which was checked.
  record Text(Payload payload) implements Message {
    /// The text, in a new string.
    public String text() {
      return payload.bytes().toString(StandardCharsets.UTF_8);
    }
  }

  /// Bytes of any kind.
  record Binary(Payload payload) implements Message {
    /// The bytes, in a new array.
    public byte[] bytes() {
      return ByteBufUtil.getBytes(payload.bytes());
    }

    /// The bytes where they lie: read-only, and gone with this message.
    public ByteBuffer view() {
      return payload.bytes().nioBuffer().asReadOnlyBuffer();
    }
  }

  /// Where the bytes lie.
  Payload payload();

  /// How many bytes, those of UTF-8 for a text.
  default int length() {
    return payload().bytes().readableBytes();
  }
}
