package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Account;

/// Makes messages of one peer's frames, for those who take messages whole.
///
/// A message that lies in one piece in the buffer is shown where it is and costs nothing. Any other
/// is kept until its end, and its bytes are charged to the connection's account before they are
/// kept. Bound: `maxMessageBytes`, twice that for the moment in which the store grows, and 125
/// bytes of a control frame. On the connection's loop; closed with the connection.
final class MessageReader implements AutoCloseable {
  /// What [MessageReader#next] found.
  enum Found {
    /// The buffer is used up.
    NEED_MORE,
    /// A whole message of [MessageReader#kind], in [MessageReader#payload].
    MESSAGE,
    /// A ping; its answer carries [MessageReader#payload].
    PING,
    /// A pong with [MessageReader#payload].
    PONG,
    /// The peer's close frame, for [CloseFrame#read] of [MessageReader#payload]. Nothing follows.
    CLOSE,
    /// The peer broke a rule; see [MessageReader#closeCode]. Stays so.
    BAD,
    /// The account has no room for what must be kept: cut the peer. Stays so.
    NO_ROOM
  }

  private final FrameReader frames;
  private final KeptBytes message;
  private final KeptBytes control;
  private ByteBuf payload = Unpooled.EMPTY_BUFFER;
  private boolean isOutOfRoom;

  /// Opens a reader for this process's own `role`, whose buffers `account` pays.
  MessageReader(Role role, WebSocketLimits limits, Account account, ByteBufAllocator allocator) {
    frames = new FrameReader(role, limits);
    message = new KeptBytes(account, allocator, limits.maxMessageBytes());
    control = new KeptBytes(account, allocator, CloseFrame.MAX_REASON_BYTES + 2);
  }

  /// Reads on in `in` and says what came. What was shown before is let go. `in` must be writable
  /// and nobody else's; never throws for what a peer sent.
  Found next(ByteBuf in) {
    letGo();
    while (!isOutOfRoom) {
      switch (frames.next(in)) {
        case NEED_MORE -> {
          return Found.NEED_MORE;
        }
        case HEADER -> payload = Unpooled.EMPTY_BUFFER;
        case PAYLOAD -> take(in);
        case FRAME_END -> {
          var found = frameEnd();
          if (found != Found.NEED_MORE) return found;
        }
        case BAD -> {
          return Found.BAD;
        }
      }
    }
    return Found.NO_ROOM;
  }

  /// TEXT or BINARY, with [Found#MESSAGE].
  Opcode kind() {
    return frames.messageOpcode();
  }

  /// The payload of what was found; valid until the next [#next] or [#close], and until the buffer
  /// that was read is released.
  ByteBuf payload() {
    return payload;
  }

  /// Whether a frame or message has begun and not ended: its time runs.
  boolean isInsideMessage() {
    return frames.isInsideMessage();
  }

  /// The code to close with, with [Found#BAD].
  int closeCode() {
    return frames.closeCode();
  }

  /// What to say beside the code, with [Found#BAD].
  String closeText() {
    return frames.closeText();
  }

  /// Frees all that is kept.
  @Override
  public void close() {
    payload = Unpooled.EMPTY_BUFFER;
    message.close();
    control.close();
  }

  private void take(ByteBuf in) {
    var store = frames.opcode().isControl() ? control : message;
    var bytes = frames.payloadBytes();
    if (frames.isFinal() && frames.frameBytes() == 0 && store.isEmpty()) {
      payload = in.readSlice(bytes);
    } else if (!store.add(in, bytes)) {
      isOutOfRoom = true;
    }
  }

  private Found frameEnd() {
    var store = frames.opcode().isControl() ? control : message;
    if (frames.isFinal() && !store.isEmpty()) payload = store.bytes();
    return switch (frames.opcode()) {
      case PING -> Found.PING;
      case PONG -> Found.PONG;
      case CLOSE -> Found.CLOSE;
      case TEXT, BINARY, CONTINUATION -> frames.isFinal() ? Found.MESSAGE : Found.NEED_MORE;
    };
  }

  private void letGo() {
    if (payload == message.bytes()) message.close();
    if (payload == control.bytes()) control.close();
    payload = Unpooled.EMPTY_BUFFER;
  }
}
