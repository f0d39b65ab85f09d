package io.tidegate.websocket.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import org.jspecify.annotations.Nullable;

/// Writes frames in their shortest form, RFC 6455 §5; a client's are masked, a server's are not.
///
/// Writes into buffers that the caller has charged; allocates nothing. A server's writer has no
/// state and may be shared by all; a client's belongs to one connection and its loop.
public final class FrameWriter {
  /// Whether more fragments of the same message follow.
  public enum Part {
    /// More follow.
    FRAGMENT,
    /// The whole message, or its last fragment.
    LAST
  }

  /// The longest header: two bytes, a length of eight, a mask key.
  public static final int MOST_HEADER_BYTES = 14;

  private static final FrameWriter SERVER = new FrameWriter(null);
  private static final int FIN = 0x80;
  private static final int COMPRESSED = 0x40;
  private static final int MASKED = 0x80;
  private static final int MAX_CONTROL_BYTES = 125;

  private final @Nullable MaskKeys keys;
  private int maskKey;

  private FrameWriter(@Nullable MaskKeys keys) {
    this.keys = keys;
  }

  /// Returns the writer of every server.
  public static FrameWriter server() {
    return SERVER;
  }

  /// Opens a client's writer that takes one of `keys` for each frame.
  public static FrameWriter client(MaskKeys keys) {
    return new FrameWriter(keys);
  }

  /// How many bytes `sender` puts before a payload of `payloadBytes`: 2 to 14.
  public static int headerBytes(Role sender, int payloadBytes) {
    var length = payloadBytes <= MAX_CONTROL_BYTES ? 0 : payloadBytes <= 0xFFFF ? 2 : 8;
    return 2 + length + (sender == Role.CLIENT ? Integer.BYTES : 0);
  }

  /// Whose frames these are.
  public Role role() {
    return keys == null ? Role.SERVER : Role.CLIENT;
  }

  /// Writes the header of a frame whose payload is all that is readable in `payload`; a client also
  /// masks these bytes in place, so they must be its own and are sent once.
  ///
  /// @throws IllegalArgumentException if a control frame is a fragment or longer than 125 bytes
  public void header(ByteBuf out, Opcode opcode, Part part, ByteBuf payload) {
    header(out, opcode, part, payload.readableBytes());
    mask(payload);
  }

  /// Writes the header of a frame of `payloadBytes`, which follow in pieces; each goes through
  /// [#mask].
  ///
  /// @throws IllegalArgumentException if `payloadBytes` is negative, or a control frame is a
  ///   fragment or longer than 125 bytes
  public void header(ByteBuf out, Opcode opcode, Part part, int payloadBytes) {
    check(opcode, part, payloadBytes);
    out.writeByte(opcode.number() | (part == Part.LAST ? FIN : 0));
    writeLength(out, payloadBytes);
    if (keys != null) {
      maskKey = keys.next();
      out.writeInt(maskKey);
    }
  }

  /// As [#header] of a whole message whose payload is compressed, RFC 7692 §6.
  ///
  /// @throws IllegalArgumentException if `payloadBytes` is negative
  public void compressed(ByteBuf out, Opcode opcode, int payloadBytes) {
    int at = out.writerIndex();
    header(out, opcode, Part.LAST, payloadBytes);
    out.setByte(at, out.getByte(at) | COMPRESSED);
  }

  /// Masks the readable bytes of `piece`, the next of the current frame's payload, in place; a
  /// server's stay as they are. Leaves the reader index.
  public void mask(ByteBuf piece) {
    if (keys != null) {
      maskKey = Mask.apply(piece, piece.readerIndex(), piece.readableBytes(), maskKey);
    }
  }

  /// Writes a whole close frame: `code`, and `reason` cut to 123 bytes of UTF-8 between two
  /// characters. [CloseCode#NO_STATUS] writes an empty one. At most 131 bytes.
  ///
  /// @throws IllegalArgumentException if `code` must not be sent
  public void close(ByteBuf out, int code, String reason) {
    if (code == CloseCode.NO_STATUS) {
      header(out, Opcode.CLOSE, Part.LAST, 0);
      return;
    }
    if (!CloseCode.isSendable(code)) throw new IllegalArgumentException("close code " + code);
    var paired = Utf8.paired(reason);
    var kept = paired.substring(0, charsThatFit(paired));
    header(out, Opcode.CLOSE, Part.LAST, 2 + ByteBufUtil.utf8Bytes(kept));
    var start = out.writerIndex();
    out.writeShort(code);
    ByteBufUtil.writeUtf8(out, kept);
    maskWritten(out, start);
  }

  /// Writes a whole ping with a copy of what is readable in `payload`. At most 131 bytes.
  ///
  /// @throws IllegalArgumentException if the payload is longer than 125 bytes
  public void ping(ByteBuf out, ByteBuf payload) {
    control(out, Opcode.PING, payload);
  }

  /// Writes a whole pong with a copy of what is readable in `payload`. At most 131 bytes.
  ///
  /// @throws IllegalArgumentException if the payload is longer than 125 bytes
  public void pong(ByteBuf out, ByteBuf payload) {
    control(out, Opcode.PONG, payload);
  }

  private void control(ByteBuf out, Opcode opcode, ByteBuf payload) {
    header(out, opcode, Part.LAST, payload.readableBytes());
    var start = out.writerIndex();
    out.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    maskWritten(out, start);
  }

  private void maskWritten(ByteBuf out, int start) {
    if (keys != null) maskKey = Mask.apply(out, start, out.writerIndex() - start, maskKey);
  }

  private void writeLength(ByteBuf out, int payloadBytes) {
    var masked = keys == null ? 0 : MASKED;
    if (payloadBytes <= MAX_CONTROL_BYTES) {
      out.writeByte(masked | payloadBytes);
    } else if (payloadBytes <= 0xFFFF) {
      out.writeByte(masked | 126).writeShort(payloadBytes);
    } else {
      out.writeByte(masked | 127).writeLong(payloadBytes);
    }
  }

  private static void check(Opcode opcode, Part part, int payloadBytes) {
    if (payloadBytes < 0) throw new IllegalArgumentException("payloadBytes: " + payloadBytes);
    if (!opcode.isControl()) return;
    if (part != Part.LAST || payloadBytes > MAX_CONTROL_BYTES) {
      throw new IllegalArgumentException(opcode + ", " + part + ", " + payloadBytes + " bytes");
    }
  }

  private static int charsThatFit(String reason) {
    var bytes = 0;
    var chars = 0;
    while (chars < reason.length()) {
      var codePoint = reason.codePointAt(chars);
      bytes += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4;
      if (bytes > CloseFrame.MAX_REASON_BYTES) break;
      chars += Character.charCount(codePoint);
    }
    return chars;
  }
}
