package io.tidegate.link;

import io.netty.buffer.ByteBuf;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import io.tidegate.net.PeerException;
import io.tidegate.net.PieceQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One stream of a [Link].
///
/// Its account holds its price, its whole receive window, full or empty, and what its own outbound
/// queue pins beyond what the payers of its pieces pay. The account outlives the stream until all
/// that was delivered is released.
public final class LinkStream implements ByteStream {
  /// What a stream costs the heap purse while it lives: itself, its account, its queue, its entry.
  static final int HEAP_PRICE = 1024;

  /// What its queue may hold beyond the bytes of payers: entries of pieces and debts, and the
  /// pinned rest of their buffers.
  private static final int QUEUE_HEAP_BYTES = 128 * 1024;

  private static final int QUEUE_DIRECT_BYTES = 256 * 1024;
  private static final Logger LOG = LoggerFactory.getLogger(LinkStream.class);

  private final Link link;
  private final ByteStream wire;
  private final Account account;
  private final ReceiveWindow window;
  private final PieceQueue queue;
  private final StreamList.Node inLink = new StreamList.Node(this);
  private final StreamList.Node inTurns = new StreamList.Node(this);
  private final StreamList.Node inUpdates = new StreamList.Node(this);
  private Reader reader = new Discarding();
  private @Nullable StallWatch stall;
  private int moves;
  private long updateMark;
  private long receivedBytes;
  private long offeredBytes;
  private int id;
  private int credit;
  private boolean ours = true;
  private boolean unacknowledged = true;
  private boolean ending;
  private boolean finSent;
  private boolean inputEnded;
  private boolean over;

  LinkStream(Link link, ByteStream wire) {
    var config = link.config();
    this.link = link;
    this.wire = wire;
    this.account =
        link.account()
            .open(
                this,
                new Budget(
                    config.maxWindowBytes() + QUEUE_DIRECT_BYTES, HEAP_PRICE + QUEUE_HEAP_BYTES));
    this.window = new ReceiveWindow(link.loop(), account, config.maxWindowBytes());
    this.queue = new PieceQueue(link.loop().buffers(), account);
    this.credit = config.peerFirstWindowBytes();
  }

  /// Charges the price and the first window; false, and nothing kept, if there is no room.
  boolean pay() {
    if (account.charge(Purse.HEAP, HEAP_PRICE) && window.open(link.config().firstWindowBytes())) {
      return true;
    }
    over = true;
    account.close();
    return false;
  }

  /// The peer has opened it.
  void accepted() {
    ours = false;
  }

  void id(int number) {
    id = number;
  }

  /// Its number on the link; 0 until the first offer of a stream that we opened.
  public int id() {
    return id;
  }

  /// The link that carries it.
  public Link link() {
    return link;
  }

  /// Bytes that the peer has sent on it so far.
  public long receivedBytes() {
    return receivedBytes;
  }

  /// Bytes that were offered to it so far: the offset of the next one.
  public long offeredBytes() {
    return offeredBytes;
  }

  @Override
  public Loop loop() {
    return link.loop();
  }

  @Override
  public Account account() {
    return account;
  }

  @Override
  public String peer() {
    return link.peer() + " stream " + id;
  }

  @Override
  public void read(Reader next) {
    reader = next;
    if (inputEnded && !over) next.end();
  }

  /// Bytes that wait for credit or for their turn; those in the wire are not counted.
  @Override
  public long queuedBytes() {
    return queue.bytes();
  }

  @Override
  public boolean isClosed() {
    return over;
  }

  // ---- what arrives

  /// A data frame of `bytes` begins; false if the peer may not send it.
  boolean announcedByPeer(int bytes) {
    return !inputEnded && window.announce(bytes);
  }

  /// Passes on a piece of an announced frame. The reader's faults end this stream alone.
  void deliver(ByteBuf piece) {
    int bytes = piece.readableBytes();
    receivedBytes += bytes;
    moves++;
    link.received(bytes);
    window.delivered(bytes);
    try {
      reader.bytes(piece);
    } catch (RuntimeException fault) {
      failed(fault);
    }
  }

  void failed(RuntimeException fault) {
    if (fault instanceof PeerException peers) {
      LOG.debug("{}: {}", this, peers.getMessage());
      reset(peers.reason());
    } else {
      LOG.error("A fault of ours ends {}.", this, fault);
      reset(CutReason.INTERNAL);
    }
  }

  void endByPeer() {
    if (inputEnded) return;
    inputEnded = true;
    try {
      reader.end();
    } catch (RuntimeException fault) {
      failed(fault);
    }
    if (over) return;
    if (finSent) finish(null);
    else watch();
  }

  void resetByPeer() {
    finish(CutReason.PEER_GONE);
  }

  void linkLost() {
    finish(CutReason.LINK_LOST);
  }

  @Override
  public void released(int bytes) {
    window.released(bytes);
    if (over) closeAccountIfDone();
    else if (window.isDue() && !inputEnded) link.outlet().update(this);
  }

  /// Grants what is due; for a window update that leaves now.
  int takeCredit() {
    return window.grant(link::mayGrow);
  }

  // ---- what leaves

  /// The peer gives `bytes` of credit; false if it then had more than yamux can say.
  boolean creditByPeer(int bytes) {
    if (bytes < 0 || credit > Integer.MAX_VALUE - bytes) return false;
    credit += bytes;
    moves++;
    if (bytes == 0) return true;
    link.outlet().enlist(this);
    link.outlet().pump();
    return true;
  }

  /// Any frame of the peer on a stream of ours says that it has taken it.
  void acknowledgedByPeer() {
    if (!ours || !unacknowledged) return;
    unacknowledged = false;
    link.acknowledged();
  }

  /// Whether the next frame must carry the ACK; it is then taken to be sent.
  boolean takeAcknowledgement() {
    if (ours || !unacknowledged) return false;
    unacknowledged = false;
    link.lazyAckDone();
    return true;
  }

  /// Sends the ACK in a frame of its own, unless it has gone.
  void acknowledge() {
    if (!over && takeAcknowledgement()) {
      link.outlet().control(Frame.Kind.ACKNOWLEDGE, id, 0);
    }
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    int bytes = piece.readableBytes();
    if (id == 0 && !over && !ending) link.introduce(this);
    if (over || ending || bytes == 0) {
      piece.release();
      payer.released(owed);
      return !over && !ending;
    }
    offeredBytes += bytes;
    if (isDirect(bytes)) {
      spend(bytes);
      return link.outlet().data(this, piece, owed, payer);
    }
    if (!queue.add(piece, owed, payer)) {
      reset(CutReason.MEMORY_REFUSED);
      return false;
    }
    link.outlet().enlist(this);
    link.outlet().pump();
    if (credit == 0) watch();
    return !over;
  }

  private boolean isDirect(int bytes) {
    return queue.isEmpty()
        && bytes <= credit
        && bytes <= Outlet.MOST_FRAME
        && link.outlet().isFree(this);
  }

  private void spend(int bytes) {
    credit -= bytes;
    moves++;
    link.sent(bytes);
  }

  /// Whether it has bytes and credit.
  boolean canSend() {
    return !over && credit > 0 && !queue.isEmpty();
  }

  /// Sends up to `most` of its bytes while the wire has room.
  void takeTurn(int most) {
    for (int left = most; left > 0 && canSend() && link.outlet().isReadyFor(this); ) {
      int bytes = queue.movable(Math.min(left, credit));
      link.outlet().dataHeader(this, bytes);
      spend(bytes);
      left -= queue.moveTo(wire, bytes);
    }
    if (over || !queue.isEmpty()) return;
    if (ending) sendFin();
  }

  @Override
  public void end() {
    if (ending || over) return;
    ending = true;
    if (id == 0) link.introduce(this);
    if (queue.isEmpty()) sendFin();
  }

  private void sendFin() {
    if (finSent || over) return;
    finSent = true;
    acknowledge();
    link.outlet().control(Frame.Kind.FINISH, id, 0);
    if (over) return;
    if (inputEnded) finishLater(null);
    else watch();
  }

  @Override
  public void reset(CutReason cause) {
    if (over) return;
    loop().count(cause);
    LOG.debug("{} is reset: {}", this, cause);
    if (id != 0) link.outlet().control(Frame.Kind.RESET, id, 0);
    finishLater(cause);
  }

  // ---- its end

  /// Ends it now and tells the reader after what runs now: who resets a stream is not called back
  /// in the middle of it.
  private void finishLater(@Nullable CutReason reason) {
    if (over) return;
    close();
    if (!loop().later(() -> tell(reason))) tell(reason);
  }

  private void finish(@Nullable CutReason reason) {
    if (over) return;
    close();
    tell(reason);
  }

  private void close() {
    over = true;
    link.forget(this);
    inTurns.leave();
    inUpdates.leave();
    acknowledgedByPeer();
    var _ = takeAcknowledgement();
    if (stall != null) stall.close();
    queue.clear();
    window.close();
    closeAccountIfDone();
  }

  private void closeAccountIfDone() {
    if (window.outstanding() > 0 || account.isClosed()) return;
    account.close();
    link.accountClosed();
  }

  private void tell(@Nullable CutReason reason) {
    var last = reader;
    reader = new Discarding();
    try {
      last.closed(reason);
    } catch (RuntimeException fault) {
      LOG.error("A fault of ours at the end of {}.", this, fault);
    }
  }

  // ---- the stall deadline

  private void watch() {
    if (over || !waitsForPeer()) return;
    if (stall == null) stall = new StallWatch(this);
    stall.begin();
  }

  /// Whether the peer must do something for this stream to go on: give credit, or use the half of a
  /// half-closed stream that is left.
  boolean waitsForPeer() {
    boolean halfClosed = (finSent || inputEnded) && window.outstanding() == 0;
    return queue.isEmpty() ? halfClosed : credit == 0;
  }

  /// Whether it may come to wait without being told.
  boolean mayStall() {
    return !over && (finSent || inputEnded || !queue.isEmpty());
  }

  /// Rises with all that moves: bytes either way, and credit.
  int moves() {
    return moves;
  }

  void stalled() {
    reset(queue.isEmpty() ? CutReason.IDLE : CutReason.WRITE_STALLED);
  }

  long updateMark() {
    return updateMark;
  }

  void updateMark(long position) {
    updateMark = position;
  }

  StreamList.Node inLink() {
    return inLink;
  }

  StreamList.Node inTurns() {
    return inTurns;
  }

  StreamList.Node inUpdates() {
    return inUpdates;
  }

  /// For people and the census.
  @Override
  public String toString() {
    return "stream " + id;
  }

  /// Reads into nothing.
  private final class Discarding implements Reader {
    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      piece.release();
      released(bytes);
    }

    @Override
    public void end() {}

    @Override
    public void closed(@Nullable CutReason reason) {}
  }
}
