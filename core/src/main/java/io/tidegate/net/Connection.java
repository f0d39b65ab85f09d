package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.socket.DuplexChannel;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One socket, its account and its scope: all that is owned ends with it, whatever ended it.
///
/// What arrives is charged until the reader has released it, and reading stops while a window's
/// worth is out. What leaves waits in a [PieceQueue], is written once per tick, at most 64 KiB
/// ahead of the kernel, and must make progress: a peer that takes nothing for the stall deadline,
/// or less than the least rate, is cut. All methods belong to the loop.
public final class Connection implements ByteStream {
  /// What a connection costs the heap purse while it lives: channel, handler, queue, account
  /// (measured 1.2 KB) and one request's objects.
  public static final int HEAP_PRICE = 2048;

  /// What may be delivered and not yet released before reading stops.
  static final int READ_WINDOW = 64 * 1024;

  /// What is left of the window when reading stops: a read of less is not worth its system call.
  private static final int LEAST_READ = 16 * 1024;

  /// After our FIN behind an early answer the peer may still be sending: it is read and discarded
  /// for so long, and [Discard#BODY_BYTES] at most.
  private static final Duration LINGER = Duration.ofSeconds(2);

  /// What a kernel has for one peer, at most about 256 KiB, takes the slowest modem in use 90 s.
  private static final Duration MOST_LINGER = Duration.ofMinutes(2);

  /// What a peer that reads has to take what has come, or to give credit for more: longer than it
  /// takes to wake a process up on a busy machine.
  private static final Duration PEERS_TURN = Duration.ofMillis(5);

  /// A handshake has six records of ours, and a change of keys one: a peer that reads lets each of
  /// them leave before it has reason to ask for more.
  private static final int MOST_RECORDS = 32;

  /// What Netty has for a write that waits, beside its bytes: an entry, a promise, a listener.
  private static final int RECORD_PRICE = 256;

  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  private final Loop loop;
  private final DuplexChannel channel;
  private final Account account;
  private final WriteLimits writeLimits;
  private final long openedNanos;

  /// Made when something is to be written, let go of by [#rest].
  private @Nullable SocketWriter writer;

  private @Nullable InetSocketAddress remote;
  private @Nullable Scope scope;
  private @Nullable Listener listener;
  private @Nullable ReadAhead ahead;
  private Nursery.@Nullable Place place;
  private Reader reader;
  private @Nullable Object attached;
  private @Nullable RecordLayer layer;

  /// Links of [ConnectionList], which alone changes them.
  @Nullable Connection newer;

  @Nullable Connection older;
  long number;

  private @Nullable CutReason reason;
  private long readBytes;
  private long writtenBytes;
  private int outstanding;
  private int records;
  private boolean readerPaused;

  /// Nothing is to be read; the kernel may not know yet.
  private boolean paused;

  private boolean pausing;
  private boolean ending;
  private boolean outputEnded;

  /// Its reader was told to end soon; so is every later one.
  private boolean draining;

  private boolean inputEnding;
  private boolean inputEnded;

  /// What still comes is read into nothing, for a while after our FIN.
  private boolean lingers;

  /// Cut or at an end; the channel may still have to say so.
  private boolean over;

  private boolean closed;

  Connection(Loop loop, DuplexChannel channel, Account parent, Budget ceiling, WriteLimits limits) {
    this.loop = loop;
    this.channel = channel;
    this.account = parent.open(this, ceiling);
    this.writeLimits = limits;
    this.remote = channel.remoteAddress() instanceof InetSocketAddress address ? address : null;
    this.reader = new Discard(this);
    this.openedNanos = loop.coarseNanos();
  }

  /// An accepted connection.
  Connection(Loop loop, DuplexChannel channel, Listener listener) {
    this(
        loop,
        channel,
        listener.line(loop),
        listener.config().connectionLimits(),
        listener.config().writeLimits());
    this.listener = listener;
    this.place = listener.nursery(loop).enter(this);
  }

  /// Starts delivering to what `first` gives, whose fault ends the connection. The channel is
  /// registered with this connection's loop; one that could not be is [#finished] instead.
  void open(Function<Connection, Reader> first) {
    loop.connections().add(this);
    var socket = new SocketReader(this);
    channel.config().setAllocator(loop.buffers());
    channel.config().setRecvByteBufAllocator(socket);
    if (loop.loops().transport() == Transport.NIO) {
      ahead = new ReadAhead(this);
      channel.pipeline().addLast(ahead);
    }
    channel.pipeline().addLast(socket);
    try {
      read(first.apply(this));
    } catch (Throwable fault) {
      fail(fault);
    }
  }

  /// A piece was read, which is sealed where there is a layer.
  void arrived(ByteBuf piece) {
    if (layer == null) received(piece);
    else opened(piece, layer);
  }

  private void opened(ByteBuf sealed, RecordLayer by) {
    if (over || inputEnded) {
      sealed.release();
      return;
    }
    try {
      received(by.open(sealed));
    } catch (Throwable fault) {
      fail(fault);
    }
    if (by.hasEnded()) inputEnded();
  }

  /// The peer's FIN, behind all that it sent. A layer says itself when its peer has ended in order;
  /// a FIN before that is a truncation, unless nobody reads any more.
  void inputShutDown() {
    if (layer == null || layer.hasEnded() || lingers) inputEnded();
    else reset(CutReason.PEER_GONE);
  }

  /// From now on `by` seals what leaves and opens what arrives, beginning with what it keeps
  /// already; the reader that `first` gives is the first to see it. Called once, while nothing
  /// waits to leave.
  public void protect(RecordLayer by, Function<Connection, Reader> first) {
    layer = by;
    read(first.apply(this));
    opened(Unpooled.EMPTY_BUFFER, by);
  }

  /// Writes a layer's own words at once, past what waits. They are charged until the kernel has
  /// them; a peer that provokes them and takes none is cut.
  public void writeRecord(ByteBuf record) {
    int bytes = record.readableBytes();
    if (over || outputEnded || bytes == 0) {
      record.release();
      return;
    }
    int price = bytes + RECORD_PRICE;
    boolean isFlood = records >= MOST_RECORDS;
    if (isFlood || !account.charge(Purse.DIRECT, price)) {
      record.release();
      reset(isFlood ? CutReason.FLOOD : CutReason.MEMORY_REFUSED);
      return;
    }
    records++;
    delivered(price);
    var _ = channel.writeAndFlush(record).addListener(_ -> recordTaken(price));
  }

  private void recordTaken(int price) {
    records--;
    released(price);
  }

  /// What is known of the peer through TLS; null on a connection without.
  public @Nullable TlsSession tls() {
    return layer == null ? null : layer.session();
  }

  private void received(ByteBuf piece) {
    int bytes = piece.readableBytes();
    if (over || bytes == 0) {
      piece.release();
      return;
    }
    if (!account.charge(Purse.DIRECT, bytes)) {
      piece.release();
      reset(CutReason.MEMORY_REFUSED);
      return;
    }
    readBytes += bytes;
    outstanding += bytes;
    try {
      reader.bytes(piece);
    } catch (Throwable fault) {
      fail(fault);
    }
    regulate();
  }

  @Override
  public void released(int bytes) {
    outstanding -= bytes;
    account.release(Purse.DIRECT, bytes);
    if (closed && outstanding == 0) account.close();
    regulate();
  }

  /// Counts `bytes` that the protocol above has charged to this account as delivered: [#released]
  /// gives them back, and the account of an ended connection stays open for them.
  public void delivered(int bytes) {
    outstanding += bytes;
  }

  @Override
  public Runnable heldBeyond(int bytes) {
    delivered(bytes);
    return () -> {
      var _ = loop.later(() -> released(bytes));
    };
  }

  /// Reads unless the reader paused or the window is out. The kernel is told of a pause only if it
  /// outlasts the tick: mostly the flush at its end releases what is out, and two system calls are
  /// saved for every window.
  private void regulate() {
    if (over || inputEnded) return;
    paused = readerPaused || (!lingers && isWindowOut());
    if (paused == !channel.config().isAutoRead()) return;
    if (!paused) channel.config().setAutoRead(true);
    else if (!pausing) pauseAfterFlush();
  }

  /// Who has taken all that was read may always read on, so that a share that is gone stops nobody
  /// for good.
  private boolean isWindowOut() {
    if (outstanding == 0) return false;
    return outstanding > (paused ? READ_WINDOW / 2 : READ_WINDOW - LEAST_READ)
        || !hasShare(LEAST_READ);
  }

  /// Whether this connection may hold `bytes` more, where the peer could as well wait; see
  /// [Ladder#allowsShare].
  public boolean hasShare(int bytes) {
    return loop.loops().ladder().allowsShare(account, Purse.DIRECT, bytes);
  }

  private void pauseAfterFlush() {
    pausing = true;
    loop.afterFlush(this::pauseIfStillDue);
  }

  private void pauseIfStillDue() {
    pausing = false;
    if (!paused || over || inputEnded) return;
    channel.config().setAutoRead(false);
    if (ahead != null) ahead.paused();
  }

  /// The kernel has news of a peer that is not being read; what it sent stays unread.
  void eventWhilePaused() {
    if (over) return;
    switch (PeerState.of(channel)) {
      case GONE -> {
        // a socket that ended both ways in order is closed too, and may have unread bytes
        if (outputEnded) inputEnding();
        else reset(CutReason.PEER_GONE);
      }
      case ENDED -> inputEnding();
      case OPEN -> {}
    }
  }

  /// The peer's FIN has arrived while reading is paused.
  void inputEnding() {
    if (inputEnding) return;
    inputEnding = true;
    try {
      reader.ending();
    } catch (Throwable fault) {
      fail(fault);
    }
  }

  private void inputEnded() {
    if (inputEnded || over) return;
    inputEnded = true;
    try {
      reader.end();
    } catch (Throwable fault) {
      fail(fault);
    }
    closeIfDone();
  }

  /// Cuts for a fault thrown by a reader of this connection: the peer's, or ours, which is logged.
  public void fail(Throwable fault) {
    if (fault instanceof PeerException peers) {
      LOG.debug("{}: {}", this, peers.getMessage());
      reset(peers.reason());
    } else if (fault instanceof OutOfMemoryError) {
      loop.memoryRefused(this, fault);
      reset(CutReason.MEMORY_REFUSED);
    } else {
      LOG.error("A fault of ours ends {}.", this, fault);
      reset(CutReason.INTERNAL);
    }
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    if (over || ending) {
      piece.release();
      payer.released(owed);
      return false;
    }
    if (writer().add(piece, owed, payer)) return true;
    reset(CutReason.MEMORY_REFUSED);
    return false;
  }

  @Override
  public boolean offer(int length, Consumer<ByteBuf> writer) {
    if (over || ending) return false;
    if (writer().add(length, writer)) return true;
    reset(CutReason.MEMORY_REFUSED);
    return false;
  }

  @Override
  public int writeNow(ByteBuf piece) {
    boolean isFree = layer == null && !over && !ending && (writer == null || writer.isAtRest());
    int taken = isFree ? loop.loops().transport().writeNow(channel, piece) : 0;
    written(taken);
    return taken;
  }

  /// Whether parts of files can be offered: with a layer before the socket they would leave as they
  /// are. Safe for any thread once the connection's protocol is told.
  @Override
  public boolean takesFiles() {
    return layer == null;
  }

  @Override
  public boolean offer(FileSlice slice, Payer payer) {
    if (layer != null) throw new IllegalStateException("a record layer seals bytes in memory");
    if (over || ending) {
      slice.discard(payer);
      return false;
    }
    if (writer().add(slice, payer)) return true;
    reset(CutReason.MEMORY_REFUSED);
    return false;
  }

  /// Calls `action` once, when the kernel has taken all that waits; never if the connection ends
  /// before that. Called while something waits ([#queuedBytes]), by one at a time.
  public void onceWritten(Runnable action) {
    writer().onceWritten(action);
  }

  /// The kernel took no more when it was last asked, and nothing has been on its way for a while:
  /// so the peer's window is shut.
  @Override
  public boolean isPeerFull() {
    return writer != null && writer.isInFlight() && hasPeerHadAll();
  }

  /// Whether nothing waits here, and the peer has had all that was sent for a while; false where
  /// the kernel does not say.
  public boolean isPeerQuiet() {
    return (writer == null || writer.isAtRest()) && hasPeerHadAll();
  }

  /// A quick peer makes room within a round trip of what has arrived.
  private boolean hasPeerHadAll() {
    return !over && loop.loops().transport().sinceAllArrived(channel).compareTo(PEERS_TURN) >= 0;
  }

  private SocketWriter writer() {
    if (writer == null) writer = new SocketWriter(this, channel, writeLimits);
    return writer;
  }

  /// Whether the output ends once nothing waits.
  boolean isEnding() {
    return ending;
  }

  /// Whoever opened or accepted it closes: its reader is to end it as soon as what has begun is
  /// done.
  public void drain() {
    if (over || draining) return;
    draining = true;
    try {
      reader.draining();
    } catch (Throwable fault) {
      fail(fault);
    }
  }

  /// Nothing waits to be written: ends the output if that was asked for, and says whether it was.
  boolean endsOutput() {
    if (ending) shutdownOutput();
    return ending;
  }

  /// Bytes that were offered and that the kernel has not taken: what waits, and the rest of what is
  /// being written.
  public long unwrittenBytes() {
    return writer == null ? 0 : writer.unwrittenBytes();
  }

  /// What this connection keeps from others: bytes charged to it and bytes that wait for it, but
  /// for those of files, which are not in our memory.
  public long holdingBytes() {
    long waiting = writer == null ? 0 : writer.waitingBytes() - writer.fileBytes();
    return account.held(Purse.DIRECT) + waiting;
  }

  /// For how long bytes have waited of which the peer has taken none.
  double secondsWaiting(long nowNanos) {
    return writer == null ? 0 : writer.secondsWaiting(nowNanos);
  }

  /// Held bytes times the seconds without progress, over what was lately delivered: the slowest
  /// peer scores highest.
  double slowness(long nowNanos) {
    return writer == null ? 0 : writer.slowness(holdingBytes(), nowNanos);
  }

  @Override
  public void end() {
    if (ending || over) return;
    ending = true;
    writer().flushLater();
  }

  private void shutdownOutput() {
    if (outputEnded) return;
    outputEnded = true;
    var _ = channel.shutdownOutput();
    if (lingers) closeAfterLinger();
    closeIfDone();
  }

  private void closeAfterLinger() {
    var _ = own(new Linger());
  }

  /// Waits behind our FIN, again and again, as long as the kernel still has something for the peer
  /// and the peer takes of it: a descriptor that is closed before leaves the kernel with bytes that
  /// nobody is charged for.
  private final class Linger implements AutoCloseable {
    private final Deadline end = loop.deadline(this::look);
    private final long beganNanos = loop.nanos();

    Linger() {
      end.in(LINGER);
    }

    private void look() {
      var transport = loop.loops().transport();
      if (transport.hasTakenAll(channel)) Connection.this.close();
      else if (transport.sinceSent(channel).compareTo(writeLimits.stall()) >= 0)
        reset(CutReason.WRITE_STALLED);
      else if (loop.nanos() - beganNanos >= MOST_LINGER.toNanos()) reset(CutReason.WRITE_TOO_SLOW);
      else end.in(LINGER);
    }

    @Override
    public void close() {
      end.close();
    }
  }

  private void closeIfDone() {
    if (inputEnded && outputEnded) close();
  }

  private void close() {
    if (over) return;
    over = true;
    var _ = channel.close();
  }

  /// Ends our direction behind what waits, and reads what the peer still sends into nothing for 2 s
  /// and up to 64 MiB after that, so that the kernel does not answer it with a reset that would
  /// take our last words with it; for longer if the peer takes longer for what the kernel has,
  /// until it takes nothing for the stall deadline, and at most 2 min. The reader is told that it
  /// is over at once. `counted` says why, or is null for an ordinary end.
  public void endAndDiscard(@Nullable CutReason counted) {
    endAndDiscard(counted, Discard.BODY_BYTES);
  }

  /// As above, of a peer that has no reason to be sending more than `mostBytes`: reading them costs
  /// time that others need.
  public void endAndDiscard(@Nullable CutReason counted, int mostBytes) {
    if (over || lingers) return;
    note(counted);
    lingers = true;
    var before = reader;
    reader = new Discard(this, mostBytes);
    before.closed(counted);
    if (outputEnded) closeAfterLinger();
    end();
    pauseReading(false);
  }

  @Override
  public void reset(CutReason cause) {
    if (over) return;
    note(cause);
    resetsOnClose(true);
    close();
  }

  /// Whether the kernel is to answer a close with a reset, and to discard what it still has.
  void resetsOnClose(boolean resets) {
    try {
      // a write that failed has closed the descriptor before channelInactive tells us
      if (channel.isOpen()) channel.config().setOption(ChannelOption.SO_LINGER, resets ? 0 : -1);
    } catch (ChannelException gone) {
      LOG.debug("{}: how it closes could not be set", this, gone);
    }
  }

  private void note(@Nullable CutReason cause) {
    if (cause == null || reason != null) return;
    reason = cause;
    loop.count(cause);
    LOG.debug("{} is cut: {}", this, cause);
  }

  /// The one end of every connection: the channel is inactive, or never was registered.
  void finished() {
    if (closed) return;
    over = true;
    closed = true;
    loop.connections().remove(this);
    if (writer != null) writer.close();
    var last = reader;
    reader = new Discard(this);
    try {
      last.closed(endReason());
    } catch (Throwable fault) {
      LOG.error("A fault of ours at the end of {}.", this, fault);
    }
    if (scope != null) scope.close();
    if (layer != null) layer.close();
    leaveListener();
    if (outstanding == 0) account.close();
  }

  private void leaveListener() {
    leaveNursery();
    if (listener != null) listener.leave(channel.remoteAddress());
  }

  private @Nullable CutReason endReason() {
    return reason == null && !(inputEnded && outputEnded) ? CutReason.PEER_GONE : reason;
  }

  /// Ties `resource` to this connection: closed once, in reverse order of owning, when the channel
  /// ends, whatever ended it. Returns what gives it up early. On an ended connection it is closed
  /// at once.
  public Scope.Removal own(AutoCloseable resource) {
    if (scope == null) {
      scope = new Scope(this);
      if (closed) scope.close();
    }
    return scope.own(resource);
  }

  /// Lets go of what only a busy connection needs, as far as nothing is under way: for protocols
  /// whose connections are mostly silent. It comes back when it is needed.
  public void rest() {
    if (writer != null && writer.isAtRest()) {
      writer.close();
      writer = null;
    }
    if (scope != null && scope.isEmpty() && !closed) scope = null;
  }

  @Override
  public void read(Reader next) {
    if (closed) {
      next.closed(endReason());
      return;
    }
    reader = next;
    if (over) return;
    if (inputEnded) next.end();
    else if (inputEnding) next.ending();
    if (listener != null && listener.isDraining()) draining = true;
    if (draining && !over && reader == next) next.draining();
  }

  /// The peer has sent a complete request: it no longer counts among those that may be displaced by
  /// newcomers.
  public void hasRequested() {
    leaveNursery();
  }

  private void leaveNursery() {
    var waiting = place;
    if (waiting == null) return;
    waiting.close();
    place = null;
  }

  /// Where it was accepted; null if it was dialled.
  @Nullable Listener listener() {
    return listener;
  }

  /// How many bytes the next read should ask for.
  int wantedBytes() {
    return reader.wanted();
  }

  /// What may be read although reading is paused, only to see whether the peer has gone, and behind
  /// what was read so.
  int aheadBytes() {
    var reads = readsAhead();
    return reads == null ? 0 : reads.leftBytes();
  }

  /// Whether Netty may read now.
  boolean mayRead() {
    var reads = readsAhead();
    return reads == null ? !paused : reads.leftBytes() > 0;
  }

  /// Whether the next read may follow in the same turn.
  boolean isReadingOn() {
    return !paused && channel.config().isAutoRead();
  }

  private @Nullable ReadAhead readsAhead() {
    if (ahead == null || ahead.isHolding()) return ahead;
    return channel.config().isAutoRead() ? null : ahead;
  }

  /// What may be read before the window is out.
  int windowBytes() {
    long share = loop.loops().ladder().shareLeft(account, Purse.DIRECT);
    return (int) Math.min(READ_WINDOW - outstanding, Math.max(0, share));
  }

  /// Has the kernel hold at most 64 KiB to send, 16 KiB of it unsent: for WebSocket and event
  /// streams, whose readers may sleep. (1,000 sleepers held 1.5 GB of kernel memory without, 168 MB
  /// with.)
  public void holdLittle() {
    if (!channel.isOpen()) return; // which is told us behind what runs now
    channel.config().setOption(ChannelOption.SO_SNDBUF, 64 * 1024);
    if (loop.loops().transport() == Transport.EPOLL) {
      channel.config().setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, 16L * 1024);
    }
  }

  /// Whatever the protocol above keeps for this connection, or null.
  public @Nullable Object attached() {
    return attached;
  }

  /// Keeps `value` for the protocol above; charged by it if it is more than a few words.
  public void attach(@Nullable Object value) {
    attached = value;
  }

  /// Stops or starts reading, besides what the window does. A paused connection still notices a
  /// reset.
  public void pauseReading(boolean paused) {
    readerPaused = paused;
    regulate();
  }

  /// Whether nothing is read now: the window is out, or the reader paused.
  public boolean isReadingPaused() {
    return paused;
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
    var from = remote;
    return from == null ? "?" : from.getAddress().getHostAddress() + ":" + from.getPort();
  }

  /// Says that this connection is made for `source`, whose address counts from now on. Returns
  /// false if there are as many of that address as may be.
  boolean speakFor(InetSocketAddress source) {
    remote = source;
    var door = listener;
    if (door == null) return true;
    if (!door.addresses().enter(source.getAddress())) return false;
    var _ = own(() -> door.addresses().leave(source.getAddress()));
    return true;
  }

  /// The peer's address, or null where the socket was gone before it could be read.
  public @Nullable InetAddress address() {
    return remote == null ? null : remote.getAddress();
  }

  @Override
  public long queuedBytes() {
    return writer == null ? 0 : writer.queuedBytes();
  }

  /// Bytes read so far.
  public long readBytes() {
    return readBytes;
  }

  /// Bytes that the kernel has taken so far.
  public long writtenBytes() {
    return writtenBytes;
  }

  /// The kernel has taken a batch of `bytes`.
  void written(int bytes) {
    writtenBytes += bytes;
  }

  /// How many of its loop's connections were opened before it: with [Loop#index] its name.
  public long number() {
    return number;
  }

  /// How long it has been open, to a quarter of a second.
  public long ageNanos() {
    return loop.coarseNanos() - openedNanos;
  }

  /// Whether the peer has ended its direction.
  public boolean isInputEnded() {
    return inputEnded;
  }

  @Override
  public boolean isClosed() {
    return over;
  }

  /// Whether it was accepted, or dialled, at a loopback address of ours.
  public boolean isAtLoopback() {
    return channel.localAddress() instanceof InetSocketAddress local
        && local.getAddress().isLoopbackAddress();
  }

  /// Sets other socket options, as when a connection turns out to be a link.
  public void tune(SocketOptions options) {
    options.changeTo(channel, loop.loops().transport());
  }

  /// Whether both ends of the socket are on this machine.
  public boolean isLoopback() {
    return remote != null && remote.getAddress().isLoopbackAddress();
  }

  Reader reader() {
    return reader;
  }

  Channel channel() {
    return channel;
  }

  /// What seals all that leaves, if anything does.
  @Nullable RecordLayer layer() {
    return layer;
  }

  @Override
  public String toString() {
    return "connection " + peer();
  }
}
