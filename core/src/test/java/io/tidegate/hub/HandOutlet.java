package io.tidegate.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// An outlet whose peer takes as many bytes as a test says, and no more. All of it belongs to its
/// loop.
final class HandOutlet implements Outlet {
  private final Loop loop;
  private final Account account;
  private final Queue<Piece> queued = new ArrayDeque<>();
  private final ArrayDeque<AutoCloseable> owned = new ArrayDeque<>();
  private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
  private final AtomicLong offered;
  private long offeredBefore;
  private int pieces;
  private int takesNow;
  private @Nullable CutReason cut;
  private boolean isReset;
  private boolean over;

  /// What waits of a piece, and who hears when it has left.
  private static final class Piece {
    private final byte[] bytes;
    private final int owed;
    private final Payer payer;
    private int at;

    Piece(byte[] bytes, int owed, Payer payer) {
      this.bytes = bytes;
      this.owed = owed;
      this.payer = payer;
    }
  }

  /// An outlet that adds to `offered`, with others, what it is offered.
  HandOutlet(Loop loop, Account parent, AtomicLong offered) {
    this.offered = offered;
    this.loop = loop;
    this.account = parent.open("outlet", new Budget(2 << 20, 2 << 20));
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
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    if (over) {
      piece.release();
      payer.released(owed);
      return false;
    }
    offeredBefore = offered.getAndAdd(piece.readableBytes());
    pieces++;
    queued.add(new Piece(ByteBufUtil.getBytes(piece), owed, payer));
    piece.release();
    return true;
  }

  /// The kernel takes so many bytes of the next message at once.
  boolean takesNow(int bytes) {
    takesNow = bytes;
    return true;
  }

  @Override
  public int writeNow(ByteBuf piece) {
    int bytes = Math.min(takesNow, piece.readableBytes());
    takesNow = 0;
    taken.writeBytes(ByteBufUtil.getBytes(piece, piece.readerIndex(), bytes));
    return bytes;
  }

  /// The peer takes up to `most` bytes. Returns how many it took.
  int take(int most) {
    int left = most;
    while (left > 0 && !queued.isEmpty()) {
      var piece = queued.element();
      int bytes = Math.min(left, piece.bytes.length - piece.at);
      taken.write(piece.bytes, piece.at, bytes);
      piece.at += bytes;
      left -= bytes;
      if (piece.at < piece.bytes.length) break;
      var _ = queued.remove();
      piece.payer.released(piece.owed);
    }
    return most - left;
  }

  /// All that the peer has taken.
  byte[] taken() {
    return taken.toByteArray();
  }

  /// How many bytes all outlets had been offered before the last piece of this one.
  long offeredBefore() {
    return offeredBefore;
  }

  /// In how many pieces it was offered all that it was.
  int pieces() {
    return pieces;
  }

  @Nullable CutReason cutReason() {
    return cut;
  }

  @Override
  public void cut(CutReason reason) {
    cut = reason;
    close();
  }

  @Override
  public void reset(CutReason reason) {
    isReset = true;
    cut(reason);
  }

  boolean wasReset() {
    return isReset;
  }

  @Override
  public void own(AutoCloseable resource) {
    owned.push(resource);
  }

  /// The peer goes.
  void close() {
    if (over) return;
    over = true;
    for (var piece = queued.poll(); piece != null; piece = queued.poll())
      piece.payer.released(piece.owed);
    try {
      while (!owned.isEmpty()) owned.pop().close();
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
