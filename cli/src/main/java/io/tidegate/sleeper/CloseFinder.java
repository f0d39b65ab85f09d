package io.tidegate.sleeper;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Looks for the close frame in what a WebSocket server sends, RFC 6455 §5.2, and passes over all
/// else; holds at most one frame's head and a close frame's payload.
final class CloseFinder {
  private static final int CLOSE_OPCODE = 0x8;
  private static final int MOST_HEAD_BYTES = 14;
  private static final int MOST_CLOSE_BYTES = 125;
  private static final int NO_CODE = 1005;

  private final byte[] head = new byte[MOST_HEAD_BYTES];
  private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
  private int headBytes;
  private long leftBytes;
  private boolean closing;
  private @Nullable CloseSeen close;

  /// Takes the first `length` of `bytes`, which follow those of the call before.
  void accept(byte[] bytes, int length) {
    for (int i = 0; i < length && close == null; ) {
      if (leftBytes == 0) head(bytes[i++]);
      else i += body(bytes, i, length);
    }
  }

  /// The close frame, null if none has come.
  @Nullable CloseSeen close() {
    return close;
  }

  private void head(byte next) {
    head[headBytes++] = next;
    if (headBytes < 2 || headBytes < headLength()) return;
    closing = (head[0] & 0xf) == CLOSE_OPCODE;
    leftBytes = payloadLength();
    headBytes = 0;
    if (leftBytes == 0 && closing) end();
  }

  private int lengthBytes() {
    return switch (head[1] & 0x7f) {
      case 126 -> 2;
      case 127 -> 8;
      default -> 0;
    };
  }

  private int headLength() {
    return 2 + lengthBytes() + (head[1] < 0 ? 4 : 0);
  }

  private long payloadLength() {
    if (lengthBytes() == 0) return head[1] & 0x7f;
    long length = 0;
    for (int i = 2; i < 2 + lengthBytes(); i++) length = (length << 8) | (head[i] & 0xff);
    return length & Long.MAX_VALUE;
  }

  /// Returns how many bytes from `from` on were the payload's.
  private int body(byte[] bytes, int from, int length) {
    int taken = (int) Math.min(leftBytes, length - from);
    int room = MOST_CLOSE_BYTES - payload.size();
    if (closing) payload.write(bytes, from, Math.min(taken, room));
    leftBytes -= taken;
    if (leftBytes == 0 && closing) end();
    return taken;
  }

  private void end() {
    var bytes = payload.toByteArray();
    close =
        bytes.length < 2
            ? new CloseSeen(NO_CODE, "")
            : new CloseSeen(
                ((bytes[0] & 0xff) << 8) | (bytes[1] & 0xff),
                new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_8));
  }
}
