package io.tidegate.hub;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A format for tests: a line of words, and the payload behind it.
final class LineFormat implements WireFormat {
  private static final byte[] NOTHING = {};

  private final boolean copies;

  /// A format that carries payloads where they lie, or copies them.
  LineFormat(boolean copies) {
    this.copies = copies;
  }

  /// What was read.
  ///
  /// @param kind M for a message, R for a removal, G for a gap
  /// @param offset of the message, or behind which a gap ends
  /// @param lost of a gap
  /// @param text the payload, a removal's key, or a gap's cause
  record Line(char kind, long offset, long lost, String text) {}

  @Override
  public @Nullable Frame frame(Entry entry) {
    long offset = entry.position().offset();
    var key = Objects.requireNonNullElse(entry.publication().key(), "");
    if (entry.publication().form() == Publication.Form.REMOVAL)
      return Frame.whole("R %d 0 %d\n%s".formatted(offset, key.length(), key).getBytes(UTF_8));
    var head = "M %d 0 %d\n".formatted(offset, entry.payload().readableBytes()).getBytes(UTF_8);
    if (!copies) return Frame.around(head, NOTHING);
    var whole = ByteBuffer.allocate(head.length + entry.payload().readableBytes());
    return Frame.whole(whole.put(head).put(entry.copyPayload()).array());
  }

  @Override
  public byte[] gap(Gap gap) {
    var cause = gap.cause().name();
    return "G %d %d %d\n%s"
        .formatted(gap.next().offset(), gap.lost(), cause.length(), cause)
        .getBytes(UTF_8);
  }

  /// Reads whole lines; what is cut off at the end is left out.
  static List<Line> read(byte[] bytes) {
    var lines = new ArrayList<Line>();
    int at = 0;
    while (true) {
      int end = at;
      while (end < bytes.length && bytes[end] != '\n') end++;
      if (end == bytes.length) return lines;
      var words = new String(bytes, at, end - at, UTF_8).split(" ", -1);
      int length = Integer.parseInt(words[3]);
      if (end + 1 + length > bytes.length) return lines;
      lines.add(
          new Line(
              words[0].charAt(0),
              Long.parseLong(words[1]),
              Long.parseLong(words[2]),
              new String(bytes, end + 1, length, UTF_8)));
      at = end + 1 + length;
    }
  }
}
