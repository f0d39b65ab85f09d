package io.tidegate.websocket.frame;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Reads the frames of one peer as their bytes arrive, RFC 6455 §5; nothing is gathered, nothing is
/// allocated.
///
/// The caller asks [#next] until it answers [Event#NEED_MORE] or [Event#BAD]. Headers may be cut
/// anywhere. Text is checked to be UTF-8 across the frames of its message. What follows a close
/// frame is dropped. Bound: the state is a few numbers, whatever the peer announces. One thread at
/// a time.
public final class FrameReader {
  /// What [FrameReader#next] found.
  public enum Event {
    /// The buffer is used up.
    NEED_MORE,
    /// A frame begins: [FrameReader#opcode], [FrameReader#isFinal] and [FrameReader#frameBytes]
    /// hold.
    HEADER,
    /// [FrameReader#payloadBytes] bytes at the buffer's reader index are payload, unmasked in
    /// place; the caller reads or skips exactly these before it asks again.
    PAYLOAD,
    /// The frame's last byte has been seen.
    FRAME_END,
    /// The peer broke a rule: [FrameReader#closeCode] and [FrameReader#closeText] say which. Stays
    /// so.
    BAD
  }

  /// Whether compressed messages are taken, RFC 7692 §6: their first frame has RSV1 set.
  public enum Compression {
    /// RSV1 is an error.
    NONE,
    /// RSV1 on a message's first frame says that it is compressed. It is shown as it is, and text
    /// in it is not checked.
    TAKEN
  }

  /// Where the next byte belongs; the first four are parts of a header.
  private enum Step {
    FIRST_BYTE,
    SECOND_BYTE,
    LENGTH,
    MASK_KEY,
    HEADER_DONE,
    PAYLOAD,
    CLOSED,
    BAD
  }

  private static final int FIN = 0x80;
  private static final int RESERVED_BITS = 0x70;
  private static final int COMPRESSED = 0x40;
  private static final int MASKED = 0x80;
  private static final int MAX_CONTROL_BYTES = 125;
  private static final int LENGTH_IN_2_BYTES = 126;
  private static final int LENGTH_IN_8_BYTES = 127;

  private final Role role;
  private final WebSocketLimits limits;
  private final Compression compression;

  private Step step = Step.FIRST_BYTE;
  private int headerBytesMissing;

  private Opcode opcode = Opcode.CONTINUATION;
  private boolean isFinal;
  private long length;
  private long shortestLength;
  private int maskKey;
  private int payloadBytes;

  private Opcode message = Opcode.CONTINUATION;
  private boolean isMessageOpen;
  private boolean isCompressed;
  private int messageBytes;
  private int fragments;
  private int textState;

  private int closeCode;
  private String closeText = "";

  /// Opens a reader for this process's own `role`: a server takes masked frames only, a client
  /// unmasked ones only. Of `limits` the sizes and the number of fragments bind here, the times do
  /// not.
  public FrameReader(Role role, WebSocketLimits limits) {
    this(role, limits, Compression.NONE);
  }

  /// As above, for a connection that agreed to `compression`.
  public FrameReader(Role role, WebSocketLimits limits, Compression compression) {
    this.role = role;
    this.limits = limits;
    this.compression = compression;
  }

  /// Reads on in `in` and says what came.
  ///
  /// A server unmasks in place, so `in` must be writable and nobody else's. Never throws for what a
  /// peer sent.
  public Event next(ByteBuf in) {
    while (step.compareTo(Step.HEADER_DONE) < 0 && in.isReadable()) {
      headerByte(in.readUnsignedByte());
    }
    return switch (step) {
      case FIRST_BYTE, SECOND_BYTE, LENGTH, MASK_KEY -> Event.NEED_MORE;
      case HEADER_DONE -> headerDone();
      case PAYLOAD -> length == 0 ? frameEnd() : payload(in);
      case CLOSED -> drop(in);
      case BAD -> Event.BAD;
    };
  }

  /// The current frame's opcode. From [Event#HEADER] to [Event#FRAME_END].
  public Opcode opcode() {
    return opcode;
  }

  /// TEXT or BINARY: the kind of the message that the current data frame belongs to. From
  /// [Event#HEADER] to [Event#FRAME_END] of a data frame.
  public Opcode messageOpcode() {
    return message;
  }

  /// Whether the current message is compressed. From [Event#HEADER] to [Event#FRAME_END] of a data
  /// frame.
  public boolean isCompressed() {
    return isCompressed;
  }

  /// Whether the current frame is the last of its message; true for control frames.
  public boolean isFinal() {
    return isFinal;
  }

  /// Payload bytes of the current frame that have not been shown yet; with [Event#HEADER] all of
  /// them, at most `maxFrameBytes`.
  public int frameBytes() {
    return (int) length;
  }

  /// Payload bytes at the reader index, with [Event#PAYLOAD].
  public int payloadBytes() {
    return payloadBytes;
  }

  /// Whether a frame or a message has begun and not ended: `WebSocketLimits.messageTimeout` runs.
  public boolean isInsideMessage() {
    return step != Step.CLOSED && (step != Step.FIRST_BYTE || isMessageOpen);
  }

  /// The code to close with, with [Event#BAD]: 1002, 1007 or 1009.
  public int closeCode() {
    return closeCode;
  }

  /// What the peer is told beside the code, with [Event#BAD]: short ASCII, none of it the peer's
  /// own.
  public String closeText() {
    return closeText;
  }

  private void headerByte(int octet) {
    if (step == Step.FIRST_BYTE) {
      firstByte(octet);
    } else if (step == Step.SECOND_BYTE) {
      secondByte(octet);
    } else if (step == Step.LENGTH) {
      length = length << 8 | octet;
      if (--headerBytesMissing == 0) longLengthKnown();
    } else {
      maskKey = maskKey << 8 | octet;
      if (--headerBytesMissing == 0) step = Step.HEADER_DONE;
    }
  }

  private void firstByte(int octet) {
    var known = Opcode.of(octet);
    isFinal = (octet & FIN) != 0;
    if (!mayReserve(octet & RESERVED_BITS, known)) {
      refuse(CloseCode.PROTOCOL_ERROR, "reserved bit set");
    } else if (known == null) {
      refuse(CloseCode.PROTOCOL_ERROR, "reserved opcode");
    } else if (known.isControl() && !isFinal) {
      refuse(CloseCode.PROTOCOL_ERROR, "fragmented control frame");
    } else {
      opcode = known;
      step = Step.SECOND_BYTE;
      if (!opcode.isControl()) joinMessage((octet & COMPRESSED) != 0);
    }
  }

  private boolean mayReserve(int bits, @Nullable Opcode known) {
    if (bits == 0) return true;
    return bits == COMPRESSED
        && compression == Compression.TAKEN
        && (known == Opcode.TEXT || known == Opcode.BINARY);
  }

  private void joinMessage(boolean compressed) {
    var continues = opcode == Opcode.CONTINUATION;
    if (continues && !isMessageOpen) {
      refuse(CloseCode.PROTOCOL_ERROR, "continuation of no message");
    } else if (!continues && isMessageOpen) {
      refuse(CloseCode.PROTOCOL_ERROR, "message inside a message");
    } else if (continues && fragments == limits.maxFragments()) {
      refuse(CloseCode.TOO_BIG, "more than " + fragments + " fragments");
    } else if (continues) {
      fragments++;
    } else {
      openMessage();
      isCompressed = compressed;
    }
  }

  private void openMessage() {
    message = opcode;
    isMessageOpen = true;
    messageBytes = 0;
    fragments = 1;
    textState = Utf8Check.START;
  }

  private void secondByte(int octet) {
    var isMasked = (octet & MASKED) != 0;
    length = octet & ~MASKED;
    if (isMasked != (role == Role.SERVER)) {
      refuse(CloseCode.PROTOCOL_ERROR, isMasked ? "masked frame" : "unmasked frame");
    } else if (opcode.isControl() && length > MAX_CONTROL_BYTES) {
      refuse(CloseCode.PROTOCOL_ERROR, "control frame longer than 125 bytes");
    } else if (length == LENGTH_IN_2_BYTES) {
      expectLength(2, LENGTH_IN_2_BYTES);
    } else if (length == LENGTH_IN_8_BYTES) {
      expectLength(8, 1 << 16);
    } else {
      lengthKnown();
    }
  }

  private void expectLength(int bytes, long shortest) {
    headerBytesMissing = bytes;
    shortestLength = shortest;
    length = 0;
    step = Step.LENGTH;
  }

  private void longLengthKnown() {
    if (length < 0) {
      refuse(CloseCode.PROTOCOL_ERROR, "length of 64 bits");
    } else if (length < shortestLength) {
      refuse(CloseCode.PROTOCOL_ERROR, "length not in its shortest form");
    } else {
      lengthKnown();
    }
  }

  private void lengthKnown() {
    if (!opcode.isControl()) addToMessage();
    if (step == Step.BAD) return;
    headerBytesMissing = Integer.BYTES;
    step = role == Role.SERVER ? Step.MASK_KEY : Step.HEADER_DONE;
  }

  private void addToMessage() {
    if (length > limits.maxFrameBytes()) {
      refuse(CloseCode.TOO_BIG, "frame longer than " + limits.maxFrameBytes() + " bytes");
    } else if (length > limits.maxMessageBytes() - messageBytes) {
      refuse(CloseCode.TOO_BIG, "message longer than " + limits.maxMessageBytes() + " bytes");
    } else {
      messageBytes += (int) length;
    }
  }

  private Event headerDone() {
    step = Step.PAYLOAD;
    return Event.HEADER;
  }

  private Event payload(ByteBuf in) {
    payloadBytes = (int) Math.min(length, in.readableBytes());
    if (payloadBytes == 0) return Event.NEED_MORE;
    length -= payloadBytes;
    if (role == Role.SERVER) {
      maskKey = Mask.apply(in, in.readerIndex(), payloadBytes, maskKey);
    }
    if (isText()) {
      textState = Utf8Check.after(textState, in, in.readerIndex(), payloadBytes);
      if (textState == Utf8Check.BAD) refuse(CloseCode.NOT_UTF8, "text is not UTF-8");
    }
    return step == Step.BAD ? Event.BAD : Event.PAYLOAD;
  }

  private Event frameEnd() {
    step = Step.FIRST_BYTE;
    if (opcode == Opcode.CLOSE) {
      step = Step.CLOSED;
    } else if (!opcode.isControl() && isFinal) {
      isMessageOpen = false;
      if (isText() && textState != Utf8Check.START) {
        refuse(CloseCode.NOT_UTF8, "text ends inside a character");
      }
    }
    return step == Step.BAD ? Event.BAD : Event.FRAME_END;
  }

  private boolean isText() {
    return message == Opcode.TEXT && !isCompressed && !opcode.isControl();
  }

  private static Event drop(ByteBuf in) {
    in.skipBytes(in.readableBytes());
    return Event.NEED_MORE;
  }

  private void refuse(int code, String text) {
    closeCode = code;
    closeText = text;
    step = Step.BAD;
  }
}
