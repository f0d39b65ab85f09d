package io.tidegate.stream;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.Exchange;
import io.tidegate.ledger.Account;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import io.tidegate.net.PieceQueue;
import io.tidegate.outbound.Outbox;

/// Who looks at a stream: one exchange, whose answer it is, as the outbox in front of it sees it.
final class Viewer implements Outbox.Owner, PieceQueue.Sink {
  private final Exchange exchange;
  private final Loop loop;
  private final Account account;
  private final int outboundBytes;
  private long given;

  Viewer(Exchange exchange, int outboundBytes) {
    this.exchange = exchange;
    this.loop = exchange.connection().loop();
    this.account = exchange.connection().account();
    this.outboundBytes = outboundBytes;
  }

  @Override
  public Loop loop() {
    return loop;
  }

  @Override
  public Account account() {
    return account;
  }

  @Override
  public PieceQueue.Sink sink() {
    return this;
  }

  @Override
  public int outboundBytes() {
    return outboundBytes;
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    given++;
    return exchange.offer(piece, owed, payer);
  }

  /// Pieces that it was given. On the loop.
  long given() {
    return given;
  }

  @Override
  public void cut(CutReason reason) {
    exchange.cut(reason);
  }
}
