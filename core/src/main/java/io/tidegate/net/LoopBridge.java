package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One end of a pair of streams that join two loops: what is offered at one end arrives at the other end's reader, on its loop.
///
/// Pieces cross once per tick and direction. Nothing is bounded here but by those who pay: the payer of a piece hears of it, on its
/// own loop, when the reader beyond has released it, so no more is ever under way than the source's window. Each piece costs
/// [PieceQueue#PIECE_BYTES] of the heap purse on the way.
public final class LoopBridge implements ByteStream {
  private final Loop loop;
  private final Account account;
  private final String peer;
  private final ArrayDeque<Debt> debts = new ArrayDeque<>();
  private @Nullable LoopBridge other;
  private List<ByteBuf> leaving = new ArrayList<>();
  private Reader reader = new Discard(this);
  private long queuedBytes;
  private int creditBack;
  private boolean scheduled;
  private boolean creditScheduled;
  private boolean ending;
  private boolean inputEnded;
  private boolean resetting;
  private boolean closed;

  /// A piece that has not been released beyond.
  private static final class Debt {
    private int bytes;
    private final int owed;
    private final Payer payer;

    Debt(int bytes, int owed, Payer payer) {
      this.bytes = bytes;
      this.owed = owed;
      this.payer = payer;
    }
  }

  /// Both ends.
  public record Pair(LoopBridge first, LoopBridge second) {}

  private LoopBridge(Loop loop, Account account, String peer) {
    this.loop = loop;
    this.account = account;
    this.peer = peer;
  }

  /// Joins `first` and `second`; the pieces on their way are charged to `account`.
  public static Pair between(Loop first, Loop second, Account account, String peer) {
    var near = new LoopBridge(first, account, peer);
    var far = new LoopBridge(second, account, peer);
    near.other = far;
    far.other = near;
    return new Pair(near, far);
  }

  private LoopBridge other() {
    return java.util.Objects.requireNonNull(other);
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    if (closed || resetting || ending || !account.charge(Purse.HEAP, PieceQueue.PIECE_BYTES)) {
      piece.release();
      payer.released(owed);
      if (!closed && !resetting && !ending) reset(CutReason.MEMORY_REFUSED);
      return false;
    }
    debts.add(new Debt(piece.readableBytes(), owed, payer));
    queuedBytes += piece.readableBytes();
    leaving.add(piece);
    crossLater();
    return true;
  }

  private void crossLater() {
    if (scheduled) return;
    scheduled = true;
    if (!loop.later(this::cross)) reset(CutReason.CLOSING);
  }

  /// Hands over what was offered in this tick.
  private void cross() {
    scheduled = false;
    if (closed) return;
    var pieces = leaving;
    boolean last = ending;
    leaving = new ArrayList<>();
    if (!other().loop.later(() -> other().arrive(pieces, last))) {
      pieces.forEach(ByteBuf::release);
      reset(CutReason.CLOSING);
    }
  }

  private void arrive(List<ByteBuf> pieces, boolean last) {
    for (var piece : pieces) {
      if (closed || resetting) piece.release();
      else reader.bytes(piece);
    }
    if (!last || closed || resetting) return;
    inputEnded = true;
    reader.end();
    finishIfDone();
  }

  @Override
  public void released(int bytes) {
    creditBack += bytes;
    if (creditScheduled) return;
    creditScheduled = true;
    if (!loop.later(this::giveBack)) creditScheduled = false;
  }

  private void giveBack() {
    creditScheduled = false;
    int bytes = creditBack;
    creditBack = 0;
    var _ = other().loop.later(() -> other().settle(bytes));
  }

  private void settle(int bytes) {
    int left = bytes;
    for (var debt = debts.peek(); debt != null && left > 0; debt = debts.peek()) {
      int taken = Math.min(left, debt.bytes);
      debt.bytes -= taken;
      left -= taken;
      queuedBytes -= taken;
      if (debt.bytes > 0) return;
      pay(debts.remove());
    }
  }

  private void pay(Debt debt) {
    account.release(Purse.HEAP, PieceQueue.PIECE_BYTES);
    debt.payer.released(debt.owed);
  }

  @Override
  public void end() {
    if (ending || closed) return;
    ending = true;
    crossLater();
    finishIfDone();
  }

  /// Both directions have ended in order.
  private void finishIfDone() {
    if (!ending || !inputEnded || closed) return;
    var _ = loop.later(() -> over(null));
  }

  @Override
  public void reset(CutReason reason) {
    if (closed || resetting) return;
    resetting = true;
    var _ = other().loop.later(() -> other().over(reason));
    var _ = loop.later(() -> over(reason));
  }

  private void over(@Nullable CutReason reason) {
    if (closed) return;
    if (reason == null && !leaving.isEmpty()) cross();
    closed = true;
    leaving.forEach(ByteBuf::release);
    leaving = new ArrayList<>();
    if (reason != null) {
      for (var debt = debts.poll(); debt != null; debt = debts.poll()) pay(debt);
    }
    var last = reader;
    reader = new Discard(this);
    last.closed(reason);
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
  public String peer() {
    return peer;
  }

  @Override
  public void read(Reader next) {
    reader = next;
    if (inputEnded && !closed) next.end();
  }

  @Override
  public long queuedBytes() {
    return queuedBytes;
  }

  @Override
  public boolean isClosed() {
    return closed || resetting;
  }
}
