package io.tidegate.proof.sleepers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/// What every message begins with: when it was published, in 19 digits, on the clock of
/// `System.nanoTime()`. Letters follow up to its length: it is a text, as most messages are.
final class Stamp {
  private static final int DIGITS = 19;

  private Stamp() {}

  /// A message of `bytes` that is published now.
  static byte[] message(int bytes) {
    var message = new byte[bytes];
    Arrays.fill(message, (byte) 'x');
    var stamp = "%019d".formatted(System.nanoTime()).getBytes(US_ASCII);
    System.arraycopy(stamp, 0, message, 0, DIGITS);
    return message;
  }

  /// When the message that begins where `text` may be read was published.
  static long nanos(ByteBuf text) {
    long nanos = 0;
    for (int i = 0; i < DIGITS; i++)
      nanos = nanos * 10 + text.getByte(text.readerIndex() + i) - '0';
    return nanos;
  }
}
