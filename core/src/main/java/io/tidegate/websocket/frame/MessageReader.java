package io.tidegate.websocket.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Account;
import org.jspecify.annotations.Nullable;

/// Makes messages of one peer's frames, for those who take messages whole.
///
/// A message that lies in one piece in the buffer is shown where it is and costs nothing. Any other
/// is kept until its end, and its bytes are charged to the connection's account before they are
/// kept. Bound: `maxMessageBytes` and 64 KiB, and 256 bytes of a control frame. On the connection's
/// loop; closed with the connection.
public final class MessageReader implements AutoCloseable {
  /// What [MessageReader#next] found.
  public enum Found {
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
  private final @Nullable Inflation inflation;
  private ByteBuf payload = Unpooled.EMPTY_BUFFER;
  private Found fault = Found.NEED_MORE;
  private int closeCode;
  private String closeText = "";

  /// Opens a reader for this process's own `role`, whose buffers `account` pays.
  public MessageReader(
      Role role, WebSocketLimits limits, Account account, ByteBufAllocator allocator) {
    this(new FrameReader(role, limits), null, account, allocator);
  }

  private MessageReader(
      FrameReader frames,
      @Nullable Inflation inflation,
      Account account,
      ByteBufAllocator allocator) {
    this.frames = frames;
    this.inflation = inflation;
    message = new KeptBytes(account, allocator);
    control = new KeptBytes(account, allocator);
  }

  /// Opens a reader that takes compressed messages too, by the inflaters of its loop.
  public static MessageReader inflating(
      Role role,
      WebSocketLimits limits,
      Deflate deflate,
      Inflaters inflaters,
      Account account,
      ByteBufAllocator allocator) {
    var inflation = new Inflation(inflaters, deflate, limits.maxMessageBytes(), account);
    return new MessageReader(
        new FrameReader(role, limits, FrameReader.Compression.TAKEN),
        inflation,
        account,
        allocator);
  }

  /// Reads on in `in` and says what came. What was shown before is let go. `in` must be writable
  /// and nobody else's; never throws for what a peer sent.
  public Found next(ByteBuf in) {
    letGo();
    while (fault == Found.NEED_MORE) {
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
        case BAD -> refuse(frames.closeCode(), frames.closeText());
      }
    }
    return fault;
  }

  /// TEXT or BINARY, with [Found#MESSAGE].
  public Opcode kind() {
    return frames.messageOpcode();
  }

  /// The payload of what was found; valid until the next [#next] or [#close], and until the buffer
  /// that was read is released.
  public ByteBuf payload() {
    return payload;
  }

  /// Whether the message that was found is not in the buffer that was read, but kept: it can be
  /// taken over by [#takeKept].
  public boolean isKept() {
    return !message.isEmpty();
  }

  /// Gives the message that was found, and its charge, to the caller.
  public KeptBytes.Taken takeKept() {
    payload = Unpooled.EMPTY_BUFFER;
    return message.take();
  }

  /// Whether a frame or message has begun and not ended: its time runs.
  public boolean isInsideMessage() {
    return frames.isInsideMessage();
  }

  /// Bytes that are kept of a message that has not ended.
  public int keptBytes() {
    return message.count();
  }

  /// The code to close with, with [Found#BAD].
  public int closeCode() {
    return closeCode;
  }

  /// What to say beside the code, with [Found#BAD].
  public String closeText() {
    return closeText;
  }

  /// Frees all that is kept.
  @Override
  public void close() {
    payload = Unpooled.EMPTY_BUFFER;
    message.close();
    control.close();
    if (inflation != null) inflation.close();
  }

  private void take(ByteBuf in) {
    var bytes = frames.payloadBytes();
    if (isCompressed()) {
      judge(inflation().add(in, bytes, message));
      return;
    }
    var store = frames.opcode().isControl() ? control : message;
    if (frames.isFinal() && frames.frameBytes() == 0 && store.isEmpty()) {
      payload = in.readSlice(bytes);
    } else if (!store.add(in, bytes)) {
      fault = Found.NO_ROOM;
    }
  }

  private boolean isCompressed() {
    return frames.isCompressed() && !frames.opcode().isControl();
  }

  private Inflation inflation() {
    if (inflation == null) throw new IllegalStateException("no compression was agreed");
    return inflation;
  }

  private void judge(Inflation.Outcome outcome) {
    switch (outcome) {
      case KEPT -> {}
      case BAD_DATA -> refuse(CloseCode.NOT_UTF8, "not deflate data");
      case TOO_BIG -> refuse(CloseCode.TOO_BIG, "message inflates to too much");
      case NO_ROOM -> fault = Found.NO_ROOM;
    }
  }

  private void refuse(int code, String text) {
    closeCode = code;
    closeText = text;
    fault = Found.BAD;
  }

  private Found frameEnd() {
    if (isCompressed() && frames.isFinal()) inflateEnd();
    if (fault != Found.NEED_MORE) return fault;
    var store = frames.opcode().isControl() ? control : message;
    if (frames.isFinal() && !store.isEmpty()) payload = store.joined();
    return switch (frames.opcode()) {
      case PING -> Found.PING;
      case PONG -> Found.PONG;
      case CLOSE -> Found.CLOSE;
      case TEXT, BINARY, CONTINUATION -> frames.isFinal() ? Found.MESSAGE : Found.NEED_MORE;
    };
  }

  private void inflateEnd() {
    judge(inflation().finish(message));
    if (fault != Found.NEED_MORE || frames.messageOpcode() != Opcode.TEXT) return;
    var text = message.joined();
    if (Utf8Check.after(Utf8Check.START, text, text.readerIndex(), text.readableBytes())
        != Utf8Check.START) {
      refuse(CloseCode.NOT_UTF8, "text is not UTF-8");
    }
  }

  private void letGo() {
    if (payload.capacity() > 0 && payload == message.joinedOrNone()) message.close();
    if (payload.capacity() > 0 && payload == control.joinedOrNone()) control.close();
    payload = Unpooled.EMPTY_BUFFER;
  }
}
