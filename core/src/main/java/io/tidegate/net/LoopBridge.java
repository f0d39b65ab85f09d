package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A stream from one loop to another: what one end is offered arrives at the other end's reader, on
/// its loop.
///
/// For a visitor whose tunnel has no link on the visitor's loop. Bytes stay charged to their payer
/// until the reader at the other end has released them; then the payer is told, on its own loop.
/// Each way at most [#WINDOW_BYTES] and one piece are in passage, the rest waits at the end where
/// it was offered. Each end posts at most one task a tick to the other, whatever it has to say.
public final class LoopBridge {
  /// What may have left one loop and not be released on the other, besides the piece that fills it.
  static final int WINDOW_BYTES = 64 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(LoopBridge.class);

  private LoopBridge() {}

  /// The two ends, each of which belongs to its loop.
  ///
  /// @param a on the first loop
  /// @param b on the second
  public record Pair(ByteStream a, ByteStream b) {}

  /// Builds a bridge between `a` and `b`, whose entries are charged to a child of `parent`. Until
  /// an end is given a reader it discards what comes. Safe for any thread.
  public static Pair between(Loop a, Loop b, Account parent) {
    var account = parent.open("bridge " + a + " to " + b, ListenerConfig.CONNECTION_LIMITS);
    var open = new AtomicInteger(2);
    var first = new End(a, account, open);
    var second = new End(b, account, open);
    first.other = second;
    second.other = first;
    return new Pair(first, second);
  }

  /// What one end tells the other at the end of a tick.
  ///
  /// @param pieces bytes, owned by the receiver
  /// @param released how many earlier bytes of the receiver's are held no longer
  /// @param ends whether the sender's direction has ended behind `pieces`
  /// @param cut why both directions are over, or null
  private record Parcel(
      List<ByteBuf> pieces, long released, boolean ends, @Nullable CutReason cut) {
    boolean isEmpty() {
      return pieces.isEmpty() && released == 0 && !ends && cut == null;
    }
  }

  private static final class End implements ByteStream {
    private final Loop loop;
    private final Account account;
    private final AtomicInteger open;
    private final PieceQueue out;
    private final Runnable flush = this::flush;
    private @Nullable End other;
    private Reader reader = new Discard(this);
    private @Nullable CutReason reason;
    private @Nullable CutReason untold;
    private long passing;
    private long discarded;
    private long released;
    private boolean dirty;
    private boolean ending;
    private boolean endSent;
    private boolean inputEnded;
    private boolean over;
    private boolean closed;
    private boolean left;

    End(Loop loop, Account account, AtomicInteger open) {
      this.loop = loop;
      this.account = account;
      this.open = open;
      this.out = new PieceQueue(loop.buffers(), account);
    }

    @Override
    public boolean offer(ByteBuf piece, int owed, Payer payer) {
      if (over || ending) {
        piece.release();
        payer.released(owed);
        return false;
      }
      if (!out.add(piece, owed, payer)) {
        reset(CutReason.MEMORY_REFUSED);
        return false;
      }
      flushLater();
      return true;
    }

    @Override
    public void released(int bytes) {
      released += bytes;
      flushLater();
    }

    @Override
    public void end() {
      if (ending || over) return;
      ending = true;
      flushLater();
    }

    @Override
    public void reset(CutReason cause) {
      if (over) return;
      loop.count(cause);
      untold = cause;
      cut(cause);
    }

    /// What waits here is discarded. What is in passage stays charged until the other end has
    /// released it, and payers behind it hear of theirs then.
    private void cut(CutReason cause) {
      over = true;
      reason = cause;
      for (var piece = out.take(); piece != null; piece = out.take()) {
        discarded += piece.readableBytes();
        piece.release();
      }
      flushLater();
    }

    private void flushLater() {
      if (dirty) return;
      dirty = true;
      loop.flushLater(flush);
    }

    private void flush() {
      dirty = false;
      var pieces = takePieces();
      boolean ends = ending && !endSent && !over && out.isEmpty();
      if (ends) endSent = true;
      var parcel = new Parcel(pieces, released, ends, untold);
      released = 0;
      untold = null;
      if (!parcel.isEmpty()) send(parcel);
      if (inputEnded && endSent) over = true;
      if (over) close();
    }

    private List<ByteBuf> takePieces() {
      if (over || out.isEmpty() || passing >= WINDOW_BYTES) return List.of();
      var pieces = new ArrayList<ByteBuf>();
      while (passing < WINDOW_BYTES) {
        var piece = out.take();
        if (piece == null) break;
        passing += piece.readableBytes();
        pieces.add(piece);
      }
      return pieces;
    }

    private void send(Parcel parcel) {
      var to = java.util.Objects.requireNonNull(other);
      if (to.loop.later(() -> to.receive(parcel))) return;
      parcel.pieces().forEach(ByteBuf::release);
      out.clear(); // the other loop has ended, and nobody will release anything there
      passing = 0;
      discarded = 0;
      if (!over) cut(CutReason.CLOSING);
    }

    private void receive(Parcel parcel) {
      if (parcel.released() > 0) settle(parcel.released());
      parcel.pieces().forEach(this::deliver);
      if (parcel.ends() && !over) inputEnds();
      var cut = parcel.cut();
      if (cut != null && !over) cut(cut);
    }

    private void settle(long bytes) {
      passing -= bytes;
      out.settle(bytes);
      flushLater();
    }

    private void deliver(ByteBuf piece) {
      if (over) {
        released += piece.readableBytes();
        piece.release();
        flushLater();
        return;
      }
      try {
        reader.bytes(piece);
      } catch (Throwable fault) {
        fail(fault);
      }
    }

    private void inputEnds() {
      inputEnded = true;
      try {
        reader.end();
      } catch (Throwable fault) {
        fail(fault);
      }
      flushLater();
    }

    private void fail(Throwable fault) {
      if (fault instanceof PeerException peers) {
        reset(peers.reason());
        return;
      }
      LOG.error("A fault of ours ends {}.", this, fault);
      reset(CutReason.INTERNAL);
    }

    /// The reader hears of the end at once; the account stays until nothing is in passage.
    private void close() {
      if (!closed) {
        closed = true;
        var last = reader;
        reader = new Discard(this);
        try {
          last.closed(reason);
        } catch (Throwable fault) {
          LOG.error("A fault of ours at the end of {}.", this, fault);
        }
      }
      if (passing > 0 || left) return;
      left = true;
      out.settle(discarded);
      if (open.decrementAndGet() == 0) account.close();
    }

    @Override
    public void read(Reader next) {
      if (closed) {
        next.closed(reason);
        return;
      }
      reader = next;
      if (inputEnded && !over) next.end();
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
      return "bridge to " + java.util.Objects.requireNonNull(other).loop;
    }

    @Override
    public long queuedBytes() {
      return out.bytes();
    }

    @Override
    public boolean isClosed() {
      return over;
    }

    @Override
    public String toString() {
      return peer();
    }
  }
}
