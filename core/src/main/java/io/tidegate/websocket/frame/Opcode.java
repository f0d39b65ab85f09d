package io.tidegate.websocket.frame;

import org.jspecify.annotations.Nullable;

/// What a frame is, RFC 6455 §5.2.
public enum Opcode {
  /// A further fragment of the message that is open.
  CONTINUATION(0x0),
  /// The first fragment of a message of UTF-8 text.
  TEXT(0x1),
  /// The first fragment of a message of bytes.
  BINARY(0x2),
  /// The last frame of its sender.
  CLOSE(0x8),
  /// A question that is answered with a pong of the same payload.
  PING(0x9),
  /// The answer to a ping, or a sign of life that nobody asked for.
  PONG(0xA);

  private static final @Nullable Opcode[] BY_NUMBER = new @Nullable Opcode[16];

  static {
    for (var opcode : values()) BY_NUMBER[opcode.number] = opcode;
  }

  private final int number;

  Opcode(int number) {
    this.number = number;
  }

  /// The four bits on the wire.
  public int number() {
    return number;
  }

  /// Whether this is a control frame: never fragmented, at most 125 bytes of payload (§5.5).
  public boolean isControl() {
    return number >= 0x8;
  }

  /// Returns the opcode of the low four bits of `firstByte`, null for a reserved one.
  static @Nullable Opcode of(int firstByte) {
    return BY_NUMBER[firstByte & 0x0F];
  }
}
