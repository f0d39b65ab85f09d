package io.tidegate.hub.mercure;

import io.netty.buffer.ByteBuf;
import io.tidegate.hub.Entry;
import io.tidegate.hub.Gap;
import io.tidegate.hub.WireFormat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Updates as server-sent events. What was missed is an event of type `gap`, which pages that do
/// not ask for it never see, and whose id says where the stream goes on; it counts all updates, for
/// of those that are gone nobody knows who would have seen them.
final class MercureFormat implements WireFormat {
  private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "\n\n".getBytes(StandardCharsets.US_ASCII);

  MercureFormat() {}

  @Override
  public @Nullable Frame frame(Entry entry) {
    if (!(entry.publication().attachment() instanceof Update update)) return null;
    var head = head(entry, update);
    return isOneLine(entry.payload())
        ? Frame.around((head + "data: ").getBytes(StandardCharsets.UTF_8), END)
        : Frame.whole(lines(head, entry.copyPayload()));
  }

  private static String head(Entry entry, Update update) {
    var head = new StringBuilder();
    if (update.type() != null) head.append("event: ").append(update.type()).append('\n');
    if (update.retryMillis() > 0) head.append("retry: ").append(update.retryMillis()).append('\n');
    return head.append("id: ").append(EventIds.of(entry, update)).append('\n').toString();
  }

  private static boolean isOneLine(ByteBuf payload) {
    int from = payload.readerIndex();
    int to = payload.writerIndex();
    return payload.indexOf(from, to, (byte) '\n') < 0 && payload.indexOf(from, to, (byte) '\r') < 0;
  }

  private static byte[] lines(String head, byte[] payload) {
    var out = new ByteArrayOutputStream(head.length() + payload.length + 64);
    out.writeBytes(head.getBytes(StandardCharsets.UTF_8));
    out.writeBytes(DATA);
    for (int i = 0; i < payload.length; i++) {
      boolean pair = payload[i] == '\r' && i + 1 < payload.length && payload[i + 1] == '\n';
      if (pair) continue;
      if (payload[i] == '\n' || payload[i] == '\r') {
        out.write('\n');
        out.writeBytes(DATA);
      } else {
        out.write(payload[i]);
      }
    }
    out.writeBytes(END);
    return out.toByteArray();
  }

  @Override
  public byte[] gap(Gap gap) {
    var lost = gap.isCounted() ? Long.toString(gap.lost()) : "null";
    return ("event: gap\nid: "
            + EventIds.of(gap.next())
            + "\ndata: {\"cause\":\""
            + gap.cause().label()
            + "\",\"lost\":"
            + lost
            + "}\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }
}
