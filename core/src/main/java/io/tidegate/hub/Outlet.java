package io.tidegate.hub;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import io.tidegate.net.PieceQueue;

/// One peer's way out, as the hub needs it: an answer that goes on, or a WebSocket. See
/// [io.tidegate.hub.outlet.Outlets] for those of this server.
///
/// The hub has at most [HubConfig#aheadBytes] and the message that passes them on their way through
/// an outlet, and gives it the next when the payers of the last were told: so an outlet needs no
/// queue, and all that waits lies in the topics' rings, where it can still be passed over. All
/// methods but [#loop] and [#account] belong to the loop.
public interface Outlet extends PieceQueue.Sink {
  /// Where it lives.
  Loop loop();

  /// What pays for what is copied for this peer, and for its subscriptions.
  Account account();

  /// Puts bytes behind those before, under the rules of [io.tidegate.net.ByteStream#offer]: the
  /// outlet owns the buffer whatever is answered, and `payer` hears of `owed` once they are written
  /// or discarded, which may be at once. False if the outlet is over.
  @Override
  boolean offer(ByteBuf piece, int owed, Payer payer);

  /// Writes what the kernel takes of `piece` at once, under the rules of
  /// [io.tidegate.net.ByteStream#writeNow]: where nothing waits, nothing is kept. Returns how many
  /// bytes those are.
  default int writeNow(ByteBuf piece) {
    return 0;
  }

  /// Whether it takes messages now, besides what the hub counts itself. An outlet that says no
  /// calls [Subscriber#resume] once it does.
  default boolean isWritable() {
    return true;
  }

  /// Ends the peer's connection, and tells it `reason` where its protocol has room for that.
  void cut(CutReason reason);

  /// Ends the connection at once, since a message has only begun to leave: whatever is said behind
  /// it would be taken for a part of it.
  default void reset(CutReason reason) {
    cut(reason);
  }

  /// Closes `resource` when the outlet is over, whatever ended it; at once if it is over already.
  void own(AutoCloseable resource);
}
