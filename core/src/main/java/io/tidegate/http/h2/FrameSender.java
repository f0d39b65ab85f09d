package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// What a connection sends: control frames and heads at once, then streams that have bytes and
/// credit in turn, once a tick.
///
/// At most [#MOST_WAITING] and one turn of DATA wait in the connection, so that what must go first
/// waits behind no more than that. It pays for its own frames, and so hears when there is room
/// again. Belongs to the connection's loop.
final class FrameSender {
  /// Bytes in the connection beyond which DATA waits in its stream.
  static final int MOST_WAITING = 64 * 1024;

  /// Bytes of heads in the connection beyond which no requests are read: a peer that asks much and
  /// reads little takes its answers first.
  static final int MOST_HEADS = 128 * 1024;

  /// What one stream may send before the next one's turn.
  private static final int TURN = FrameType.MOST_FRAME;

  /// Frames of our own are paid in steps of this.
  private static final int FLOAT = 4 * 1024;

  private final Http2Server server;
  private final Connection connection;
  private final Payer frameHeads = this::left;
  private final Payer heads = this::headsLeft;
  private final Payer controls = this::controlsLeft;
  private final Runnable pump = this::pump;
  private final ArrayDeque<Http2Stream> turns = new ArrayDeque<>();
  private long credit = FrameType.FIRST_WINDOW;
  private long sentBytes;
  private int charged;
  private int waiting;
  private int waitingHeads;
  private int waitingControls;
  private boolean dirty;
  private boolean pumping;

  FrameSender(Http2Server server) {
    this.server = server;
    this.connection = server.connection();
  }

  // ---- frames of our own

  private ByteBuf frame(int type, int flags, int stream, int length) {
    return connection
        .loop()
        .buffers()
        .directBuffer(FrameType.HEADER_BYTES + length)
        .writeMedium(length)
        .writeByte(type)
        .writeByte(flags)
        .writeInt(stream);
  }

  private boolean pay(int bytes) {
    while (waiting + bytes > charged) {
      if (!connection.account().charge(Purse.DIRECT, FLOAT)) return false;
      charged += FLOAT;
    }
    waiting += bytes;
    return true;
  }

  private void offer(ByteBuf frame, Payer payer) {
    int bytes = frame.readableBytes();
    if (!pay(bytes)) {
      frame.release();
      server.refused();
      return;
    }
    if (payer == heads) waitingHeads += bytes;
    else if (payer == controls) waitingControls += bytes;
    var _ = connection.offer(frame, bytes, payer);
  }

  /// Sends a control frame at once. A peer that lets too many wait is cut.
  private void control(ByteBuf frame) {
    if (waitingControls + frame.readableBytes() > server.limits().controlBytes()) {
      frame.release();
      connection.reset(CutReason.FLOOD);
      return;
    }
    offer(frame, controls);
  }

  /// Sends our settings and the connection's window.
  void settings() {
    var limits = server.limits();
    boolean ownTable = limits.tableBytes() != 4096;
    var frame =
        frame(FrameType.SETTINGS, 0, 0, (ownTable ? 5 : 4) * FrameType.SETTING_BYTES)
            .writeShort(FrameType.MAX_CONCURRENT_STREAMS)
            .writeInt(limits.streams())
            .writeShort(FrameType.INITIAL_WINDOW_SIZE)
            .writeInt(limits.firstWindowBytes())
            .writeShort(FrameType.MAX_HEADER_LIST_SIZE)
            .writeInt(limits.listBytes())
            .writeShort(FrameType.ENABLE_CONNECT_PROTOCOL)
            .writeInt(1);
    if (ownTable) frame.writeShort(FrameType.HEADER_TABLE_SIZE).writeInt(limits.tableBytes());
    control(frame);
    int more = limits.connectionWindowBytes() - FrameType.FIRST_WINDOW;
    if (more > 0) update(0, more);
  }

  void acknowledgeSettings() {
    control(frame(FrameType.SETTINGS, FrameType.ACK, 0, 0));
  }

  void pong(long value) {
    control(frame(FrameType.PING, FrameType.ACK, 0, 8).writeLong(value));
  }

  void reset(int stream, Http2Error error) {
    control(frame(FrameType.RST_STREAM, 0, stream, 4).writeInt(error.code()));
  }

  void update(int stream, int bytes) {
    control(frame(FrameType.WINDOW_UPDATE, 0, stream, 4).writeInt(bytes));
  }

  /// Says that streams above `last` were not served, and why; `why` is ASCII.
  void goAway(int last, Http2Error error, String why) {
    var frame = frame(FrameType.GOAWAY, 0, 0, 8 + why.length());
    frame.writeInt(last).writeInt(error.code());
    var _ = io.netty.buffer.ByteBufUtil.writeAscii(frame, why);
    offer(frame, controls);
  }

  /// Sends a field section, in as many frames as the peer's longest demands.
  void section(int stream, ByteBuf block, boolean ends) {
    int most = server.peer().mostFrame();
    int type = FrameType.HEADERS;
    int flags = ends ? FrameType.END_STREAM : 0;
    do {
      int bytes = Math.min(most, block.readableBytes());
      if (bytes == block.readableBytes()) flags |= FrameType.END_HEADERS;
      offer(frame(type, flags, stream, bytes).writeBytes(block, bytes), heads);
      type = FrameType.CONTINUATION;
      flags = 0;
    } while (block.isReadable());
    block.release();
  }

  /// Whether so many heads wait that no request should add to them.
  boolean isCongested() {
    return waitingHeads > MOST_HEADS;
  }

  // ---- streams in turn

  /// The connection's credit; negative never.
  long credit() {
    return credit;
  }

  /// DATA sent on all streams.
  long sentBytes() {
    return sentBytes;
  }

  /// The peer gives `bytes` more for all streams; false if it then had more than may be.
  boolean creditByPeer(int bytes) {
    credit += bytes;
    if (credit > Integer.MAX_VALUE) return false;
    pumpLater();
    return true;
  }

  /// Enters `stream` for a turn, if it has something to send.
  void enlist(Http2Stream stream) {
    if (!stream.isListed() && stream.canSend()) {
      stream.listed(true);
      turns.addLast(stream);
    }
    if (!turns.isEmpty()) pumpLater();
  }

  /// `stream` is over: it waits for no turn, and nothing holds what it was.
  void delist(Http2Stream stream) {
    if (!stream.isListed()) return;
    stream.listed(false);
    var _ = turns.remove(stream);
  }

  private void pumpLater() {
    if (dirty || pumping || turns.isEmpty()) return;
    dirty = true;
    connection.loop().flushLater(pump);
  }

  private void pump() {
    dirty = false;
    if (pumping) return;
    pumping = true;
    try {
      for (var stream = next(); stream != null; stream = next()) {
        turns.removeFirst();
        stream.listed(false);
        stream.takeTurn(TURN);
        if (!stream.isListed() && stream.canSend()) {
          stream.listed(true);
          turns.addLast(stream);
        }
      }
    } finally {
      pumping = false;
    }
  }

  private @Nullable Http2Stream next() {
    if (server.isOver() || connection.isClosed()) return null;
    if (connection.queuedBytes() >= MOST_WAITING) return null;
    var first = turns.peekFirst();
    return credit == 0 ? null : first;
  }

  /// Sends the header of a DATA frame, whose bytes follow at once, and takes their credit; false if
  /// there is no room for it.
  boolean dataHead(int stream, int bytes, boolean ends) {
    if (!pay(FrameType.HEADER_BYTES)) {
      server.refused();
      return false;
    }
    credit -= bytes;
    sentBytes += bytes;
    var head = frame(FrameType.DATA, ends ? FrameType.END_STREAM : 0, stream, 0);
    head.setMedium(0, bytes);
    return connection.offer(head, FrameType.HEADER_BYTES, frameHeads);
  }

  private void headsLeft(int bytes) {
    waitingHeads -= bytes;
    left(bytes);
  }

  private void controlsLeft(int bytes) {
    waitingControls -= bytes;
    left(bytes);
  }

  private void left(int bytes) {
    waiting -= bytes;
    if (waiting == 0) giveBack();
    if (server.isOver() || connection.isClosed()) return;
    server.written();
    pump();
  }

  private void giveBack() {
    if (charged == 0) return;
    connection.account().release(Purse.DIRECT, charged);
    charged = 0;
  }
}
