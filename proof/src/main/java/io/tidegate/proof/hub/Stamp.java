package io.tidegate.proof.hub;

import java.nio.ByteBuffer;

/// What every message begins with, whoever publishes it: two numbers of 8 bytes, the most
/// significant first. Zeros follow up to the message's length.
///
/// @param nanos when it was published, on the clock of `System.nanoTime()`, which all processes of
///   one Linux share
/// @param number counts the messages of one publisher from 1 on
record Stamp(long nanos, long number) {
  static final int BYTES = 16;

  /// A message of `bytes` that is published now.
  static byte[] message(long number, int bytes) {
    var message = new byte[bytes];
    ByteBuffer.wrap(message).putLong(System.nanoTime()).putLong(number);
    return message;
  }

  /// The stamp of a message that begins at `from`.
  static Stamp of(ByteBuffer bytes, int from) {
    return new Stamp(bytes.getLong(from), bytes.getLong(from + Long.BYTES));
  }
}
