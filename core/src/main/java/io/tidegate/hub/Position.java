package io.tidegate.hub;

import org.jspecify.annotations.Nullable;

/// Where in the life of a topic a message stands: what a subscriber names to go on behind it.
///
/// Written `epoch-offset`, the epoch in hexadecimal digits: as the `id` of a server-sent event, in
/// `Last-Event-ID`, and in the query of a WebSocket.
///
/// @param epoch of a topic from its first message to its end, above 0: who names another has seen
///   another topic of this name, before a restart or before it ended unused
/// @param offset of the message, from 1 on and without holes; 0 stands before the first
public record Position(long epoch, long offset) {
  /// A position of no topic: to go on behind it is a gap of unknown length. It stands for what a
  /// peer names and nobody can read.
  public static final Position UNKNOWN = new Position(1, 0);

  /// Sixteen digits, a dash, nineteen digits.
  static final int MOST_CHARS = 36;

  /// @throws IllegalArgumentException if `epoch` is not positive or `offset` negative
  public Position {
    if (epoch < 1) throw new IllegalArgumentException("epoch not positive: " + epoch);
    if (offset < 0) throw new IllegalArgumentException("offset negative: " + offset);
  }

  /// The position that `text` writes; null if it writes none.
  public static @Nullable Position parse(String text) {
    int dash = text.indexOf('-');
    if (dash < 1 || text.length() > MOST_CHARS) return null;
    try {
      long epoch = Long.parseLong(text, 0, dash, 16);
      long offset = Long.parseLong(text, dash + 1, text.length(), 10);
      return epoch < 1 || offset < 0 ? null : new Position(epoch, offset);
    } catch (NumberFormatException malformed) {
      return null;
    }
  }

  /// The position `count` messages further on.
  Position plus(long count) {
    return new Position(epoch, offset + count);
  }

  /// `epoch-offset`, at most 36 characters of ASCII.
  @Override
  public String toString() {
    return Long.toHexString(epoch) + "-" + offset;
  }
}
