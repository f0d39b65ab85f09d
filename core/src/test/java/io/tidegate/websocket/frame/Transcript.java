package io.tidegate.websocket.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tidegate.websocket.frame.FrameReader.Event;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// What a reader said about a stream of bytes, one line a frame, however the bytes were cut.
final class Transcript {
  private final FrameReader reader;
  private final List<String> lines = new ArrayList<>();
  private final StringBuilder payload = new StringBuilder();

  Transcript(Role role, WebSocketLimits limits) {
    reader = new FrameReader(role, limits);
  }

  static List<String> of(Role role, String hex) {
    return of(role, WebSocketLimits.DEFAULT, hex);
  }

  static List<String> of(Role role, WebSocketLimits limits, String hex) {
    return new Transcript(role, limits).feed(bytes(hex)).lines();
  }

  static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex.replace(" ", ""));
  }

  Transcript feed(byte[] bytes) {
    return feed(Unpooled.wrappedBuffer(bytes.clone()));
  }

  Transcript feed(ByteBuf in) {
    take(in);
    return this;
  }

  void take(ByteBuf in) {
    while (note(in)) {}
  }

  FrameReader reader() {
    return reader;
  }

  List<String> lines() {
    return lines;
  }

  private boolean note(ByteBuf in) {
    var event = reader.next(in);
    switch (event) {
      case HEADER -> {
        var kind = reader.opcode() + (reader.isFinal() ? "" : "+");
        lines.add(kind + " " + reader.frameBytes());
      }
      case PAYLOAD -> payload.append(ByteBufUtil.hexDump(in.readSlice(reader.payloadBytes())));
      case FRAME_END -> {
        lines.add(lines.removeLast() + ":" + payload);
        payload.setLength(0);
      }
      case BAD -> {
        if (lines.isEmpty() || !lines.getLast().startsWith("BAD")) {
          lines.add("BAD " + reader.closeCode() + " " + reader.closeText());
        }
      }
      case NEED_MORE -> {}
    }
    return event != Event.NEED_MORE && event != Event.BAD;
  }
}
