package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Payer;
import io.tidegate.outbound.Encoded;
import io.tidegate.websocket.frame.Deflate;
import io.tidegate.websocket.frame.FrameWriter;
import io.tidegate.websocket.frame.MaskKeys;
import io.tidegate.websocket.frame.Opcode;
import io.tidegate.websocket.frame.Role;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// How messages become frames on one kind of connection: its role, and whether compression was
/// agreed. Safe for any thread, shared by all connections that are alike.
///
/// @param owner whose deflaters are used
/// @param keys a client's, for its masks
/// @param deflate null where messages are sent as they are
record Wire(WebSockets owner, @Nullable MaskKeys keys, @Nullable Deflate deflate) {
  /// Below this a copy costs less than a second buffer in the queue.
  private static final int LEAST_PASSED_ON = 1_024;

  private static final int LONGEST_HEADER_BYTES = 14;
  private static final int LONGEST_CONTROL_BYTES = 131;

  Role role() {
    return keys == null ? Role.SERVER : Role.CLIENT;
  }

  /// Whether a message of the peer may refer to earlier ones.
  boolean remembersMessages() {
    return deflate != null && deflate.takeover();
  }

  FrameWriter writer() {
    return keys == null ? FrameWriter.server() : FrameWriter.client(keys);
  }

  /// Sends a ping that carries `number`, on the loop of `to`.
  void ping(ByteStream to, int number) {
    var out = to.loop().buffers().directBuffer(LONGEST_CONTROL_BYTES);
    writer().ping(out, Unpooled.copyInt(number));
    var _ = to.offer(out, 0, Payer.NOBODY);
  }

  /// Sends a close frame, on the loop of `to`.
  void close(ByteStream to, int code, String text) {
    var out = to.loop().buffers().directBuffer(LONGEST_CONTROL_BYTES);
    writer().close(out, code, text);
    var _ = to.offer(out, 0, Payer.NOBODY);
  }

  /// What a message of `bytes` takes while it waits.
  static int sizeOf(int bytes) {
    return LONGEST_HEADER_BYTES + bytes;
  }

  /// What `payload` takes while it waits: what it pins, if it is passed on.
  int sizeOf(Payload payload) {
    return sizeOf(isPassedOn(payload) ? payload.pinnedBytes() : payload.bytes().readableBytes());
  }

  /// How much of that the sender must pay: a message that is passed on to where it came from is
  /// paid for already.
  int chargeOf(Payload payload, Account payer) {
    var isPaid = isPassedOn(payload) && payload.isPaidBy(payer) && !isDeflated(lengthOf(payload));
    return isPaid ? LONGEST_HEADER_BYTES : sizeOf(payload);
  }

  private static int lengthOf(Payload payload) {
    return payload.bytes().readableBytes();
  }

  /// A client's masks would change bytes that are not its own.
  private boolean isPassedOn(Payload payload) {
    return keys == null && payload.bytes().readableBytes() >= LEAST_PASSED_ON;
  }

  /// A text in one frame.
  Encoded text(String text, int bytes, Account payer, ByteBufAllocator buffers) {
    if (isDeflated(bytes) && payer.charge(Purse.DIRECT, bytes)) {
      var plain = buffers.directBuffer(bytes, bytes);
      try {
        var _ = ByteBufUtil.reserveAndWriteUtf8(plain, text, bytes);
        return bytes(Opcode.TEXT, plain, payer, buffers);
      } finally {
        plain.release();
        payer.release(Purse.DIRECT, bytes);
      }
    }
    var writer = writer();
    var out = buffers.directBuffer(sizeOf(bytes), sizeOf(bytes));
    writer.header(out, Opcode.TEXT, FrameWriter.Part.LAST, bytes);
    int start = out.writerIndex();
    var _ = ByteBufUtil.reserveAndWriteUtf8(out, text, bytes);
    writer.mask(out.slice(start, bytes));
    return Encoded.whole(out);
  }

  /// Bytes in one frame, copied or deflated.
  Encoded bytes(Opcode kind, ByteBuf from, Account payer, ByteBufAllocator buffers) {
    int bytes = from.readableBytes();
    if (isDeflated(bytes)) {
      var deflated = deflated(kind, from, payer, buffers);
      if (deflated != null) return deflated;
    }
    var writer = writer();
    var out = buffers.directBuffer(sizeOf(bytes), sizeOf(bytes));
    writer.header(out, kind, FrameWriter.Part.LAST, bytes);
    int start = out.writerIndex();
    for (var piece : from.nioBuffers()) out.writeBytes(piece);
    writer.mask(out.slice(start, bytes));
    return Encoded.whole(out);
  }

  /// Bytes of a caller's in one frame.
  Encoded bytes(ByteBuffer from, Account payer, ByteBufAllocator buffers) {
    return bytes(Opcode.BINARY, Unpooled.wrappedBuffer(from), payer, buffers);
  }

  /// A peer's message in one frame, passed on where it lies.
  Encoded message(Opcode kind, Payload payload, Account payer, ByteBufAllocator buffers) {
    var from = payload.bytes();
    int bytes = from.readableBytes();
    if (!isPassedOn(payload) || isDeflated(bytes)) return bytes(kind, from, payer, buffers);
    var head = buffers.directBuffer(LONGEST_HEADER_BYTES, LONGEST_HEADER_BYTES);
    writer().header(head, kind, FrameWriter.Part.LAST, bytes);
    var body = from.retainedSlice();
    return payload.isPaidBy(payer)
        ? new Encoded(head, body, payload.pinnedBytes(), payload.share())
        : Encoded.of(head, body);
  }

  private boolean isDeflated(int bytes) {
    return deflate != null && bytes >= deflate.leastBytes();
  }

  private @Nullable Encoded deflated(
      Opcode kind, ByteBuf from, Account payer, ByteBufAllocator buffers) {
    try (var shorter = owner.deflaters().deflate(from, payer, buffers)) {
      if (shorter == null) return null;
      var writer = writer();
      int bytes = shorter.count();
      var out = buffers.directBuffer(sizeOf(bytes), sizeOf(bytes));
      writer.compressed(out, kind, bytes);
      int start = out.writerIndex();
      shorter.copyTo(out);
      writer.mask(out.slice(start, bytes));
      return Encoded.whole(out);
    }
  }
}
