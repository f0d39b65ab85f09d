package io.tidegate.link;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Rate;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import io.tidegate.net.PieceQueue;
import io.tidegate.websocket.frame.CloseCode;
import io.tidegate.websocket.frame.FrameReader;
import io.tidegate.websocket.frame.FrameWriter;
import io.tidegate.websocket.frame.MaskKeys;
import io.tidegate.websocket.frame.Opcode;
import io.tidegate.websocket.frame.Role;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The bytes of a link inside the binary messages of a WebSocket, for proxies that pass nothing
/// else.
///
/// What is offered in one tick leaves as one unfragmented frame, of at most [#MOST_FRAME]. Where
/// the peer's frames end means nothing. Its pings are answered, its close ends the wire, its texts
/// cut it. An agent masks in place, so what it offers must be its own. Belongs to the wire's loop.
public final class WebSocketWire implements ByteStream {
  /// Longest payload of a frame that we send: the longest whose length takes two bytes.
  static final int MOST_FRAME = 0xFFFF;

  private static final int MOST_CONTROL = 125;
  private static final int MOST_HEADER = 14;
  private static final int MOST_CONTROL_FRAME = 131;
  private static final Rate PINGS = new Rate(10, Duration.ofSeconds(1));
  private static final WebSocketLimits LIMITS =
      WebSocketLimits.DEFAULT.withMaxMessageBytes(Integer.MAX_VALUE).withMaxFrameBytes(1 << 20);
  private static final Logger LOG = LoggerFactory.getLogger(WebSocketWire.class);

  private final ByteStream wire;
  private final Role role;
  private final FrameReader frames;
  private final FrameWriter writer;
  private final PieceQueue out;
  private final Payer pongs = _ -> pongLeft();
  private final Rate.Window pings = PINGS.window();
  private final Reader unframing = new Unframing();
  private final Runnable flush = this::flush;
  private @Nullable Reader reader;
  private @Nullable ByteBuf control;
  private @Nullable ByteBuf pong;
  private int passedOn;
  private boolean pongInWire;
  private boolean scheduled;
  private boolean ending;
  private boolean closeSent;

  /// Frames what goes over `wire`; an edge is the WebSocket's server.
  WebSocketWire(ByteStream wire, Link.Side side) {
    this.wire = wire;
    this.role = side == Link.Side.EDGE ? Role.SERVER : Role.CLIENT;
    this.frames = new FrameReader(role, LIMITS);
    this.writer = role == Role.SERVER ? FrameWriter.server() : FrameWriter.client(new MaskKeys());
    this.out = new PieceQueue(wire.loop().buffers(), wire.account());
  }

  // ---- what leaves

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    if (ending || wire.isClosed()) {
      piece.release();
      payer.released(owed);
      return false;
    }
    if (!out.add(piece, owed, payer)) {
      reset(CutReason.MEMORY_REFUSED);
      return false;
    }
    flushLater();
    return true;
  }

  private void flushLater() {
    if (scheduled) return;
    scheduled = true;
    loop().flushLater(flush);
  }

  private void flush() {
    scheduled = false;
    flushFrames();
    if (ending) finish(CloseCode.NORMAL);
  }

  private void frame(int bytes) {
    var header = loop().buffers().directBuffer(MOST_HEADER);
    writer.header(header, Opcode.BINARY, FrameWriter.Part.LAST, bytes);
    var _ = wire.offer(header, 0, Payer.NOBODY);
    for (int left = bytes; left > 0; ) left -= out.moveTo(this::masked, left);
  }

  private boolean masked(ByteBuf piece, int owed, Payer payer) {
    writer.mask(piece);
    return wire.offer(piece, owed, payer);
  }

  @Override
  public void end() {
    if (ending) return;
    ending = true;
    flushLater();
  }

  private void finish(int code) {
    close(code, "");
    wire.end();
  }

  private void close(int code, String text) {
    if (closeSent) return;
    closeSent = true;
    var frame = loop().buffers().directBuffer(MOST_CONTROL_FRAME);
    writer.close(frame, code, text);
    var _ = wire.offer(frame, 0, Payer.NOBODY);
  }

  /// Sends what waits and a close frame that says why, then reads into nothing until the peer has
  /// closed too, or 2 s.
  void endAndDiscard(CutReason reason) {
    ending = true;
    flushFrames();
    close(
        reason.closeCode() == CloseCode.ABNORMAL ? CloseCode.GOING_AWAY : reason.closeCode(),
        reason.text());
    if (wire instanceof Connection connection)
      connection.endAndDiscard(reason, Link.MOST_DISCARDED_BYTES);
    else wire.reset(reason);
  }

  /// A frame ends where a piece does, so that the other end finds the next one whole in a read.
  private void flushFrames() {
    while (!out.isEmpty()) frame(out.wholePieces(MOST_FRAME));
  }

  @Override
  public void reset(CutReason reason) {
    wire.reset(reason);
  }

  // ---- what arrives

  @Override
  public void read(Reader next) {
    reader = next;
    wire.read(unframing);
  }

  /// What reads the wire below: takes also the bytes that came behind the head of the upgrade.
  public Reader reader() {
    return unframing;
  }

  private final class Unframing implements Reader {
    @Override
    public int wanted() {
      int inner = reader == null ? 0 : reader.wanted();
      boolean endsWithin = inner <= frames.frameBytes();
      return endsWithin ? inner : inner + FrameWriter.headerBytes(peer(), MOST_FRAME);
    }

    private Role peer() {
      return role == Role.SERVER ? Role.CLIENT : Role.SERVER;
    }

    @Override
    public void bytes(ByteBuf piece) {
      int all = piece.readableBytes();
      passedOn = 0;
      try {
        unframe(piece);
      } finally {
        piece.release();
        wire.released(all - passedOn);
      }
    }

    @Override
    public void end() {
      if (reader != null) reader.end();
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      dropControl();
      dropPong();
      out.clear();
      if (reader != null) reader.closed(reason);
    }
  }

  /// Passes on the payload in `piece`, whose bytes the reader gives back.
  private void unframe(ByteBuf piece) {
    while (true) {
      switch (frames.next(piece)) {
        case NEED_MORE -> {
          return;
        }
        case HEADER -> {
          if (frames.opcode() == Opcode.TEXT) {
            bad("a text");
            return;
          }
          if (frames.opcode().isControl()) control = loop().buffers().directBuffer(MOST_CONTROL);
        }
        case PAYLOAD -> payload(piece, frames.payloadBytes());
        case FRAME_END -> frameEnd();
        case BAD -> {
          bad(frames.closeText());
          return;
        }
      }
    }
  }

  private void payload(ByteBuf piece, int bytes) {
    if (control != null) {
      control.writeBytes(piece, bytes);
    } else if (reader == null || wire.isClosed()) {
      piece.skipBytes(bytes);
    } else {
      passedOn += bytes;
      reader.bytes(piece.readRetainedSlice(bytes));
    }
  }

  private void frameEnd() {
    if (control == null) return;
    switch (frames.opcode()) {
      case PING -> ping(control);
      case CLOSE -> closedByPeer();
      default -> {}
    }
    dropControl();
  }

  private void ping(ByteBuf payload) {
    if (!pings.tryTake(loop().nanos())) {
      reset(CutReason.FLOOD);
      return;
    }
    dropPong();
    pong = payload.retain();
    sendPong();
  }

  private void sendPong() {
    var answer = pong;
    if (answer == null || pongInWire || wire.isClosed()) return;
    pong = null;
    var frame = loop().buffers().directBuffer(MOST_CONTROL_FRAME);
    writer.pong(frame, answer);
    answer.release();
    pongInWire = true;
    var _ = wire.offer(frame, 1, pongs);
  }

  private void pongLeft() {
    pongInWire = false;
    sendPong();
  }

  private void closedByPeer() {
    flushFrames();
    close(CloseCode.NORMAL, "");
    if (reader != null) reader.end();
  }

  private void bad(String detail) {
    LOG.debug("{}: {}", wire.peer(), detail);
    endAndDiscard(CutReason.BAD_MESSAGE);
  }

  private void dropControl() {
    if (control != null) control.release();
    control = null;
  }

  private void dropPong() {
    if (pong != null) pong.release();
    pong = null;
  }

  // ---- the wire below

  @Override
  public void released(int bytes) {
    wire.released(bytes);
  }

  @Override
  public Loop loop() {
    return wire.loop();
  }

  @Override
  public Account account() {
    return wire.account();
  }

  @Override
  public String peer() {
    return wire.peer();
  }

  @Override
  public long queuedBytes() {
    return out.bytes() + wire.queuedBytes();
  }

  @Override
  public boolean isClosed() {
    return wire.isClosed();
  }
}
