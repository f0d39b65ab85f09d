package io.tidegate.link;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import org.jspecify.annotations.Nullable;

/// What a link sends: control frames at once, then streams that have bytes and credit in turn.
///
/// At most [#MOST_WAITING] and one turn wait in the wire, so that what must go first waits behind
/// no more than that. It pays for its own headers, and so hears when the wire has room again.
final class Outlet {
  /// Bytes in the wire beyond which data waits in its stream.
  static final int MOST_WAITING = 256 * 1024;

  /// Longest frame that is made of one piece.
  static final int MOST_FRAME = 64 * 1024;

  /// What one stream may send before the next one's turn: one read of its source. A quarter of it
  /// was measured to cost a fifth more CPU in bulk, as every turn is a write at the other end.
  private static final int TURN = 64 * 1024;

  /// Headers are paid in steps of this.
  private static final int FLOAT = 4 * 1024;

  /// Control frames in the wire: an update and a reset of each of 1,024 streams fit twice.
  private static final int MOST_CONTROL = 64 * 1024;

  private final Link link;
  private final ByteStream wire;
  private final Account account;
  private final Payer dataHeaders = this::dataHeadersLeft;
  private final Payer controlFrames = this::controlFramesLeft;
  private final StreamList turns = new StreamList();
  private final StreamList updates = new StreamList();
  private int charged;
  private int waiting;
  private long controlWritten;
  private long controlLeft;
  private long pongMark;
  private int pong;
  private boolean pongWaits;
  private boolean pumping;

  Outlet(Link link, ByteStream wire) {
    this.link = link;
    this.wire = wire;
    this.account = wire.account();
  }

  /// Pays for the first headers; false if there is no room.
  boolean open() {
    return chargeMore();
  }

  private boolean chargeMore() {
    if (!account.charge(Purse.DIRECT, FLOAT)) return false;
    charged += FLOAT;
    return true;
  }

  /// Whether a data frame of `stream` may leave now: one more header is paid, and the wire has
  /// room, which the control stream need not wait for.
  boolean isReadyFor(LinkStream stream) {
    return (isUrgent(stream) || wire.queuedBytes() < MOST_WAITING) && isHeaderPaid();
  }

  private static boolean isUrgent(LinkStream stream) {
    return stream.id() == Frame.CONTROL_STREAM;
  }

  /// Whether so many control frames wait that no new stream should add to them.
  boolean isCongested() {
    return controlWritten - controlLeft >= MOST_CONTROL / 2;
  }

  private boolean isHeaderPaid() {
    return waiting + Frame.HEADER_BYTES <= charged || chargeMore();
  }

  /// Whether `stream` may pass data to the wire now, ahead of nobody whose turn it is.
  boolean isFree(LinkStream stream) {
    return (isUrgent(stream) || turns.isEmpty()) && isReadyFor(stream);
  }

  /// Sends one piece as a frame; [#isFree] has said so.
  boolean data(LinkStream stream, ByteBuf piece, int owed, Payer payer) {
    dataHeader(stream, piece.readableBytes());
    return wire.offer(piece, owed, payer);
  }

  /// Sends the header of a data frame, whose bytes follow at once.
  void dataHeader(LinkStream stream, int bytes) {
    var kind = stream.takeAcknowledgement() ? Frame.Kind.ACKNOWLEDGING_DATA : Frame.Kind.PLAIN_DATA;
    header(kind, stream.id(), bytes, dataHeaders);
  }

  private void header(Frame.Kind kind, int id, int length, Payer payer) {
    waiting += Frame.HEADER_BYTES;
    var header = Frame.header(link.loop().buffers(), kind, id, length);
    var _ = wire.offer(header, Frame.HEADER_BYTES, payer);
  }

  /// Sends a control frame at once. A peer that lets too many wait is cut.
  void control(Frame.Kind kind, int id, int length) {
    if (link.isClosed()) return;
    if (controlWritten - controlLeft >= MOST_CONTROL) link.cut(CutReason.FLOOD);
    else if (!isHeaderPaid()) link.cut(CutReason.MEMORY_REFUSED);
    else write(kind, id, length);
  }

  private void write(Frame.Kind kind, int id, int length) {
    controlWritten += Frame.HEADER_BYTES;
    header(kind, id, length, controlFrames);
  }

  /// The last frame of this link.
  void lastWords(int code) {
    if (isHeaderPaid()) write(Frame.Kind.LEAVE, Frame.SESSION, code);
  }

  /// Gives credit on `stream`, now or when its last update has left: at most one waits.
  void update(LinkStream stream) {
    if (stream.updateMark() > controlLeft) {
      if (!stream.inUpdates().isListed()) updates.addLast(stream.inUpdates());
      return;
    }
    var kind = stream.takeAcknowledgement() ? Frame.Kind.ACKNOWLEDGE : Frame.Kind.CREDIT;
    control(kind, stream.id(), stream.takeCredit());
    stream.updateMark(controlWritten);
  }

  /// Answers a ping, now or when the last answer has left; of those that wait the newest wins.
  void pong(int value) {
    pong = value;
    pongWaits = true;
    sendPong();
  }

  private void sendPong() {
    if (!pongWaits || pongMark > controlLeft) return;
    pongWaits = false;
    control(Frame.Kind.ANSWER, Frame.SESSION, pong);
    pongMark = controlWritten;
  }

  /// Enters `stream` for a turn, if it has something to send; the control stream comes first.
  void enlist(LinkStream stream) {
    if (stream.inTurns().isListed() || !stream.canSend()) return;
    if (isUrgent(stream)) turns.addFirst(stream.inTurns());
    else turns.addLast(stream.inTurns());
  }

  /// Lets streams send while the wire has room.
  void pump() {
    if (pumping) return;
    pumping = true;
    try {
      for (var stream = next(); stream != null; stream = next()) {
        stream.inTurns().leave();
        stream.takeTurn(TURN);
        enlist(stream);
      }
    } finally {
      pumping = false;
    }
  }

  private @Nullable LinkStream next() {
    var stream = turns.first();
    return stream == null || link.isClosed() || !isReadyFor(stream) ? null : stream;
  }

  private void dataHeadersLeft(int bytes) {
    left(bytes);
  }

  private void controlFramesLeft(int bytes) {
    controlLeft += bytes;
    left(bytes);
  }

  private void left(int bytes) {
    waiting -= bytes;
    if (waiting == 0) giveBack();
    if (link.isClosed()) return;
    sendPong();
    sendUpdates();
    pump();
  }

  private void giveBack() {
    int spare = charged - FLOAT;
    if (spare <= 0) return;
    charged -= spare;
    account.release(Purse.DIRECT, spare);
  }

  private void sendUpdates() {
    for (var stream = updates.first();
        stream != null && stream.updateMark() <= controlLeft;
        stream = updates.first()) {
      stream.inUpdates().leave();
      update(stream);
    }
  }
}
