package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What the peer has asked for, RFC 9113 §6.5.2. Only what changes what we send is kept: we push
/// nothing and open no stream.
final class PeerSettings {
  private int firstWindow = FrameType.FIRST_WINDOW;
  private int mostFrame = FrameType.MOST_FRAME;
  private long tableBytes = 4096;

  /// What the streams' windows begin with.
  int firstWindow() {
    return firstWindow;
  }

  /// Longest payload that the peer takes.
  int mostFrame() {
    return mostFrame;
  }

  /// Largest HPACK table that the peer keeps for us.
  long tableBytes() {
    return tableBytes;
  }

  /// Takes all entries of `payload` in order. Returns the error that one of them is, or null.
  @Nullable Http2Error read(ByteBuf payload) {
    while (payload.isReadable()) {
      int name = payload.readUnsignedShort();
      var wrong = read(name, payload.readUnsignedInt());
      if (wrong != null) return wrong;
    }
    return null;
  }

  private @Nullable Http2Error read(int name, long value) {
    switch (name) {
      case FrameType.HEADER_TABLE_SIZE -> tableBytes = value;
      case FrameType.ENABLE_PUSH, FrameType.ENABLE_CONNECT_PROTOCOL -> {
        if (value > 1) return Http2Error.PROTOCOL_ERROR;
      }
      case FrameType.INITIAL_WINDOW_SIZE -> {
        if (value > Integer.MAX_VALUE) return Http2Error.FLOW_CONTROL_ERROR;
        firstWindow = (int) value;
      }
      case FrameType.MAX_FRAME_SIZE -> {
        if (value < FrameType.MOST_FRAME || value > 0xFFFFFF) return Http2Error.PROTOCOL_ERROR;
        mostFrame = (int) value;
      }
      default -> {}
    }
    return null;
  }
}
