package io.tidegate.demo;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.tidegate.http.Exchange;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.Http1Request;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Payer;
import io.tidegate.websocket.ServerHandshake;
import io.tidegate.websocket.frame.CloseCode;
import io.tidegate.websocket.frame.FrameReader;
import io.tidegate.websocket.frame.FrameWriter;
import io.tidegate.websocket.frame.Opcode;
import io.tidegate.websocket.frame.Role;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A WebSocket that sends every message back as its bytes arrive, and the time once a second
/// between messages.
///
/// It gathers nothing: what arrived pays for its echo, so a peer that does not read is not read
/// from. On the loop.
final class EchoSocket implements ByteStream.Reader, AutoCloseable {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final int LONGEST_HEADER_BYTES = 10;
  private static final int LONGEST_CLOSE_BYTES = 131;

  private final Connection connection;
  private final FrameReader frames = new FrameReader(Role.SERVER, WebSocketLimits.DEFAULT);
  private final FrameWriter writer = FrameWriter.server();
  private final Deadline clock;
  private final Deadline message;
  private boolean echoing;
  private boolean over;

  private EchoSocket(Connection connection) {
    this.connection = connection;
    this.clock = connection.loop().deadline(this::tick);
    this.message = connection.loop().deadline(this::messageTooSlow);
  }

  static void open(Exchange exchange) {
    var request =
        new Http1Request(
            exchange.request(),
            1,
            exchange.bodyFraming(),
            true,
            exchange.asksFor("websocket"),
            false);
    switch (ServerHandshake.DEFAULT.answer(request, new HeadBuilder())) {
      case ServerHandshake.Answer.Refused refused ->
          Reply.text(exchange, refused.head().status(), refused.reason());
      case ServerHandshake.Answer.Accepted accepted -> {
        var socket = new EchoSocket(exchange.connection());
        var _ = exchange.connection().own(socket);
        exchange.connection().holdLittle();
        socket.clock.in(SECOND);
        var _ = exchange.upgrade(accepted.head(), socket);
      }
    }
  }

  @Override
  public void bytes(ByteBuf piece) {
    try {
      while (step(piece)) {}
    } finally {
      discard(piece, piece.readableBytes());
      piece.release();
    }
    if (!over && frames.isInsideMessage() && !message.isArmed())
      message.in(WebSocketLimits.DEFAULT.messageTimeout());
  }

  /// One event of the frames in `piece`; false when nothing more can be made of it.
  private boolean step(ByteBuf piece) {
    if (over) return false;
    int before = piece.readerIndex();
    var event = frames.next(piece);
    int header = piece.readerIndex() - before;
    switch (event) {
      case NEED_MORE -> connection.released(header);
      case HEADER -> header(header);
      case PAYLOAD -> {
        connection.released(header);
        payload(piece);
      }
      case FRAME_END -> {
        connection.released(header);
        frameEnd();
      }
      case BAD -> {
        connection.released(header);
        bad();
      }
    }
    return event != FrameReader.Event.NEED_MORE && event != FrameReader.Event.BAD;
  }

  /// The echo's header is paid by the header that came, so that empty frames cannot pile up.
  private void header(int bytes) {
    var answer =
        switch (frames.opcode()) {
          case PING -> Opcode.PONG;
          case CLOSE, PONG -> null;
          case TEXT, BINARY, CONTINUATION -> frames.opcode();
        };
    echoing = answer != null;
    if (answer == null) {
      connection.released(bytes);
      return;
    }
    var part = frames.isFinal() ? FrameWriter.Part.LAST : FrameWriter.Part.FRAGMENT;
    var out = connection.loop().buffers().directBuffer(LONGEST_HEADER_BYTES);
    writer.header(out, answer, part, frames.frameBytes());
    var _ = connection.offer(out, bytes, connection);
  }

  private void payload(ByteBuf piece) {
    int bytes = frames.payloadBytes();
    if (echoing) {
      var _ = connection.offer(piece.readRetainedSlice(bytes), bytes, connection);
    } else {
      discard(piece, bytes);
    }
  }

  private void discard(ByteBuf piece, int bytes) {
    piece.skipBytes(bytes);
    if (bytes > 0) connection.released(bytes);
  }

  private void frameEnd() {
    echoing = false;
    if (!frames.isInsideMessage()) message.disarm();
    if (frames.opcode() == Opcode.CLOSE) close(CloseCode.NORMAL, "", null);
  }

  /// Inside a frame of ours there is no room for a close frame.
  private void bad() {
    if (echoing) connection.reset(CutReason.BAD_MESSAGE);
    else close(frames.closeCode(), frames.closeText(), CutReason.BAD_MESSAGE);
  }

  private void messageTooSlow() {
    if (over) return;
    var slow = CutReason.MESSAGE_TIMEOUT;
    if (echoing) connection.reset(slow);
    else close(slow.closeCode(), slow.text(), slow);
  }

  private void close(int code, String text, @Nullable CutReason reason) {
    over = true;
    var out = connection.loop().buffers().directBuffer(LONGEST_CLOSE_BYTES);
    writer.close(out, code, text);
    var _ = connection.offer(out, 0, Payer.NOBODY);
    connection.endAndDiscard(reason);
  }

  /// Between messages only, and only to a peer that reads.
  private void tick() {
    if (over) return;
    clock.in(SECOND);
    if (frames.isInsideMessage() || connection.queuedBytes() > 0) return;
    var text = "time " + Instant.now();
    var out = connection.loop().buffers().directBuffer(LONGEST_HEADER_BYTES + text.length());
    writer.header(out, Opcode.TEXT, FrameWriter.Part.LAST, text.length());
    var _ = ByteBufUtil.writeAscii(out, text);
    var _ = connection.offer(out, 0, Payer.NOBODY);
  }

  @Override
  public void end() {
    connection.end();
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    over = true;
    close();
  }

  @Override
  public void close() {
    clock.close();
    message.close();
  }
}
