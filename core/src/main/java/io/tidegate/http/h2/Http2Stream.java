package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.ledger.Account;
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

/// One stream of an HTTP/2 connection, RFC 9113 §5: its states, its windows and its queue.
///
/// The connection's account pays for its price, its whole receive window, full or empty, and what
/// its queue pins beyond what the payers of its pieces pay. Belongs to the connection's loop.
final class Http2Stream implements ByteStream {
  /// What a stream costs the heap purse while it lives: itself, its exchange, its queue, its entry;
  /// the head of its request and its trailers are charged beside that.
  static final int HEAP_PRICE = 1024;

  /// DATA below this is small, if more of it was there to be sent.
  static final int SMALL = 128;

  private static final Logger LOG = LoggerFactory.getLogger(Http2Stream.class);

  private final Http2Server server;
  private final FrameSender sender;
  private final InboundWindow window;
  private final PieceQueue queue;
  private final StreamClock clock;
  private final int id;
  private Reader reader = new Discarding();
  private @Nullable Http2Exchange served;
  private Streams.@Nullable Place place;

  /// What the body must still bring, or -1 if its length is not known.
  private long lengthLeft = -1;

  private long receivedBytes;
  private long sentBytes;
  private long credit;
  private Fields trailers = Fields.EMPTY;
  private int heapBytes;
  private @Nullable Fields ourTrailers;
  private int dataLength;
  private int dataBytes;
  private boolean dataEnds;
  private boolean tunnel;
  private boolean listed;
  private boolean ending;
  private boolean outputEnded;
  private boolean inputEnded;
  private boolean peerReset;
  private boolean over;

  Http2Stream(Http2Server server, int id) {
    var limits = server.limits();
    this.server = server;
    this.sender = server.sender();
    this.id = id;
    this.credit = server.peer().firstWindow();
    this.window =
        new InboundWindow(loop(), account(), limits.firstWindowBytes(), limits.mostWindowBytes());
    this.queue = new PieceQueue(loop().buffers(), account());
    this.clock = new StreamClock(this, limits.flow());
  }

  /// Charges the price, a head of `headBytes`, which is kept as long as the stream, and the window
  /// of a body of `framing` if one follows; false, and nothing kept, if there is no room.
  boolean pay(int headBytes, boolean ends, Framing framing) {
    if (!payHeap(HEAP_PRICE + headBytes)) return false;
    boolean known = framing.kind() == Framing.Kind.LENGTH;
    if (known) lengthLeft = framing.bytes();
    inputEnded = ends;
    long most = ends ? 0 : known ? framing.bytes() : Long.MAX_VALUE;
    if (window.open(server.grantedWindow(), most)) return true;
    giveBackHeap(heapBytes);
    return false;
  }

  private boolean payHeap(int bytes) {
    if (!account().charge(Purse.HEAP, bytes)) return false;
    heapBytes += bytes;
    return true;
  }

  private void giveBackHeap(int bytes) {
    account().release(Purse.HEAP, bytes);
    heapBytes -= bytes;
  }

  int id() {
    return id;
  }

  Http2Server server() {
    return server;
  }

  @Override
  public Loop loop() {
    return server.connection().loop();
  }

  @Override
  public Account account() {
    return server.connection().account();
  }

  @Override
  public String peer() {
    return server.connection().peer();
  }

  @Override
  public void read(Reader next) {
    reader = next;
    if (over) {
      next.closed(CutReason.PEER_GONE);
      return;
    }
    if (inputEnded) next.end();
    if (server.isDraining()) drain();
  }

  /// What has no end of its own is told to find one.
  void drain() {
    if (over) return;
    try {
      reader.draining();
    } catch (RuntimeException fault) {
      failed(fault);
    }
  }

  /// It carries `exchange`, which asks for the body's end itself.
  void serve(Http2Exchange exchange) {
    served = exchange;
    reader = exchange;
  }

  /// It is a stream of bytes for `next` from now on: a half of it may end before the other. The
  /// head is kept no longer.
  void handOver(Reader next) {
    tunnel = true;
    served = null;
    reader = next;
    if (!over) giveBackHeap(heapBytes - HEAP_PRICE);
  }

  boolean isTunnel() {
    return tunnel;
  }

  /// Work goes on for it off the loop, of one kind at a time.
  void occupiedBy(Streams.Place work) {
    place = work;
  }

  /// The request that it carries and whose answer has not begun, or null.
  @Nullable Http2Exchange unanswered() {
    return served == null || served.hasResponded() ? null : served;
  }

  boolean isInputEnded() {
    return inputEnded;
  }

  boolean isOutputEnded() {
    return outputEnded;
  }

  /// The trailers that ended the request.
  Fields trailers() {
    return trailers;
  }

  @Override
  public boolean isClosed() {
    return over;
  }

  StreamClock clock() {
    return clock;
  }

  // ---- what arrives

  /// DATA of `length` bytes, padding included, begins. Returns what is wrong with it, or null.
  @Nullable Http2Error announced(int length, boolean ends) {
    if (inputEnded) return Http2Error.STREAM_CLOSED;
    if (!window.announce(length)) return Http2Error.FLOW_CONTROL_ERROR;
    dataLength = length;
    dataBytes = 0;
    dataEnds = ends;
    return null;
  }

  /// A piece of the DATA that began last. The reader's faults end this stream alone.
  void deliver(ByteBuf piece) {
    int bytes = piece.readableBytes();
    dataBytes += bytes;
    if (lengthLeft >= 0) {
      lengthLeft -= bytes;
      if (lengthLeft < 0) {
        piece.release();
        window.skipped(bytes);
        server.streamViolated(this, Http2Error.PROTOCOL_ERROR);
        return;
      }
    }
    receivedBytes += bytes;
    window.delivered(bytes);
    server.delivered(bytes);
    try {
      reader.bytes(piece);
    } catch (RuntimeException fault) {
      failed(fault);
    }
  }

  /// Padding of the DATA that began last.
  void skipped(int bytes) {
    window.skipped(bytes);
    updateIfDue();
  }

  /// The DATA that began last is complete; false if it was one small frame too many. Messages of a
  /// WebSocket may be small.
  boolean dataEnd() {
    if (over) return true;
    if (dataEnds) {
      endByPeer();
      return true;
    }
    if (dataLength == 0) return server.floods().empty();
    return dataBytes >= SMALL || tunnel || server.floods().small();
  }

  /// The peer has sent all, with `last` as its trailers.
  void trailersByPeer(Fields last) {
    if (!payHeap(last.heldBytes())) {
      reset(CutReason.MEMORY_REFUSED);
      return;
    }
    trailers = last;
    endByPeer();
  }

  private void endByPeer() {
    if (inputEnded) return;
    if (lengthLeft > 0) {
      server.streamViolated(this, Http2Error.PROTOCOL_ERROR);
      return;
    }
    inputEnded = true;
    try {
      reader.end();
    } catch (RuntimeException fault) {
      failed(fault);
    }
    if (!over && outputEnded) finishLater(null);
  }

  /// Ends this stream for what a reader or handler threw: the peer's fault, or ours, which is
  /// logged.
  void failed(Throwable fault) {
    if (fault instanceof PeerException peers) {
      LOG.debug("{}: {}", this, peers.getMessage());
      reset(peers.reason());
    } else {
      LOG.error("A fault of ours ends {}.", this, fault);
      reset(CutReason.INTERNAL);
    }
  }

  @Override
  public void released(int bytes) {
    if (server.released(bytes)) return;
    window.released(bytes);
    updateIfDue();
  }

  @Override
  public Runnable heldBeyond(int bytes) {
    server.delivered(bytes);
    return () -> {
      var _ =
          loop()
              .later(() -> {
                if (!server.released(bytes)) account().release(Purse.DIRECT, bytes);
              });
    };
  }

  /// The peer knows now that windows begin `bytes` smaller than when this one was granted.
  void shrink(int bytes) {
    window.shrink(bytes);
  }

  private void updateIfDue() {
    if (over || inputEnded || !window.isDue()) return;
    int more = window.grant(server::mayGrow);
    if (more > 0) sender.update(id, more);
  }

  /// Bytes of the body so far.
  long receivedBytes() {
    return receivedBytes;
  }

  /// Whether the peer may send and nothing that it sent is held.
  boolean waitsForBody() {
    return !inputEnded && window.outstanding() == 0 && window.available() > 0;
  }

  // ---- what leaves

  /// Sends an answer's head; `ends` if nothing follows.
  void head(ResponseHead head, Framing framing, boolean ends) {
    if (over) return;
    var block = loop().buffers().directBuffer(head.fields().wireBytes() + 64);
    server.heads().encode(id, head, framing, block);
    sender.section(id, block, ends);
    if (ends) outputEnded();
  }

  /// The peer gives `bytes` of credit, or takes them; false if it then had more than may be.
  boolean creditByPeer(long bytes) {
    credit += bytes;
    if (credit > Integer.MAX_VALUE) return false;
    sender.enlist(this);
    return true;
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    if (over || ending || !piece.isReadable()) {
      piece.release();
      payer.released(owed);
      return !over && !ending;
    }
    if (!queue.add(piece, owed, payer)) {
      reset(CutReason.MEMORY_REFUSED);
      return false;
    }
    sender.enlist(this);
    server.watch();
    return true;
  }

  /// Whether it has bytes and credit.
  boolean canSend() {
    return !over && credit > 0 && !queue.isEmpty();
  }

  /// Whether bytes wait that only credit keeps here.
  boolean waitsForCredit() {
    return !queue.isEmpty() && (credit <= 0 || sender.credit() <= 0);
  }

  /// The socket's window is shut, or the peer has had all that its windows here let come.
  @Override
  public boolean isPeerFull() {
    var connection = server.connection();
    return connection.isPeerFull() || (waitsForCredit() && connection.isPeerQuiet());
  }

  /// Sends one frame of at most `most` bytes. What leaves may call back who offered it, and that
  /// one may end this stream.
  void takeTurn(int most) {
    if (!canSend()) return;
    long room =
        Math.min(Math.min(credit, sender.credit()), Math.min(most, server.peer().mostFrame()));
    int bytes = (int) Math.min(room, queue.bytes());
    if (bytes <= 0) return;
    boolean whole = bytes == queue.bytes();
    if (!whole && bytes < SMALL && !server.floods().small()) {
      server.flooded("credit in crumbs");
      return;
    }
    boolean ends = whole && ending && ourTrailers == null;
    if (!sender.dataHead(id, bytes, ends)) return;
    credit -= bytes;
    sentBytes += bytes;
    for (int left = bytes; left > 0 && !queue.isEmpty(); ) {
      left -= queue.moveTo(server.connection(), left);
    }
    if (ends) outputEnded();
    else if (ending && queue.isEmpty()) sendEnd();
  }

  boolean isListed() {
    return listed;
  }

  void listed(boolean isListed) {
    listed = isListed;
  }

  @Override
  public long queuedBytes() {
    return queue.bytes();
  }

  /// DATA sent so far.
  long sentBytes() {
    return sentBytes;
  }

  @Override
  public void end() {
    end(Fields.EMPTY);
  }

  /// Ends our direction behind what waits, with `last` as trailers.
  void end(Fields last) {
    if (ending || over || outputEnded) return;
    ending = true;
    if (last.size() > 0) {
      if (!account().charge(Purse.HEAP, last.heldBytes())) {
        reset(CutReason.MEMORY_REFUSED);
        return;
      }
      ourTrailers = last;
    }
    if (queue.isEmpty()) sendEnd();
  }

  private void sendEnd() {
    if (over || outputEnded) return;
    var last = ourTrailers;
    if (last == null) {
      var _ = sender.dataHead(id, 0, true);
    } else {
      var block = loop().buffers().directBuffer(last.wireBytes() + 64);
      server.heads().encode(id, last, block);
      sender.section(id, block, true);
      dropTrailers();
    }
    outputEnded();
  }

  private void dropTrailers() {
    if (ourTrailers != null) account().release(Purse.HEAP, ourTrailers.heldBytes());
    ourTrailers = null;
  }

  /// An answer that is whole before its request tells the peer to stop, RFC 9113 §8.1.
  private void outputEnded() {
    outputEnded = true;
    ending = true;
    if (over) return;
    if (inputEnded) {
      finishLater(null);
    } else if (!tunnel) {
      sender.reset(id, Http2Error.NO_ERROR);
      finishLater(null);
    }
  }

  @Override
  public void reset(CutReason cause) {
    reset(cause, Http2Error.of(cause));
  }

  /// Ends both directions at once for `cause`, which the peer is told as `error`.
  void reset(CutReason cause, Http2Error error) {
    if (over) return;
    loop().count(cause);
    LOG.debug("{} is reset: {}, {}", this, cause, error);
    sender.reset(id, error);
    finishLater(cause);
  }

  // ---- its end

  /// Whether the head of its answer is out.
  boolean hasAnswered() {
    return tunnel || (served != null && served.hasResponded());
  }

  void resetByPeer() {
    peerReset = true;
    finish(CutReason.PEER_GONE);
  }

  void connectionLost(CutReason reason) {
    finish(reason);
  }

  /// Ends it now and tells the reader after what runs now: who ends a stream is not called back in
  /// the middle of it.
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

  /// What the peer may still send.
  int creditOfPeer() {
    return inputEnded ? 0 : window.available();
  }

  private void close() {
    over = true;
    dropTrailers();
    queue.clear();
    window.close();
    sender.delist(this);
    giveBackHeap(heapBytes);
    if (place != null) place.streamGone();
    server.forget(this, peerReset || (outputEnded && inputEnded));
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

  @Override
  public String toString() {
    return "stream " + id + " of " + server.connection();
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
