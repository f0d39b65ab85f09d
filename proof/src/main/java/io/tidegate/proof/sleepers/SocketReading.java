package io.tidegate.proof.sleepers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import java.io.IOException;

/// Frames of a WebSocket with `ids=true`, RFC 6455 §5.2; a hub's messages have one frame each.
final class SocketReading implements Reading {
  private static final int TEXT = 1;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int MOST_BYTES = 1 << 20;

  /// `pong`, masked with zeros, empty: what a ping says is not needed back here.
  private static final byte[] PONG = {(byte) 0x8a, (byte) 0x80, 0, 0, 0, 0};

  private final Book book;

  SocketReading(Book book) {
    this.book = book;
  }

  @Override
  public void read(ByteBuf bytes, Saying back) throws IOException {
    while (bytes.readableBytes() >= 2) {
      int at = bytes.readerIndex();
      int length = bytes.getUnsignedByte(at + 1);
      int head = length < 126 ? 2 : length == 126 ? 4 : 10;
      if (bytes.readableBytes() < head) return;
      long payload =
          switch (length) {
            case 126 -> bytes.getUnsignedShort(at + 2);
            case 127 -> bytes.getLong(at + 2);
            default -> length;
          };
      if (payload < 0 || payload > MOST_BYTES) throw new IOException("a frame of " + payload);
      if (bytes.readableBytes() < head + payload) return;
      bytes.skipBytes(head);
      frame(bytes.getByte(at) & 0x0f, bytes.readSlice((int) payload), back);
    }
  }

  private void frame(int kind, ByteBuf payload, Saying back) throws IOException {
    switch (kind) {
      case TEXT -> text(payload);
      case PING -> back.say(PONG);
      case CLOSE -> throw new IOException("closed with " + payload.getUnsignedShort(0));
      default -> book.fault("a frame of kind " + kind);
    }
  }

  /// A position and a line feed before a message, a position and a word otherwise.
  private void text(ByteBuf payload) {
    int end = payload.indexOf(payload.readerIndex(), payload.writerIndex(), (byte) '\n');
    if (end >= 0) {
      int idBytes = end - payload.readerIndex();
      var position = payload.readCharSequence(idBytes, ISO_8859_1).toString();
      book.message(position, Stamp.nanos(payload.skipBytes(1)));
      return;
    }
    var words = payload.toString(ISO_8859_1).split(" ", -1);
    switch (words.length > 1 ? words[1] : "") {
      case "open" -> book.opened(words[0]);
      case "gap" -> book.gap(words[0], Long.parseLong(words[2]), words[3].equals("behind"));
      default -> book.fault("said " + String.join(" ", words));
    }
  }
}
