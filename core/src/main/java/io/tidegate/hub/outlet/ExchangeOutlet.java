package io.tidegate.hub.outlet;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.Exchange;
import io.tidegate.hub.Outlet;
import io.tidegate.ledger.Account;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;

/// An answer that goes on.
record ExchangeOutlet(Exchange exchange) implements Outlet {
  @Override
  public Loop loop() {
    return exchange.connection().loop();
  }

  @Override
  public Account account() {
    return exchange.connection().account();
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    return exchange.offer(piece, owed, payer);
  }

  /// A stream that was cut tells payers before it tells its end.
  @Override
  public boolean isWritable() {
    return !exchange.stream().isClosed();
  }

  @Override
  public void cut(CutReason reason) {
    exchange.cut(reason);
  }

  @Override
  public void own(AutoCloseable resource) {
    exchange.own(resource);
  }
}
