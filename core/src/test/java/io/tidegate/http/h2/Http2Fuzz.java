package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import io.tidegate.fuzz.Finding;
import io.tidegate.http.Exchange;
import io.tidegate.http.HandshakeKey;
import io.tidegate.http.HttpLimits;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.HandLoop;
import io.tidegate.testkit.RawHttp2;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One HTTP/2 connection: the same requests and answers whole and byte by byte, and whatever comes
/// in whatever turns of the loop, no fault of ours, bounded output, and nothing left of it.
///
/// The first byte of an input chooses how it is read. Its lowest bit: the rest is the wire, or else
/// frames in short, each of type, flags, stream, length and payload in one byte each, behind a
/// preface in order. Bits 1 and 2: the peer takes nothing, ends in order. The second byte is the
/// size of slices in the third way of reading.
public final class Http2Fuzz {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  /// Sections that stand for one byte of payload, by the upper bits of a HEADERS frame's type.
  private static final List<byte[]> SECTIONS =
      List.of(
          RawHttp2.request("GET", "a", "/"),
          RawHttp2.request("POST", "a", "/echo", "content-length", "5"),
          RawHttp2.request("POST", "a", "/echo", "te", "trailers", "expect", "100-continue"),
          RawHttp2.request("GET", "a", "/early"),
          RawHttp2.request("POST", "a", "/hold"),
          RawHttp2.request("POST", "a", "/silent"),
          RawHttp2.request("GET", "a", "/large"),
          RawHttp2.request("HEAD", "a", "/large"),
          RawHttp2.request("GET", "a", "/cut"),
          RawHttp2.request("POST", "a", "/late"),
          RawHttp2.request("CONNECT", "a", "/ws", ":protocol", "websocket"),
          RawHttp2.request("CONNECT", "a", "/ws", ":protocol", "other"),
          RawHttp2.section("x-sum", "1"),
          RawHttp2.section(":method", "CONNECT", ":authority", "a:1"),
          RawHttp2.request("GET", "a", "/", "connection", "close"));

  private static final int LARGE = 20_000;

  private static @Nullable HandLoop shared;

  /// Of the shared loop, as its readers are.
  private static @Nullable Http2Stage stage;

  private Http2Fuzz() {}

  /// What a handler was told, in order.
  private static final List<String> TOLD = new ArrayList<>();

  /// Reads `input` in three ways.
  public static void fuzz(byte[] input) {
    if (input.length < 2) return;
    var wire = wire(input);
    int some = 1 + (input[1] & 0xff);
    var whole = inOneTurn(wire, wire.length);
    var single = inOneTurn(wire, 1);
    Finding.unlessEqual(single, whole, "byte by byte it reads as whole");
    inTurns(wire, some, (input[0] & 2) == 0, (input[0] & 4) == 0);
  }

  /// Gives up the loop that all inputs share.
  public static void close() {
    var open = shared;
    shared = null;
    stage = null;
    if (open != null) open.close();
  }

  private static HandLoop loop() {
    var open = shared;
    if (open == null) shared = open = HandLoop.open();
    return open;
  }

  private static HandLoop.Peer connect() {
    var loop = loop();
    var made = stage;
    if (made == null) {
      made =
          new Http2Stage(loop.loops(), HttpLimits.DEFAULT, Http2Limits.DEFAULT, Http2Fuzz::handle);
      stage = made;
    }
    TOLD.clear();
    return loop.connect(made);
  }

  // ---- what is sent

  private static byte[] wire(byte[] input) {
    var wire = new ByteArrayOutputStream();
    if ((input[0] & 1) != 0) {
      wire.write(input, 2, input.length - 2);
      return wire.toByteArray();
    }
    wire.writeBytes(PREFACE);
    wire.writeBytes(RawHttp2.frame(RawHttp2.SETTINGS, 0, 0));
    wire.writeBytes(RawHttp2.frame(RawHttp2.SETTINGS, RawHttp2.ACK, 0));
    for (int at = 2; at + 4 <= input.length; ) {
      int length = Math.min(input[at + 3] & 0xff, input.length - at - 4);
      wire.writeBytes(frame(input, at, length));
      at += 4 + length;
    }
    return wire.toByteArray();
  }

  private static byte[] frame(byte[] input, int at, int length) {
    int type = input[at] & 0x0f;
    int section = (input[at] & 0xf0) >> 4;
    var payload = Arrays.copyOfRange(input, at + 4, at + 4 + length);
    if (type == RawHttp2.HEADERS && section > 0) {
      var canned = SECTIONS.get(section - 1);
      payload = Arrays.copyOf(canned, canned.length + length);
      System.arraycopy(input, at + 4, payload, canned.length, length);
    }
    return RawHttp2.frame(type, input[at + 1] & 0xff, input[at + 2] & 0xff, payload);
  }

  // ---- how it is read

  /// The loop has no turn before all has come, so that only the slices differ.
  private static List<String> inOneTurn(byte[] wire, int step) {
    var peer = connect();
    long faults = peer.internalFaults();
    peer.turn();
    for (int at = 0; at < wire.length && !peer.isGone(); at += step)
      peer.send(wire, at, Math.min(step, wire.length - at));
    peer.turn();
    var seen = new ArrayList<>(TOLD);
    seen.addAll(frames(peer.taken()));
    over(peer, faults, wire.length);
    return seen;
  }

  private static void inTurns(byte[] wire, int step, boolean takes, boolean ends) {
    var peer = connect();
    long faults = peer.internalFaults();
    for (int at = 0; at < wire.length && peer.isRead(); at += step) {
      peer.send(wire, at, Math.min(step, wire.length - at));
      if (!takes && at > wire.length / 2) peer.takes(false);
      peer.turn();
    }
    if (ends) peer.end();
    peer.turn();
    peer.takes(true);
    peer.turn();
    over(peer, faults, wire.length);
  }

  private static void over(HandLoop.Peer peer, long faults, int sent) {
    int bound = 64 * 1024 + 512 * sent;
    int taken = peer.taken().length;
    Finding.unless(taken <= bound, "what is answered is bounded", taken);
    peer.vanish();
    Finding.unless(peer.internalFaults() == faults, "no fault of ours", loop().left());
    var left = loop().left();
    Finding.unless(left.isEmpty(), "nothing is left of a connection", left);
  }

  /// What was answered, but for field sections, whose dates differ, and what DATA says.
  private static List<String> frames(byte[] taken) {
    var frames = new ArrayList<String>();
    var in = ByteBuffer.wrap(taken);
    while (in.remaining() >= FrameType.HEADER_BYTES) {
      int lengthAndType = in.getInt();
      int length = lengthAndType >>> 8;
      int type = lengthAndType & 0xff;
      var head = type + " " + in.get() + " " + in.getInt();
      Finding.unless(length <= in.remaining(), "frames are whole", head);
      var payload = new byte[length];
      in.get(payload);
      frames.add(
          switch (type) {
            case FrameType.HEADERS, FrameType.CONTINUATION -> head;
            case FrameType.DATA -> head + " " + length;
            default -> head + " " + Arrays.toString(payload);
          });
    }
    Finding.unless(!in.hasRemaining(), "frames are whole", in.remaining());
    return frames;
  }

  // ---- what answers

  private static void handle(Exchange exchange) {
    var asked = exchange.request();
    TOLD.add(asked.method() + " " + asked.target() + " " + asked.authority());
    TOLD.add(exchange.bodyFraming() + " " + asked.fields().size());
    if (exchange.asksFor("websocket")) {
      open(exchange);
      return;
    }
    switch (asked.target()) {
      case "/hold" -> exchange.read(new Noting(exchange));
      case "/silent" -> exchange.own(() -> TOLD.add("over"));
      case "/late" -> exchange.read(new Late(exchange));
      case "/cut" -> exchange.cut(CutReason.OVERLOADED);
      case "/large" -> Answering.text(exchange, "x".repeat(LARGE));
      case "/echo", "/early" -> new Answering().handle(exchange);
      default -> Answering.text(exchange, "hello");
    }
  }

  private static class Noting extends Answering.Discarding {
    private int bytes;

    Noting(Exchange exchange) {
      super(exchange);
    }

    @Override
    public void bytes(ByteBuf piece) {
      bytes += piece.readableBytes();
      super.bytes(piece);
    }

    @Override
    public void end(Fields trailers) {
      TOLD.add("end after " + bytes + ", " + trailers);
    }

    @Override
    public void failed(CutReason reason) {
      TOLD.add("failed, " + reason);
    }
  }

  /// Answers when the body is whole.
  private static final class Late extends Noting {
    private final Exchange exchange;

    Late(Exchange exchange) {
      super(exchange);
      this.exchange = exchange;
    }

    @Override
    public void end(Fields trailers) {
      super.end(trailers);
      Answering.text(exchange, "late");
    }
  }

  private static void open(Exchange exchange) {
    var key = exchange.request().fields().value(FieldName.SEC_WEBSOCKET_KEY);
    var head =
        new HeadBuilder()
            .response(101)
            .field(FieldName.UPGRADE, "websocket")
            .field(FieldName.SEC_WEBSOCKET_ACCEPT, HandshakeKey.accept(key == null ? "" : key))
            .buildResponse();
    var _ = exchange.upgrade(head, new Mirror(exchange.stream()));
  }

  /// Sends back what comes on an open stream of bytes.
  private record Mirror(ByteStream stream) implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      var _ = stream.offer(piece, piece.readableBytes(), stream);
    }

    @Override
    public void end() {
      TOLD.add("half");
      stream.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      TOLD.add("closed, " + reason);
    }
  }
}
