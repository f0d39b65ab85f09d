package io.tidegate.hub.centrifugo;

import io.netty.buffer.ByteBuf;
import io.tidegate.hub.Outlet;
import io.tidegate.ledger.Account;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import io.tidegate.websocket.WebSocket;

/// A WebSocket's way out that says goodbye in the protocol's own codes.
record ClosingOutlet(Outlet outlet, WebSocket socket) implements Outlet {
  @Override
  public Loop loop() {
    return outlet.loop();
  }

  @Override
  public Account account() {
    return outlet.account();
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    return outlet.offer(piece, owed, payer);
  }

  @Override
  public boolean isWritable() {
    return outlet.isWritable();
  }

  /// A peer that takes nothing does not take this either, and is cut when its time to close is
  /// over.
  @Override
  public void cut(CutReason reason) {
    loop().count(reason);
    var goodbye = Goodbye.of(reason);
    socket.close(goodbye.code(), goodbye.reason());
  }

  @Override
  public void own(AutoCloseable resource) {
    outlet.own(resource);
  }
}
