package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// One frame of RFC 6455, valid or not.
///
/// Its payload is not copied.
public final class WebSocketFrame {
  /// Opcode of a continuation.
  public static final int CONTINUATION = 0;

  /// Opcode of a text message's first frame.
  public static final int TEXT = 1;

  /// Opcode of a binary message's first frame.
  public static final int BINARY = 2;

  /// Opcode of a close frame.
  public static final int CLOSE = 8;

  /// Opcode of a ping.
  public static final int PING = 9;

  /// Opcode of a pong.
  public static final int PONG = 10;

  private static final int MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

  private final int firstByte;
  private final boolean masked;
  private final byte[] payload;

  private WebSocketFrame(int firstByte, boolean masked, byte[] payload) {
    this.firstByte = firstByte;
    this.masked = masked;
    this.payload = payload;
  }

  /// A whole message, or a control frame, in one frame.
  public static WebSocketFrame of(int opcode, byte[] payload) {
    return new WebSocketFrame(0x80 | opcode, false, payload);
  }

  /// A frame that is not the last of its message.
  public static WebSocketFrame unfinished(int opcode, byte[] payload) {
    return new WebSocketFrame(opcode, false, payload);
  }

  /// A frame whose first byte is as given: FIN, the three reserved bits, the opcode.
  public static WebSocketFrame withFirstByte(int firstByte, byte[] payload) {
    return new WebSocketFrame(firstByte & 0xff, false, payload);
  }

  /// A close frame; the reason must fit 123 bytes of UTF-8, or the frame is a bad one.
  public static WebSocketFrame close(int code, String reason) {
    var text = reason.getBytes(UTF_8);
    var payload = ByteBuffer.allocate(2 + text.length).putShort((short) code).put(text);
    return of(CLOSE, payload.array());
  }

  /// Whether it is the last of its message.
  public boolean fin() {
    return (firstByte & 0x80) != 0;
  }

  /// The three reserved bits, 0 to 7.
  public int reserved() {
    return (firstByte >> 4) & 7;
  }

  /// 0 to 15.
  public int opcode() {
    return firstByte & 0xf;
  }

  /// Whether it came masked.
  public boolean masked() {
    return masked;
  }

  /// The payload, unmasked.
  public byte[] payload() {
    return payload;
  }

  /// The payload as UTF-8.
  public String text() {
    return new String(payload, UTF_8);
  }

  /// The code of a close frame, or 1005 if it has none (RFC 6455, section 7.1.5).
  public int closeCode() {
    return payload.length < 2 ? 1005 : ((payload[0] & 0xff) << 8) | (payload[1] & 0xff);
  }

  /// The reason of a close frame.
  public String closeReason() {
    return payload.length < 2 ? "" : new String(payload, 2, payload.length - 2, UTF_8);
  }

  /// The frame as a server sends it.
  public byte[] unmaskedBytes() {
    return bytes(0, new byte[0]);
  }

  /// The frame as a client sends it, masked with the four bytes of `key`.
  public byte[] maskedBytes(int key) {
    return bytes(0x80, ByteBuffer.allocate(4).putInt(key).array());
  }

  private byte[] bytes(int maskBit, byte[] key) {
    var frame = ByteBuffer.allocate(10 + key.length + payload.length).put((byte) firstByte);
    if (payload.length < 126) {
      frame.put((byte) (maskBit | payload.length));
    } else if (payload.length < 65_536) {
      frame.put((byte) (maskBit | 126)).putShort((short) payload.length);
    } else {
      frame.put((byte) (maskBit | 127)).putLong(payload.length);
    }
    frame.put(key).put(key.length == 0 ? payload : mask(payload.clone(), key));
    return Arrays.copyOf(frame.array(), frame.position());
  }

  private static byte[] mask(byte[] bytes, byte[] key) {
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] ^= key[i & 3];
    }
    return bytes;
  }

  /// Reads one frame.
  ///
  /// @throws EOFException if the peer ended at or in it
  static WebSocketFrame read(Wire wire, Deadline deadline) throws IOException {
    var start = wire.exactly(2, deadline);
    var length = length(wire, start[1] & 0x7f, deadline);
    if (length < 0 || length > MAX_PAYLOAD_BYTES) {
      throw new IOException("a frame of " + length + " bytes");
    }
    var masked = (start[1] & 0x80) != 0;
    var key = wire.exactly(masked ? 4 : 0, deadline);
    var payload = wire.exactly((int) length, deadline);
    return new WebSocketFrame(start[0] & 0xff, masked, masked ? mask(payload, key) : payload);
  }

  private static long length(Wire wire, int small, Deadline deadline) throws IOException {
    return switch (small) {
      case 126 -> ByteBuffer.wrap(wire.exactly(2, deadline)).getShort() & 0xffff;
      case 127 -> ByteBuffer.wrap(wire.exactly(8, deadline)).getLong();
      default -> small;
    };
  }

  @Override
  public String toString() {
    return "frame(opcode " + opcode() + (fin() ? ", fin, " : ", ") + payload.length + " bytes)";
  }
}
