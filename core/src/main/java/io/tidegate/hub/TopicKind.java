package io.tidegate.hub;

import java.time.Duration;

/// What a topic keeps, and with which bounds. Its ring lets the oldest go where it would pass one,
/// whoever has not read them yet.
///
/// Bytes are what is really held: the message, what its formats made of it, and its entry.
public sealed interface TopicKind {
  /// The last messages in their order.
  ///
  /// @param ringBytes most bytes kept, at least one message of the longest
  /// @param maxMessages most messages kept
  /// @param maxAge how long a message is kept at most
  /// @param maxMessageBytes longest message taken
  record Log(int ringBytes, int maxMessages, Duration maxAge, int maxMessageBytes)
      implements TopicKind {
    /// For chats and feeds: 1,000 messages in 256 KiB for an hour, each of up to 64 KiB.
    public static final Log DEFAULT = new Log(256 * 1024, 1_000, Duration.ofHours(1), 64 * 1024);

    /// @throws IllegalArgumentException if a bound is not positive, or the ring cannot hold two of
    ///   the longest messages
    public Log {
      requirePositive("maxMessages", maxMessages);
      requireRing(ringBytes, maxMessageBytes);
      requireAge(maxAge);
    }

    /// Returns this with another bound on bytes.
    public Log withRingBytes(int bytes) {
      return new Log(bytes, maxMessages, maxAge, maxMessageBytes);
    }

    /// Returns this with another bound on messages.
    public Log withMaxMessages(int most) {
      return new Log(ringBytes, most, maxAge, maxMessageBytes);
    }

    /// Returns this with another age.
    public Log withMaxAge(Duration age) {
      return new Log(ringBytes, maxMessages, age, maxMessageBytes);
    }

    /// Returns this with another longest message.
    public Log withMaxMessageBytes(int bytes) {
      return new Log(ringBytes, maxMessages, maxAge, bytes);
    }
  }

  /// The newest message of each key, in the order of their updates. A subscriber sees each key's
  /// newest value once, however slow it is.
  ///
  /// @param ringBytes most bytes kept, at least one message of the longest
  /// @param maxKeys most keys with a value; of more, the one that was updated longest ago goes
  /// @param maxTombstones most removed keys that are remembered, so that who was away learns of
  ///   them
  /// @param maxMessageBytes longest message taken
  record Keyed(int ringBytes, int maxKeys, int maxTombstones, int maxMessageBytes)
      implements TopicKind {
    /// For prices and presence: 10,000 keys in 8 MiB, each of up to 16 KiB, and 1,000 removals.
    public static final Keyed DEFAULT = new Keyed(8 << 20, 10_000, 1_000, 16 * 1024);

    /// @throws IllegalArgumentException if a bound is not positive, or the ring cannot hold two of
    ///   the longest messages
    public Keyed {
      requirePositive("maxKeys", maxKeys);
      requirePositive("maxTombstones", maxTombstones);
      requireRing(ringBytes, maxMessageBytes);
    }

    /// Returns this with another bound on bytes.
    public Keyed withRingBytes(int bytes) {
      return new Keyed(bytes, maxKeys, maxTombstones, maxMessageBytes);
    }

    /// Returns this with another bound on keys.
    public Keyed withMaxKeys(int most) {
      return new Keyed(ringBytes, most, maxTombstones, maxMessageBytes);
    }

    /// Returns this with another bound on removals.
    public Keyed withMaxTombstones(int most) {
      return new Keyed(ringBytes, maxKeys, most, maxMessageBytes);
    }

    /// Returns this with another longest message.
    public Keyed withMaxMessageBytes(int bytes) {
      return new Keyed(ringBytes, maxKeys, maxTombstones, bytes);
    }
  }

  /// The newest message alone: a camera's picture, a state.
  ///
  /// @param maxMessageBytes longest message taken
  record Latest(int maxMessageBytes) implements TopicKind {
    /// For cameras: pictures of up to 512 KiB.
    public static final Latest DEFAULT = new Latest(512 * 1024);

    /// @throws IllegalArgumentException if the bound is not positive, or above 16 MiB
    public Latest {
      requireRing(Integer.MAX_VALUE, maxMessageBytes);
    }

    /// Returns this with another longest message.
    public Latest withMaxMessageBytes(int bytes) {
      return new Latest(bytes);
    }
  }

  /// A longer message is a mistake; it would keep others on its loop waiting.
  int MOST_MESSAGE_BYTES = 16 << 20;

  /// Longest message taken.
  int maxMessageBytes();

  private static void requirePositive(String what, int bound) {
    if (bound < 1) throw new IllegalArgumentException(what + " not positive: " + bound);
  }

  private static void requireAge(Duration age) {
    if (!age.isPositive()) throw new IllegalArgumentException("maxAge not positive: " + age);
  }

  private static void requireRing(int ringBytes, int maxMessageBytes) {
    if (maxMessageBytes < 1 || maxMessageBytes > MOST_MESSAGE_BYTES)
      throw new IllegalArgumentException(
          "maxMessageBytes not in 1.." + MOST_MESSAGE_BYTES + ": " + maxMessageBytes);
    if (ringBytes / 2 < maxMessageBytes)
      throw new IllegalArgumentException(
          "a ring of " + ringBytes + " bytes does not hold two messages of " + maxMessageBytes);
  }
}
