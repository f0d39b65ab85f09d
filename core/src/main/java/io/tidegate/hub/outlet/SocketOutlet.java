package io.tidegate.hub.outlet;

import io.netty.buffer.ByteBuf;
import io.tidegate.hub.Outlet;
import io.tidegate.ledger.Account;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import io.tidegate.websocket.WebSocket;
import java.util.function.Consumer;

/// An open WebSocket, and how it is cut.
record SocketOutlet(WebSocket socket, Consumer<CutReason> end) implements Outlet {
  @Override
  public Loop loop() {
    return socket.loop();
  }

  @Override
  public Account account() {
    return socket.account();
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    return socket.offer(piece, owed, payer);
  }

  @Override
  public int writeNow(ByteBuf piece) {
    return socket.writeNow(piece);
  }

  /// A stream that was cut tells payers before it tells its end.
  @Override
  public boolean isWritable() {
    return socket.isOpen();
  }

  @Override
  public void cut(CutReason reason) {
    end.accept(reason);
  }

  @Override
  public void reset(CutReason reason) {
    socket.reset(reason);
  }

  @Override
  public void own(AutoCloseable resource) {
    socket.own(resource);
  }
}
