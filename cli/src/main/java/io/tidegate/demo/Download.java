package io.tidegate.demo;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;

/// A body as long as was asked for, made while it is sent: at most 64 KiB ahead of what the kernel
/// has taken, each piece charged before it is made. On the loop.
final class Download implements Payer {
  private static final int PIECE_BYTES = 16 * 1024;
  private static final int MOST_AHEAD = 64 * 1024;
  private static final byte[] PATTERN = pattern();

  private final Exchange exchange;
  private long left;
  private int ahead;
  private boolean pumping;
  private boolean over;

  private Download(Exchange exchange, long bytes) {
    this.exchange = exchange;
    this.left = bytes;
  }

  private static byte[] pattern() {
    var bytes = new byte[PIECE_BYTES];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) ('a' + i % 26);
    return bytes;
  }

  static void send(Exchange exchange, long bytes) {
    var download = new Download(exchange, bytes);
    exchange.own(() -> download.over = true);
    var head = Reply.head(200, "application/octet-stream").buildResponse();
    if (!exchange.respond(head, Framing.length(bytes))) return;
    if (exchange.request().method().equals("HEAD")) exchange.finish(Fields.EMPTY);
    else download.pump();
  }

  /// A piece may be discarded while it is offered, which calls [#released] again: one level does
  /// the work.
  private void pump() {
    if (pumping) return;
    pumping = true;
    while (!over && left > 0 && ahead < MOST_AHEAD) piece();
    if (!over && left == 0) exchange.finish(Fields.EMPTY);
    pumping = false;
  }

  private void piece() {
    int bytes = (int) Math.min(left, PIECE_BYTES);
    var connection = exchange.connection();
    if (!connection.account().charge(Purse.DIRECT, bytes)) {
      exchange.cut(CutReason.MEMORY_REFUSED);
      over = true;
      return;
    }
    ahead += bytes;
    left -= bytes;
    var piece = connection.loop().buffers().directBuffer(bytes).writeBytes(PATTERN, 0, bytes);
    if (!exchange.offer(piece, bytes, this)) over = true;
  }

  @Override
  public void released(int bytes) {
    exchange.connection().account().release(Purse.DIRECT, bytes);
    ahead -= bytes;
    pump();
  }
}
