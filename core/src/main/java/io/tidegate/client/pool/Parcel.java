package io.tidegate.client.pool;

import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import io.tidegate.websocket.WebSocket;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A message to be sent by some member.
sealed interface Parcel {
  /// What its entry costs beside its bytes.
  int ENTRY_BYTES = 128;

  /// What becomes of it where its member's peer is slow; null for what the member's config says.
  @Nullable Slow slow();

  /// What it takes on the heap while it is kept.
  int heldBytes();

  /// The same, of which nothing is its sender's any more.
  Parcel kept();

  /// Sends it.
  Sent sendOn(WebSocket socket);

  /// A text.
  record Text(String text, @Nullable Slow slow) implements Parcel {
    @Override
    public int heldBytes() {
      // two bytes a character at most
      return (int) Math.min(Integer.MAX_VALUE, ENTRY_BYTES + 2L * text.length());
    }

    @Override
    public Parcel kept() {
      return this;
    }

    @Override
    public Sent sendOn(WebSocket socket) {
      return slow == null ? socket.send(text) : socket.send(text, slow);
    }
  }

  /// What remains in a buffer, whose position stays.
  record Bytes(ByteBuffer bytes, @Nullable Slow slow) implements Parcel {
    @Override
    public int heldBytes() {
      return (int) Math.min(Integer.MAX_VALUE, ENTRY_BYTES + (long) bytes.remaining());
    }

    @Override
    public Parcel kept() {
      var copy = new byte[bytes.remaining()];
      bytes.duplicate().get(copy);
      return new Bytes(ByteBuffer.wrap(copy), slow);
    }

    @Override
    public Sent sendOn(WebSocket socket) {
      return slow == null ? socket.send(bytes) : socket.send(bytes, slow);
    }
  }
}
