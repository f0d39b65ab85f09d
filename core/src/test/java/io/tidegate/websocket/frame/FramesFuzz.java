package io.tidegate.websocket.frame;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.tidegate.fuzz.Finding;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.websocket.frame.FrameWriter.Part;
import io.tidegate.websocket.frame.MessageReader.Found;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// What a WebSocket's peer sends: the same messages whole and in slices, within the memory that was
/// promised, and read back as they were if they are written again, plain or deflated.
///
/// The first byte of an input chooses role, compression, limits and memory; the rest is the wire.
public final class FramesFuzz {
  private static final int MOST_MESSAGE = 32 * 1024;

  /// One message, what its store has to spare, an inflater, a control frame.
  private static final int MOST_HELD = MOST_MESSAGE + 64 * 1024 + Inflaters.PRICE + 256;

  private static final WebSocketLimits LIMITS =
      WebSocketLimits.DEFAULT.withMaxMessageBytes(MOST_MESSAGE).withMaxFragments(64);
  private static final WebSocketLimits TIGHT =
      WebSocketLimits.DEFAULT.withMaxMessageBytes(300).withMaxFrameBytes(200).withMaxFragments(3);

  /// Not watched by Netty: it would note each of too many accesses, and what is out is known.
  private static final UnpooledByteBufAllocator BUFFERS = new UnpooledByteBufAllocator(true, true);

  private static final Inflaters INFLATERS = new Inflaters(new byte[8 * 1024]);
  private static final Deflaters DEFLATERS = new Deflaters(Ledger.open(new Budget(1 << 20, 1)), 1);
  private static final MaskKeys KEYS = new MaskKeys();

  private FramesFuzz() {}

  /// How an input is read.
  private record Setup(
      Role role, boolean inflates, boolean takeover, boolean tight, boolean poor, boolean takes) {
    static Setup of(int bits) {
      return new Setup(
          (bits & 1) == 0 ? Role.SERVER : Role.CLIENT,
          (bits & 2) != 0,
          (bits & 4) != 0,
          (bits & 8) != 0,
          (bits & 16) != 0,
          (bits & 32) != 0);
    }

    MessageReader open(Account account) {
      return open(tight ? TIGHT : LIMITS, account);
    }

    MessageReader open(WebSocketLimits limits, Account account) {
      if (!inflates) return new MessageReader(role, limits, account, BUFFERS);
      var deflate = new Deflate(1_032, 1, takeover);
      return MessageReader.inflating(role, limits, deflate, INFLATERS, account, BUFFERS);
    }
  }

  /// Reads `input` in three ways.
  public static void fuzz(byte[] input) {
    if (input.length == 0) return;
    var setup = Setup.of(input[0]);
    var whole = read(setup, input, Math.max(1, input.length - 1));
    var single = read(setup, input, 1);
    var some = read(setup, input, 2 + input.length % 13);
    // what fits depends on what must be kept, and that on the slices
    if (setup.poor) return;
    Finding.unlessEqual(single, whole, "byte by byte it reads as whole");
    Finding.unlessEqual(some, whole, "in slices it reads as whole");
  }

  private static List<String> read(Setup setup, byte[] input, int step) {
    var account = Ledger.open(new Budget(setup.poor ? 2_000 + 64 * input.length : MOST_HELD, 1));
    var lines = new ArrayList<String>();
    try (var reader = setup.open(account)) {
      for (int at = 1; at < input.length; at += step) {
        var piece = slice(input, at, Math.min(step, input.length - at));
        try {
          if (!take(setup, reader, account, piece, lines)) break;
        } finally {
          piece.release();
        }
      }
    }
    Finding.unless(account.held(Purse.DIRECT) == 0, "nothing is charged at the end", lines);
    Finding.unless(bytesOut() == 0, "no buffer is out at the end", lines);
    return lines;
  }

  /// Short ones on the heap, others outside: masks are undone in two ways.
  private static ByteBuf slice(byte[] input, int at, int bytes) {
    return bytes == 1
        ? Unpooled.wrappedBuffer(new byte[] {input[at]})
        : BUFFERS.directBuffer(bytes).writeBytes(input, at, bytes);
  }

  private static long bytesOut() {
    return BUFFERS.metric().usedDirectMemory() + BUFFERS.metric().usedHeapMemory();
  }

  /// False if nothing more is read.
  private static boolean take(
      Setup setup, MessageReader reader, Account account, ByteBuf piece, List<String> lines) {
    while (true) {
      var found = reader.next(piece);
      switch (found) {
        case NEED_MORE -> {
          Finding.unless(!piece.isReadable(), "all of a slice is read", lines);
          return true;
        }
        case NO_ROOM -> {
          Finding.unless(setup.poor, "there is room for what may be sent", lines);
          return false;
        }
        case BAD -> {
          lines.add(refusal(setup, reader));
          return false;
        }
        case MESSAGE, PING, PONG, CLOSE ->
            lines.add(shown(setup, found, reader, account, lines.size()));
      }
    }
  }

  private static String refusal(Setup setup, MessageReader reader) {
    int code = reader.closeCode();
    var text = reader.closeText();
    boolean known =
        code == CloseCode.PROTOCOL_ERROR || code == CloseCode.NOT_UTF8 || code == CloseCode.TOO_BIG;
    Finding.unless(known && text.length() <= CloseFrame.MAX_REASON_BYTES, "refused by name", text);
    // whether garbage or length is seen first depends on how far one step of the inflater goes
    return setup.inflates ? "BAD" : "BAD " + code + " " + text;
  }

  private static String shown(
      Setup setup, Found found, MessageReader reader, Account account, int soFar) {
    var payload = reader.payload();
    var kind = found == Found.MESSAGE ? reader.kind().name() : found.name();
    int most = found != Found.MESSAGE ? 125 : setup.tight ? 300 : MOST_MESSAGE;
    Finding.unless(payload.readableBytes() <= most, "no longer than may be", kind);
    if (kind.equals("TEXT")) Finding.unless(isUtf8(payload), "a text is UTF-8", hex(payload));
    if (found == Found.CLOSE) close(payload);
    if (found == Found.MESSAGE && soFar < 4) writtenBack(setup, reader.kind(), payload);
    var line = kind + " " + payload.readableBytes() + " " + ByteBufUtil.hashCode(payload);
    if (setup.takes && found == Found.MESSAGE && reader.isKept()) {
      var taken = reader.takeKept();
      taken.bytes().release();
      account.release(Purse.DIRECT, taken.chargedBytes());
    }
    return line;
  }

  private static String hex(ByteBuf payload) {
    return ByteBufUtil.hexDump(payload);
  }

  private static boolean isUtf8(ByteBuf payload) {
    try {
      var _ = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(payload)));
      return true;
    } catch (CharacterCodingException not) {
      return false;
    }
  }

  private static byte[] bytes(ByteBuf payload) {
    return ByteBufUtil.getBytes(payload);
  }

  private static void close(ByteBuf payload) {
    var frame = CloseFrame.read(payload);
    boolean right = frame.code() == CloseCode.NO_STATUS || CloseCode.isSendable(frame.code());
    Finding.unless(right, "a code that may be answered with", frame);
    var out = BUFFERS.directBuffer(256);
    try {
      FrameWriter.server().close(out, frame.code(), frame.reason());
      Finding.unless(out.readableBytes() <= 127, "a close frame is short", frame);
    } finally {
      out.release();
    }
  }

  // ---- written again

  private static void writtenBack(Setup setup, Opcode kind, ByteBuf payload) {
    if (payload.readableBytes() > 4_096) return;
    var sender = setup.role == Role.SERVER ? FrameWriter.client(KEYS) : FrameWriter.server();
    var wire = BUFFERS.directBuffer(payload.readableBytes() + 64);
    try {
      int length = payload.readableBytes();
      sender.header(wire, kind, Part.LAST, length);
      int header = FrameWriter.headerBytes(sender.role(), length);
      Finding.unless(wire.readableBytes() == header, "a header of its length", header);
      wire.writeBytes(payload, payload.readerIndex(), length);
      sender.mask(wire.slice(header, length));
      readsAs(setup, wire, kind, payload);
      if (setup.inflates) deflated(setup, sender, kind, payload, wire.clear());
    } finally {
      wire.release();
    }
  }

  private static void deflated(
      Setup setup, FrameWriter sender, Opcode kind, ByteBuf payload, ByteBuf wire) {
    var payer = Ledger.open(new Budget(1 << 20, 1));
    var copy = BUFFERS.directBuffer(payload.readableBytes() + 1).writeBytes(bytes(payload));
    try (var shorter = DEFLATERS.deflate(copy, payer, BUFFERS)) {
      if (shorter == null) return;
      Finding.unless(shorter.count() < payload.readableBytes(), "shorter", shorter.count());
      sender.compressed(wire, kind, shorter.count());
      shorter.copyTo(wire);
      sender.mask(wire.slice(wire.writerIndex() - shorter.count(), shorter.count()));
      readsAs(setup, wire, kind, payload);
    } finally {
      copy.release();
    }
    Finding.unless(payer.held(Purse.DIRECT) == 0, "a deflated message is given back", payload);
  }

  private static void readsAs(Setup setup, ByteBuf wire, Opcode kind, ByteBuf payload) {
    var account = Ledger.open(new Budget(MOST_HELD, 1));
    try (var reader = setup.open(LIMITS, account)) {
      var found = reader.next(wire);
      boolean same =
          found == Found.MESSAGE
              && reader.kind() == kind
              && ByteBufUtil.equals(reader.payload(), payload);
      Finding.unless(same, "a message that is written again reads as it was", hex(payload));
    }
    Finding.unless(account.held(Purse.DIRECT) == 0, "and costs nothing afterwards", kind);
  }
}
