package io.tidegate.hub.outlet;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.tidegate.hub.Entry;
import io.tidegate.hub.Gap;
import io.tidegate.hub.Publication;
import io.tidegate.hub.WireFormat;
import java.util.Base64;

/// Server-sent events: `id` is the position, `event` the publication's type. Bytes that are no text
/// come in base64, the removal of a key as an event `removed`, a gap as an event `gap`.
final class EventFormat implements WireFormat {
  static final EventFormat EVENTS = new EventFormat();

  private static final byte[] END = {'\n', '\n'};

  private EventFormat() {}

  @Override
  public Frame frame(Entry entry) {
    var said = entry.publication();
    return switch (said.form()) {
      case TEXT ->
          isOneLine(entry.payload())
              ? Frame.around((head(entry, said.type()) + "data: ").getBytes(UTF_8), END)
              : Frame.whole((head(entry, said.type()) + lines(entry)).getBytes(UTF_8));
      case BINARY -> Frame.whole((head(entry, said.type()) + base64(entry)).getBytes(UTF_8));
      case REMOVAL -> Frame.whole((head(entry, "removed") + data(key(said))).getBytes(UTF_8));
    };
  }

  private static String head(Entry entry, @org.jspecify.annotations.Nullable String type) {
    var id = "id: " + entry.position() + "\n";
    return type == null ? id : id + "event: " + type + "\n";
  }

  private static boolean isOneLine(ByteBuf text) {
    int from = text.readerIndex();
    int to = text.writerIndex();
    return text.indexOf(from, to, (byte) '\n') < 0 && text.indexOf(from, to, (byte) '\r') < 0;
  }

  private static String lines(Entry entry) {
    return data(new String(entry.copyPayload(), UTF_8));
  }

  private static String data(String text) {
    var lines = new StringBuilder(text.length() + 64);
    for (var line : text.split("\r\n|\r|\n", -1)) lines.append("data: ").append(line).append('\n');
    return lines.append('\n').toString();
  }

  private static String base64(Entry entry) {
    return "data: " + Base64.getEncoder().encodeToString(entry.copyPayload()) + "\n\n";
  }

  private static String key(Publication of) {
    var key = of.key();
    return key == null ? "" : key;
  }

  /// `{"lost":12,"cause":"behind"}`, `lost` null where nobody knows; the id is where it goes on.
  @Override
  public byte[] gap(Gap gap) {
    var lost = gap.isCounted() ? Long.toString(gap.lost()) : "null";
    var event =
        "id: %s\nevent: gap\ndata: {\"lost\":%s,\"cause\":\"%s\"}\n\n"
            .formatted(gap.next(), lost, gap.cause().label());
    return event.getBytes(UTF_8);
  }
}
