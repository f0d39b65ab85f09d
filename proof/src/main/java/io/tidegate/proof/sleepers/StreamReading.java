package io.tidegate.proof.sleepers;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.regex.Pattern;

/// Server-sent events in a chunked answer, RFC 9112 §7.1.
final class StreamReading implements Reading {
  private static final Pattern GAP = Pattern.compile("\\{\"lost\":(\\d+),\"cause\":\"([a-z-]+)\"}");
  private static final int MOST_BYTES = 1 << 20;
  private static final String DATA = "data: ";
  private static final String GAP_EVENT = "gap";

  private final Book book;
  private final ByteBuf text = Unpooled.buffer(0);

  /// Bytes that are left of a chunk, the line feed behind it included; 0 before a chunk's head.
  private int left;

  private int searched;

  StreamReading(Book book) {
    this.book = book;
  }

  @Override
  public void read(ByteBuf bytes, Saying back) throws IOException {
    while (bytes.isReadable()) {
      if (left == 0 && !beginChunk(bytes)) return;
      int some = Math.min(left, bytes.readableBytes());
      int ofText = Math.max(0, Math.min(some, left - 2));
      text.writeBytes(bytes, ofText);
      bytes.skipBytes(some - ofText);
      left -= some;
      events();
    }
  }

  private boolean beginChunk(ByteBuf bytes) throws IOException {
    int end = bytes.indexOf(bytes.readerIndex(), bytes.writerIndex(), (byte) '\n');
    if (end < 0) return false;
    var line = bytes.readCharSequence(end + 1 - bytes.readerIndex(), ISO_8859_1).toString();
    int size = Integer.parseInt(line.strip(), 16);
    if (size == 0) throw new IOException("the answer has ended");
    if (size > MOST_BYTES) throw new IOException("a chunk of " + size);
    left = size + 2;
    return true;
  }

  /// An empty line ends each.
  private void events() {
    for (int end = next(); end >= 0; end = next()) {
      event(text.readSlice(end - text.readerIndex()));
      text.skipBytes(2);
      searched = text.readerIndex();
    }
    searched = Math.max(text.readerIndex(), text.writerIndex() - 1);
    int before = text.readerIndex();
    text.discardReadBytes();
    searched -= before;
  }

  private int next() {
    for (int from = Math.max(searched, text.readerIndex()); ; ) {
      int end = text.indexOf(from, text.writerIndex(), (byte) '\n');
      if (end < 0 || end + 1 >= text.writerIndex()) return -1;
      if (text.getByte(end + 1) == '\n') return end;
      from = end + 1;
    }
  }

  private void event(ByteBuf lines) {
    var id = "";
    var type = "";
    while (lines.isReadable()) {
      int end = lines.indexOf(lines.readerIndex(), lines.writerIndex(), (byte) '\n');
      int length = (end < 0 ? lines.writerIndex() : end) - lines.readerIndex();
      var head = lines.toString(lines.readerIndex(), Math.min(length, DATA.length()), ISO_8859_1);
      if (head.equals(DATA)) {
        data(id, type, lines.skipBytes(DATA.length()));
        return;
      }
      var line = lines.readCharSequence(length, ISO_8859_1).toString();
      if (line.startsWith("id: ")) id = line.substring(4);
      else if (line.startsWith("event: ")) type = line.substring(7);
      else if (!line.startsWith(":")) book.fault("said " + line);
      if (end >= 0) lines.skipBytes(1);
    }
    if (!id.isEmpty()) book.opened(id);
  }

  private void data(String id, String type, ByteBuf data) {
    if (!type.equals(GAP_EVENT)) {
      book.message(id, Stamp.nanos(data));
      return;
    }
    var gap = GAP.matcher(data.toString(ISO_8859_1));
    if (!gap.matches()) book.fault("said " + data.toString(ISO_8859_1));
    else book.gap(id, Long.parseLong(gap.group(1)), gap.group(2).equals("behind"));
  }
}
