package io.tidegate.websocket.frame;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// The payload of a close frame, RFC 6455 §5.5.1.
///
/// @param code why, or [CloseCode#NO_STATUS] for an empty payload
/// @param reason text beside the code, at most 123 bytes of UTF-8; the peer's own words, so escape
///   them before they reach a log or a page
public record CloseFrame(int code, String reason) {
  /// Most bytes of a reason: a control frame's 125 less the code.
  public static final int MAX_REASON_BYTES = 123;

  /// Reads the whole payload that `payload` holds, and does not move its reader index.
  ///
  /// A payload that the RFC forbids is answered, not thrown: the result then has code 1002 (one
  /// byte only, a code that must not be sent) or 1007 (reason not UTF-8) and our own words, which
  /// is what to close with.
  public static CloseFrame read(ByteBuf payload) {
    var bytes = payload.readableBytes();
    if (bytes == 0) return new CloseFrame(CloseCode.NO_STATUS, "");
    if (bytes == 1) return new CloseFrame(CloseCode.PROTOCOL_ERROR, "close code cut short");
    var at = payload.readerIndex();
    var code = payload.getUnsignedShort(at);
    if (!CloseCode.isSendable(code)) {
      return new CloseFrame(CloseCode.PROTOCOL_ERROR, "close code " + code);
    }
    if (Utf8Check.after(Utf8Check.START, payload, at + 2, bytes - 2) != Utf8Check.START) {
      return new CloseFrame(CloseCode.NOT_UTF8, "close reason is not UTF-8");
    }
    return new CloseFrame(code, payload.toString(at + 2, bytes - 2, StandardCharsets.UTF_8));
  }
}
