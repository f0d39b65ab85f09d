package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Rate;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Payer;

/// Answers pings: up to [#MOST_ON_THEIR_WAY] pongs are on their way to a peer, and one waits behind
/// them, the newest, however many pings come (RFC 6455 §5.5.3 allows it).
///
/// All are charged. On the connection's loop.
final class Pongs {
  private static final int LONGEST_BYTES = 131;

  /// More than one, for pings that come in one read: Autobahn sends ten and wants ten answers.
  private static final int MOST_ON_THEIR_WAY = 16;

  /// What those before the last may owe.
  private static final int MOST_OWED = (MOST_ON_THEIR_WAY - 1) * LONGEST_BYTES;

  private final ByteStream stream;
  private final Wire wire;
  private final Rate.Window pings;
  private final WaitingPong waiting = new WaitingPong();
  private final Payer payer = this::written;

  /// What was charged for pongs that are on their way: parts of one may have left.
  private int owed;

  /// Answers as many pings as `pings` lets come.
  Pongs(ByteStream stream, Wire wire, Rate pings) {
    this.stream = stream;
    this.wire = wire;
    this.pings = pings.window();
  }

  /// Whether one more ping may come now.
  boolean admits(long nowNanos) {
    return pings.tryTake(nowNanos);
  }

  /// Answers `ping`, now or once the pong before has left. False if the account has no room.
  boolean answer(ByteBuf ping) {
    waiting.answer(ping);
    return owed > MOST_OWED || send();
  }

  /// Whether none is on its way, nor waits.
  boolean isAtRest() {
    return owed == 0 && !waiting.isWaiting();
  }

  private boolean send() {
    if (!stream.account().charge(Purse.DIRECT, LONGEST_BYTES)) return false;
    owed += LONGEST_BYTES;
    var out = stream.loop().buffers().directBuffer(LONGEST_BYTES);
    waiting.writeTo(out, wire.writer());
    var _ = stream.offer(out, LONGEST_BYTES, payer);
    return true;
  }

  private void written(int bytes) {
    stream.account().release(Purse.DIRECT, bytes);
    owed -= bytes;
    if (waiting.isWaiting() && owed <= MOST_OWED && !stream.isClosed()) {
      var _ = send();
    }
  }
}
