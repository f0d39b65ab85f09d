package io.tidegate.hub.centrifugo;

import io.tidegate.hub.Entry;
import io.tidegate.hub.Gap;
import io.tidegate.hub.Publication;
import io.tidegate.hub.WireFormat;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Messages of the hub as publications in JSON.
///
/// Data is JSON here. A text that was published elsewhere and is none becomes a JSON string; bytes
/// that are no text are withheld, and so is what another dialect published by its own rules. The
/// key of a keyed topic is the tag `key`, and a removal has the data `null`.
final class PushFormat implements WireFormat {
  /// On publications whose text is known to be JSON on one line.
  static final Object JSON_ON_ONE_LINE = new Object();

  private static final byte[] NOTHING = {};

  PushFormat() {}

  @Override
  public @Nullable Frame frame(Entry entry) {
    var attachment = entry.publication().attachment();
    if (attachment != null && attachment != JSON_ON_ONE_LINE) return null;
    var before = before(entry).getBytes(StandardCharsets.UTF_8);
    var after = after(entry).getBytes(StandardCharsets.UTF_8);
    return switch (entry.publication().form()) {
      case BINARY -> null;
      case REMOVAL -> whole(before, "null".getBytes(StandardCharsets.US_ASCII), after);
      case TEXT -> {
        if (attachment == null) yield whole(before, json(entry.copyPayload()), after);
        int length = before.length + entry.payload().readableBytes() + after.length;
        yield Frame.around(together(Replies.header(length), before), after);
      }
    };
  }

  private static Frame whole(byte[] before, byte[] data, byte[] after) {
    return Frame.whole(Replies.framed(together(before, data, after)));
  }

  private static byte[] together(byte[]... pieces) {
    var all = new ByteArrayOutputStream();
    for (var piece : pieces) all.writeBytes(piece);
    return all.toByteArray();
  }

  private static String before(Entry entry) {
    return "{\"push\":{\"channel\":" + OneLine.quoted(entry.topic()) + ",\"pub\":{\"data\":";
  }

  private static String after(Entry entry) {
    var key = entry.publication().key();
    var tags = key == null ? "" : ",\"tags\":{\"key\":" + OneLine.quoted(key) + "}";
    return ",\"offset\":" + entry.position().offset() + tags + "}}}";
  }

  /// `text` as it is if it is JSON, else as a string.
  private static byte[] json(byte[] text) {
    var json = OneLine.of(text);
    var data = json == null ? OneLine.quoted(new String(text, StandardCharsets.UTF_8)) : json;
    return data.getBytes(StandardCharsets.UTF_8);
  }

  /// Who was away is told in the reply to its command; who is here has to subscribe again.
  @Override
  public byte[] gap(Gap gap) {
    return switch (gap.cause()) {
      case AWAY, UNKNOWN_POSITION -> NOTHING;
      case BEHIND, MEMORY -> Replies.insufficientState(gap.topic());
    };
  }

  /// `json`, on one line, as a publication.
  static Publication publication(String json) {
    return Publication.text(json).withAttachment(JSON_ON_ONE_LINE, 0);
  }
}
