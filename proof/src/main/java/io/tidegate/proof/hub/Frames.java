package io.tidegate.proof.hub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;

/// WebSocket frames as a client reads and writes them, RFC 6455 §5.2; of messages in several frames
/// it knows nothing, for no server here sends any.
final class Frames {
  static final int TEXT = 1;
  static final int BINARY = 2;
  static final int CLOSE = 8;
  static final int PING = 9;
  static final int PONG = 10;

  private static final int FINAL = 0x80;
  private static final int MASKED = 0x80;
  private static final int MOST_SHORT = 125;
  private static final int MASK_BYTES = 4;

  private Frames() {}

  /// A whole frame in a buffer that others share.
  ///
  /// @param from where its payload begins
  /// @param to behind its payload's last byte
  record Frame(int opcode, ByteBuffer bytes, int from, int to) {
    boolean isText() {
      return opcode == TEXT;
    }

    /// Where the first `wanted` stands.
    ///
    /// @throws IllegalStateException if there is none
    int indexOf(char wanted) {
      for (int i = from; i < to; i++) if (bytes.get(i) == wanted) return i;
      throw new IllegalStateException("no " + (int) wanted + " in: " + text(from, to));
    }

    String text(int begin, int end) {
      var copy = new byte[end - begin];
      bytes.get(begin, copy);
      return new String(copy, ISO_8859_1);
    }
  }

  /// Takes the frames of `bytes` one by one; a rest that is no whole frame stays.
  static void readAll(ByteBuffer bytes, Taker taker) throws IOException {
    while (bytes.remaining() >= 2) {
      int at = bytes.position();
      int length = bytes.get(at + 1) & 0xff;
      int head = length < 126 ? 2 : length == 126 ? 4 : 10;
      if (bytes.remaining() < head) return;
      long payload =
          length < 126
              ? length
              : length == 126 ? bytes.getShort(at + 2) & 0xffff : bytes.getLong(at + 2);
      if (payload > bytes.capacity() - head)
        throw new IOException("a frame of " + payload + " bytes, or none");
      if (bytes.remaining() < head + payload) return;
      int from = at + head;
      int to = from + (int) payload;
      bytes.position(to);
      taker.take(new Frame(bytes.get(at) & 0x0f, bytes, from, to));
    }
  }

  /// What becomes of frames.
  interface Taker {
    /// Takes one, whose bytes are there until this returns.
    ///
    /// @throws IOException if it is not what the peer should say
    void take(Frame frame) throws IOException;
  }

  /// A frame with `text` as a client sends it, masked with zeros: nothing between them minds.
  static ByteBuffer client(int opcode, String text) {
    if (text.length() > MOST_SHORT) throw new IllegalArgumentException("too long: " + text);
    return ByteBuffer.allocate(2 + MASK_BYTES + text.length())
        .put((byte) (FINAL | opcode))
        .put((byte) (MASKED | text.length()))
        .putInt(0)
        .put(text.getBytes(ISO_8859_1))
        .flip();
  }
}
