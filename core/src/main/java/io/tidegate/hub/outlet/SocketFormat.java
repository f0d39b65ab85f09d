package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tidegate.hub.Entry;
import io.tidegate.hub.Gap;
import io.tidegate.hub.Position;
import io.tidegate.hub.Publication;
import io.tidegate.hub.WireFormat;
import io.tidegate.websocket.frame.FrameWriter;
import io.tidegate.websocket.frame.Opcode;
import org.jspecify.annotations.Nullable;

/// WebSocket messages, each in one frame.
///
/// Plain: the message as it is, text or binary; a gap is a text
/// `{"gap":{"lost":12,"cause":"behind","next":"…"}}`, and removals of keys are withheld, for
/// nothing could tell them from messages.
///
/// With ids: each message begins with its position and a line feed. What is not a message is a text
/// with a word behind the position: `open`, `gap 12 behind`, `removed key`.
final class SocketFormat implements WireFormat {
  static final SocketFormat PLAIN = new SocketFormat(false);
  static final SocketFormat WITH_IDS = new SocketFormat(true);

  private static final byte[] NOTHING = {};

  private final boolean hasIds;

  private SocketFormat(boolean hasIds) {
    this.hasIds = hasIds;
  }

  @Override
  public @Nullable Frame frame(Entry entry) {
    return switch (entry.publication().form()) {
      case TEXT -> message(entry, Opcode.TEXT);
      case BINARY -> message(entry, Opcode.BINARY);
      case REMOVAL -> hasIds ? removed(entry.position(), entry.publication()) : null;
    };
  }

  private Frame message(Entry entry, Opcode kind) {
    var id = hasIds ? (entry.position() + "\n").getBytes(UTF_8) : NOTHING;
    return Frame.around(begin(kind, id, entry.payload().readableBytes()), NOTHING);
  }

  private static Frame removed(Position at, Publication publication) {
    return Frame.whole(text(at + " removed " + publication.key()));
  }

  /// The header of a frame, and the first bytes of its payload.
  private static byte[] begin(Opcode kind, byte[] first, int others) {
    var out = Unpooled.buffer(FrameWriter.MOST_HEADER_BYTES + first.length);
    FrameWriter.server().header(out, kind, FrameWriter.Part.LAST, first.length + others);
    return ByteBufUtil.getBytes(out.writeBytes(first));
  }

  private static byte[] text(String text) {
    return begin(Opcode.TEXT, text.getBytes(UTF_8), 0);
  }

  /// What a subscriber with ids is told first: where it stands.
  static byte[] opened(Position at) {
    return text(at + " open");
  }

  @Override
  public byte[] gap(Gap gap) {
    var lost = gap.isCounted() ? Long.toString(gap.lost()) : hasIds ? "unknown" : "null";
    var words =
        hasIds
            ? "%s gap %s %s".formatted(gap.next(), lost, gap.cause().label())
            : "{\"gap\":{\"lost\":%s,\"cause\":\"%s\",\"next\":\"%s\"}}"
                .formatted(lost, gap.cause().label(), gap.next());
    return text(words);
  }
}
