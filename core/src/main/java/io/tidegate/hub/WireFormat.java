package io.tidegate.hub;

import org.jspecify.annotations.Nullable;

/// How messages are written for one kind of subscriber, such as server-sent events.
///
/// One object stands for one format: a message keeps what each of them made of it, once for all
/// subscribers, so give all of them the same object and not a new one each. Of at most
/// [#MOST_KEPT] formats a message's bytes are kept.
///
/// Called on event loops: it never blocks and calls nobody's code.
public interface WireFormat {
  /// More formats of one message are made anew for each subscriber.
  int MOST_KEPT = 6;

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
