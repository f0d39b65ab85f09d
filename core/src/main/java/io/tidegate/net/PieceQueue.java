package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Pieces that wait for one stream, and who pays for them: charged what they really hold.
///
/// Every piece costs [#PIECE_BYTES] of the heap purse besides its bytes, and every debt
/// [#DEBT_BYTES]. A piece that fills less than half of the buffer it pins is copied to the queue's
/// last buffer, so a stream of 1-byte pieces holds one piece for every 2 KiB; a larger one is kept
/// as it is, and what it pins beyond its own bytes is charged to the queue's account. What a shared
/// payer has many queues hold is kept as it is, and a copy of it is charged. A part of a file holds
/// nothing but its entry; only a socket's queue has such pieces, which do not move to other queues.
/// Belongs to one loop.
public final class PieceQueue {
  /// Ring entry, buffer object and Netty's outbound entry (96 B) of one queued piece.
  public static final int PIECE_BYTES = 128;

  /// Payer, amount and position of one debt, with the ring's growth by doubling.
  static final int DEBT_BYTES = 32;

  /// Smallest buffer that small pieces are gathered in.
  static final int GATHER_BYTES = 2048;

  /// Debts of one payer are joined up to here, so that credit goes back in useful steps.
  private static final int JOINED_DEBT = 16 * 1024;

  private final ByteBufAllocator buffers;
  private final Account account;
  private final PieceRing pieces = new PieceRing();
  private final Debts debts = new Debts();
  private long added;
  private long left;
  private long settled;
  private long gone;

  /// Where pieces go, under the rules of [ByteStream#offer].
  @FunctionalInterface
  public interface Sink {
    /// Takes `piece`, of which `owed` bytes are paid by `payer`.
    boolean offer(ByteBuf piece, int owed, Payer payer);
  }

  /// A queue of `account`, whose copies come from `buffers`.
  public PieceQueue(ByteBufAllocator buffers, Account account) {
    this.buffers = buffers;
    this.account = account;
  }

  /// Appends `piece`, of which `owed` bytes are paid by `payer` until they have left. Returns
  /// false, with the piece discarded and its payer told, if the account has no room for the entry.
  public boolean add(ByteBuf piece, int owed, Payer payer) {
    int length = piece.readableBytes();
    if (owe(length, owed, payer)
        && (isSmall(piece, length, payer)
            ? gather(piece, length, owed, payer)
            : keep(piece, length, owed, payer))) {
      added += length;
      return true;
    }
    piece.release();
    payer.released(owed);
    return false;
  }

  /// Appends `length` bytes that `writer` puts where they stay, which the account pays for. Returns
  /// false, with nothing written, if it has no room for them.
  boolean add(int length, Consumer<ByteBuf> writer) {
    if (!pieces.hasTail(length) && !openTail(length, 0)) return false;
    pieces.extend(length, writer);
    added += length;
    return true;
  }

  /// Appends a part of a file; `payer`, who pays for none of its bytes, hears of them once they
  /// have left. Returns false, with the part discarded and its payer told, if the account has no
  /// room for the entry.
  boolean add(FileSlice slice, Payer payer) {
    int length = slice.length();
    if (owe(length, length, payer) && (reserve(0) || undoDebt(length))) {
      pieces.add(slice);
      added += length;
      return true;
    }
    slice.discard(payer);
    return false;
  }

  private boolean owe(int length, int owed, Payer payer) {
    if (owed == 0 || debts.join(payer, owed, added + length, left)) return true;
    if (!account.charge(Purse.HEAP, DEBT_BYTES)) return false;
    debts.add(payer, owed, added + length);
    return true;
  }

  private static boolean isSmall(ByteBuf piece, int length, Payer payer) {
    return length < GATHER_BYTES / 2 || (length * 2 < pinned(piece) && !payer.isShared());
  }

  /// Of how many bytes the buffer is that `piece` is, or is a part of.
  public static int pinned(ByteBuf piece) {
    var whole = piece;
    for (var under = whole.unwrap(); under != null; under = whole.unwrap()) whole = under;
    return whole.capacity();
  }

  private boolean keep(ByteBuf piece, int length, int owed, Payer payer) {
    int excess = payer.isShared() ? 0 : Math.max(0, pinned(piece) - owed);
    if (!reserve(excess)) return undoDebt(owed);
    pieces.add(piece, length, excess).isShared = payer.isShared();
    return true;
  }

  private boolean gather(ByteBuf piece, int length, int owed, Payer payer) {
    int paidFor = payer.isShared() ? 0 : owed;
    if (pieces.hasTail(length)) {
      int paid = pieces.repay(paidFor);
      if (paid > 0) account.release(Purse.DIRECT, paid);
    } else if (!openTail(length, paidFor)) {
      return undoDebt(owed);
    }
    pieces.extend(length, tail -> tail.writeBytes(piece));
    piece.release();
    return true;
  }

  /// A buffer of our own at the end, with room for `length` bytes, of which `owed` are paid for.
  private boolean openTail(int length, int owed) {
    int capacity = Math.max(GATHER_BYTES, length);
    int excess = Math.max(0, capacity - owed);
    if (!reserve(excess)) return false;
    pieces.addOpen(buffers.directBuffer(capacity), excess);
    return true;
  }

  private boolean reserve(int excess) {
    if (!account.charge(Purse.HEAP, PIECE_BYTES)) return false;
    if (excess == 0 || account.charge(Purse.DIRECT, excess)) return true;
    account.release(Purse.HEAP, PIECE_BYTES);
    return false;
  }

  private boolean undoDebt(int owed) {
    if (owed > 0 && debts.undo(owed, added)) account.release(Purse.HEAP, DEBT_BYTES);
    return false;
  }

  /// Bytes that wait and were not taken.
  public long bytes() {
    return added - left;
  }

  /// Whether nothing waits that was not taken.
  public boolean isEmpty() {
    return added == left;
  }

  /// Of how many bytes the next piece is that was not taken; 0 if there is none.
  int nextBytes() {
    var next = pieces.untaken();
    return next == null ? 0 : next.length;
  }

  /// How many bytes of the next piece, if it is not taken, are held for other queues as well.
  int nextSharedBytes() {
    return pieces.untaken() instanceof PieceRing.Bytes next && next.isShared ? next.length : 0;
  }

  /// Bytes of files that wait or were taken and not settled: nothing is held for them.
  long fileBytes() {
    return pieces.fileBytes();
  }

  /// Whether it holds nothing at all, nor owes anybody a word.
  boolean isAtRest() {
    return pieces.count() == 0 && debts.count == 0;
  }

  /// Hands out the next piece, whose buffer is the caller's from here on; payers are told at
  /// [#settle]. Null if there is none, or if it is a part of a file.
  @Nullable ByteBuf take() {
    if (!(pieces.untaken() instanceof PieceRing.Bytes next)) return null;
    taken(next);
    return next.give();
  }

  /// As [#take], if the next piece is a part of a file, which stays open until [#settle]; null if
  /// it is none.
  @Nullable FileSlice takeFile() {
    if (!(pieces.untaken() instanceof PieceRing.FilePart next)) return null;
    taken(next);
    return next.slice;
  }

  private void taken(PieceRing.Piece next) {
    pieces.take();
    left += next.length;
  }

  /// All that was taken has left: gives its charges back, then tells its payers.
  void settle() {
    settle(left - settled);
  }

  /// The next `bytes` of what was taken have left: gives the charges of the pieces that are gone
  /// back, then tells the payers whose bytes have all left.
  void settle(long bytes) {
    int excess = 0;
    int heap = 0;
    settled += bytes;
    while (pieces.taken() > 0 && gone + pieces.first().length <= settled) {
      gone += pieces.first().length;
      excess += pieces.drop();
      heap += PIECE_BYTES;
    }
    giveBack(heap, excess);
    pay();
  }

  private void giveBack(int heap, int excess) {
    if (heap > 0) account.release(Purse.HEAP, heap);
    if (excess > 0) account.release(Purse.DIRECT, excess);
  }

  /// Tells every payer whose bytes have left. A payer may come back with more while it is told.
  private void pay() {
    while (debts.isDue(settled)) {
      var payer = debts.payer();
      int owed = debts.drop();
      account.release(Purse.HEAP, DEBT_BYTES);
      payer.released(owed);
    }
  }

  /// How many bytes [#moveTo] would move of `most`: for a sink that puts a length in front of them.
  /// The queue is not empty.
  public int movable(int most) {
    return (int) Math.min(Math.min(most, pieces.first().length), debts.remaining(left));
  }

  /// How many bytes the pieces at the head have that fit into `most` whole; as many as there are up
  /// to `most`, if not even the first does. Not mixed with [#take].
  public int wholePieces(int most) {
    int sum = 0;
    for (int i = 0; i < pieces.count() && sum + pieces.at(i).length <= most; i++)
      sum += pieces.at(i).length;
    return sum > 0 ? sum : (int) Math.min(most, bytes());
  }

  /// Moves up to `most` bytes, at least 1, from the head of this queue to `sink`: one piece or its
  /// front, of one payer. Returns how many. The queue must not be empty, and this not mixed with
  /// [#take].
  public int moveTo(Sink sink, int most) {
    var entry = pieces.firstBytes();
    int bytes = movable(most);
    left += bytes;
    settled = left;
    gone = left;
    var payer = debts.payer();
    int owed = debts.takeUpTo(left);
    if (debts.isSpent()) {
      var _ = debts.drop();
      account.release(Purse.HEAP, DEBT_BYTES);
    }
    boolean whole = bytes == entry.length;
    var front = whole ? entry.give() : entry.front(bytes);
    if (whole) giveBack(PIECE_BYTES, pieces.drop());
    else if (!entry.isShared) payForRest(entry, owed);
    var _ = sink.offer(front, owed, payer);
    return bytes;
  }

  /// Of what `rest` pins `owed` is paid for no longer by its payer, who goes with the front.
  private void payForRest(PieceRing.Bytes rest, int owed) {
    int less = Math.min(owed, pinned(rest.buffer()) - rest.excess);
    if (less <= 0) return;
    if (account.charge(Purse.DIRECT, less)) {
      rest.excess += less;
      return;
    }
    account.release(Purse.DIRECT, rest.excess);
    rest.excess = 0;
    rest.copy(buffers);
  }

  /// Discards everything, gives all charges back and tells every payer. Taken pieces are somebody
  /// else's to release.
  public void clear() {
    int excess = 0;
    int heap = 0;
    while (pieces.count() > 0) {
      excess += pieces.drop();
      heap += PIECE_BYTES;
    }
    left = added;
    settled = added;
    gone = added;
    giveBack(heap, excess);
    pay();
  }

  /// A ring of debts in the order of their bytes: who is told how much once the queue has come to
  /// which position.
  private static final class Debts {
    private Payer[] payers = {Payer.NOBODY, Payer.NOBODY};
    private int[] owed = new int[2];
    private long[] ends = new long[2];
    private int head;
    private int count;

    private int slot(int i) {
      return (head + i) & (payers.length - 1);
    }

    /// Adds to the last debt if it is the same payer's, none of it has left and it is not large.
    boolean join(Payer payer, int more, long end, long left) {
      if (count == 0) return false;
      int last = slot(count - 1);
      if (payers[last] != payer
          || ends[last] - owed[last] < left
          || owed[last] + more > JOINED_DEBT) return false;
      owed[last] += more;
      ends[last] = end;
      return true;
    }

    void add(Payer payer, int more, long end) {
      if (count == payers.length) grow();
      int slot = slot(count++);
      payers[slot] = payer;
      owed[slot] = more;
      ends[slot] = end;
    }

    private void grow() {
      int size = payers.length;
      var grown = Arrays.copyOf(payers, size * 2);
      var grownOwed = new int[size * 2];
      var grownEnds = new long[size * 2];
      for (int i = 0; i < size; i++) {
        grown[i] = payers[slot(i)];
        grownOwed[i] = owed[slot(i)];
        grownEnds[i] = ends[slot(i)];
      }
      Arrays.fill(grown, size, grown.length, Payer.NOBODY);
      payers = grown;
      owed = grownOwed;
      ends = grownEnds;
      head = 0;
    }

    /// Takes the last addition back, to where the queue ends without it; true if that removed its
    /// entry.
    boolean undo(int less, long end) {
      int last = slot(count - 1);
      owed[last] -= less;
      ends[last] = end;
      if (owed[last] > 0) return false;
      payers[last] = Payer.NOBODY;
      count--;
      return true;
    }

    boolean isDue(long position) {
      return count > 0 && ends[head] <= position;
    }

    Payer payer() {
      return count == 0 ? Payer.NOBODY : payers[head];
    }

    /// Bytes from `position` to the end of the first debt.
    long remaining(long position) {
      return count == 0 ? Long.MAX_VALUE : ends[head] - position;
    }

    /// The share of the first debt that is carried away up to `position`: what the bytes behind it
    /// cannot owe. So what stays is never less than they do.
    int takeUpTo(long position) {
      if (count == 0) return 0;
      int share = (int) Math.max(0, owed[head] - (ends[head] - position));
      owed[head] -= share;
      return share;
    }

    boolean isSpent() {
      return count > 0 && owed[head] == 0;
    }

    int drop() {
      int dropped = owed[head];
      payers[head] = Payer.NOBODY;
      head = slot(1);
      count--;
      if (count == 0 && payers.length > 64) {
        payers = new Payer[] {Payer.NOBODY, Payer.NOBODY};
        owed = new int[2];
        ends = new long[2];
        head = 0;
      }
      return dropped;
    }
  }
}
