package io.tidegate.hub;

import org.jspecify.annotations.Nullable;

/// How messages are written for one kind of subscriber, such as server-sent events.
///
/// One object stands for one format: a message keeps what each of them made of it, once for all
/// subscribers. So make it once, not for each of them: a hub knows at most [#MOST].
///
/// Called on event loops: it never blocks and calls nobody's code.
public interface WireFormat {
  /// More formats than there are protocols: one more is a format that is made again and again.
  int MOST = 16;

  /// The bytes of `entry`; null to withhold it from subscribers of this format, which then count it
  /// as [Subscription#withheld].
  @Nullable Frame frame(Entry entry);

  /// What tells of `gap`, as whole frames; empty to say nothing.
  byte[] gap(Gap gap);

  /// One message as it goes over the wire.
  final class Frame {
    private final byte[] before;
    private final byte[] after;
    private final boolean carriesPayload;

    private Frame(byte[] before, byte[] after, boolean carriesPayload) {
      this.before = before;
      this.after = after;
      this.carriesPayload = carriesPayload;
    }

    /// The payload as it was published, between `before` and `after`: a large one is not copied.
    public static Frame around(byte[] before, byte[] after) {
      return new Frame(before, after, true);
    }

    /// Bytes that hold all there is to say.
    public static Frame whole(byte[] bytes) {
      return new Frame(bytes, new byte[0], false);
    }

    /// How many bytes go over the wire.
    int length(Entry of) {
      int payload = carriesPayload ? of.payload().readableBytes() : 0;
      return before.length + payload + after.length;
    }

    byte[] before() {
      return before;
    }

    byte[] after() {
      return after;
    }

    boolean carriesPayload() {
      return carriesPayload;
    }
  }
}
