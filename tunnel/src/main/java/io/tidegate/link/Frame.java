package io.tidegate.link;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/// The 12-byte header of yamux: version, type, flags, stream, length; specification, "Framing".
final class Frame {
  static final int HEADER_BYTES = 12;
  static final int VERSION = 0;

  static final int DATA = 0;
  static final int WINDOW_UPDATE = 1;
  static final int PING = 2;
  static final int GO_AWAY = 3;

  static final int SYN = 1;
  static final int ACK = 2;
  static final int FIN = 4;
  static final int RST = 8;

  /// Stream 0 stands for the session.
  static final int SESSION = 0;

  /// The stream that the agent opens.
  static final int CONTROL_STREAM = 1;

  private Frame() {}

  /// What a frame is and what it says, without its stream and length.
  record Kind(int type, int flags) {
    static final Kind SYNCHRONIZE = new Kind(WINDOW_UPDATE, SYN);
    static final Kind ACKNOWLEDGE = new Kind(WINDOW_UPDATE, ACK);
    static final Kind RESET = new Kind(WINDOW_UPDATE, RST);
    static final Kind FINISH = new Kind(DATA, FIN);
    static final Kind PLAIN_DATA = new Kind(DATA, 0);
    static final Kind ACKNOWLEDGING_DATA = new Kind(DATA, ACK);
    static final Kind CREDIT = new Kind(WINDOW_UPDATE, 0);
    static final Kind ASK = new Kind(PING, SYN);
    static final Kind ANSWER = new Kind(PING, ACK);
    static final Kind LEAVE = new Kind(GO_AWAY, 0);
  }

  /// Makes the header of a frame of `kind` on stream `id`; `length` is a length, a delta, an opaque
  /// value or a code, as the kind has it.
  static ByteBuf header(ByteBufAllocator buffers, Kind kind, int id, int length) {
    return buffers
        .directBuffer(HEADER_BYTES)
        .writeByte(VERSION)
        .writeByte(kind.type)
        .writeShort(kind.flags)
        .writeInt(id)
        .writeInt(length);
  }
}
