package io.tidegate.link;

import io.netty.util.collection.IntObjectHashMap;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Loop;
import io.tidegate.net.PeerException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One yamux session on one wire, between an agent that dialled it and an edge.
///
/// It always drains its wire: what arrives has been paid for by the window of its stream, so one
/// stalled stream never blocks another. Streams whose peer breaks a rule end with the link: GoAway
/// with code 1, then it is cut. When the wire ends, every stream ends at once with
/// [CutReason#LINK_LOST]. All methods belong to the wire's loop.
public final class Link implements AutoCloseable {
  /// Who this end is.
  public enum Side {
    /// The yamux server: opens even ids, rising.
    EDGE,
    /// The yamux client, which dialled the wire: opens id 1, the control stream, and nothing else.
    AGENT
  }

  /// What a link costs the heap purse while it lives, without its streams.
  static final int HEAP_PRICE = 2048;

  /// What is read of a peer that was told of the link's end: frames under way. One that writes on
  /// costs the loop that it is read on (an edge spent 50 to 77 % of a core on discarding).
  static final int MOST_DISCARDED_BYTES = 256 * 1024;

  private static final int ENTRY_BYTES = 32;
  private static final int NORMAL = 0;
  private static final int PROTOCOL_ERROR = 1;
  private static final int INTERNAL_ERROR = 2;

  /// Accepted streams that may wait for their first frame to carry the ACK; beyond it each is
  /// acknowledged by a frame of its own, long before a peer's limit of 256.
  private static final int MOST_LAZY_ACKS = 32;

  private static final int LAST_ID = Integer.MAX_VALUE - 2 * 65_536;
  private static final Duration DRAIN_LOOK = Duration.ofSeconds(1);
  private static final Logger LOG = LoggerFactory.getLogger(Link.class);

  private final ByteStream wire;
  private final Side side;
  private final LinkConfig config;
  private final LinkListener listener;
  private final Account tunnel;
  private final Account account;
  private final Outlet outlet;
  private final Inlet inlet;
  private final Liveness liveness;
  private final StreamList all = new StreamList();
  private final IntObjectHashMap<LinkStream> byId = new IntObjectHashMap<>();
  private @Nullable Deadline drain;
  private long drainUntilNanos;
  private int entriesPaid = 8;
  private int openAccounts;
  private int unacknowledged;
  private int lazyAcks;
  private int nextId;
  private int highestOfPeer;
  private long receivedBytes;
  private long sentBytes;
  private boolean leaving;
  private boolean peerLeaving;
  private boolean closed;

  private Link(
      ByteStream wire, Side side, LinkConfig config, Account tunnel, LinkListener listener) {
    this.wire = wire;
    this.side = side;
    this.config = config;
    this.listener = listener;
    this.tunnel = tunnel;
    this.nextId = side == Side.AGENT ? 1 : 2;
    this.account =
        tunnel.open(this, new Budget(tunnel.limit(Purse.DIRECT), tunnel.limit(Purse.HEAP)));
    this.outlet = new Outlet(this, wire);
    this.inlet = new Inlet(this, wire, config);
    this.liveness = new Liveness(this, config);
  }

  /// Starts a session on `wire`, whose reader it becomes. `tunnel` is the parent of the link's own
  /// account, shared by the links of a session.
  ///
  /// @throws PeerException if `tunnel` has no room for the link itself
  public static Link open(
      ByteStream wire, Side side, LinkConfig config, Account tunnel, LinkListener listener) {
    var link = new Link(wire, side, config, tunnel, listener);
    if (!link.account.charge(Purse.HEAP, HEAP_PRICE) || !link.outlet.open()) {
      link.closed = true;
      link.liveness.close();
      link.account.close();
      throw new PeerException(CutReason.MEMORY_REFUSED, "no room for a link");
    }
    wire.read(link.inlet);
    return link;
  }

  /// What reads the wire: takes also the bytes that came behind the head of the upgrade.
  public ByteStream.Reader reader() {
    return inlet;
  }

  /// Opens a stream whose bytes go to `reader`, or returns null: too many are open or not yet
  /// acknowledged, an account has no room for the first window, or the link is going away. On the
  /// agent it is the control stream, once. Nothing is sent before its first offer.
  public @Nullable LinkStream openStream(ByteStream.Reader reader) {
    if (isGoingAway() || outlet.isCongested()) return null;
    if (awaitsAcknowledgement()) return null;
    if (nextId > LAST_ID) {
      goAway();
      return null;
    }
    if (side == Side.AGENT && (nextId > 1 || !all.isEmpty())) return null;
    var stream = admit();
    if (stream == null) return null;
    unacknowledged++;
    stream.read(reader);
    return stream;
  }

  private @Nullable LinkStream admit() {
    if (all.size() >= config.maxStreams() || !payEntry()) return null;
    var stream = new LinkStream(this, wire);
    if (!stream.pay()) return null;
    openAccounts++;
    all.addLast(stream.inLink());
    return stream;
  }

  /// The map of streams is paid by its capacity, which never shrinks.
  private boolean payEntry() {
    if (all.size() < entriesPaid) return true;
    if (!account.charge(Purse.HEAP, entriesPaid * ENTRY_BYTES)) return false;
    entriesPaid *= 2;
    return true;
  }

  /// Gives `stream` its id and tells the peer, so ids rise in the order in which peers see them.
  void introduce(LinkStream stream) {
    int id = nextId;
    nextId += 2;
    stream.id(id);
    var _ = byId.put(id, stream);
    outlet.control(Frame.Kind.SYNCHRONIZE, id, 0);
  }

  /// Whether the peer may open `id` now.
  boolean mayOpen(int id) {
    return switch (side) {
      case EDGE -> id == Frame.CONTROL_STREAM && highestOfPeer == 0;
      case AGENT -> (id & 1) == 0 && id > highestOfPeer;
    };
  }

  /// Whether `id` was opened once, by either side; a number to compare with is all that is kept of
  /// streams that are over.
  boolean wasOpened(int id) {
    boolean ours = (id & 1) == (side == Side.AGENT ? 1 : 0);
    return ours ? id < nextId : id <= highestOfPeer;
  }

  @Nullable LinkStream stream(int id) {
    return byId.get(id);
  }

  /// Takes the stream that the peer opens, or resets it and returns null.
  @Nullable LinkStream accept(int id) {
    highestOfPeer = id;
    var stream =
        admit(); // also after our GoAway: this one was opened before the peer had heard of it
    if (stream == null) {
      loop().count(CutReason.TUNNEL_FULL);
      outlet.control(Frame.Kind.RESET, id, 0);
      return null;
    }
    stream.id(id);
    var _ = byId.put(id, stream);
    lazyAcks++;
    stream.accepted();
    welcome(stream);
    if (lazyAcks > MOST_LAZY_ACKS) stream.acknowledge();
    return stream;
  }

  private void welcome(LinkStream stream) {
    try {
      stream.read(listener.opened(stream));
    } catch (RuntimeException fault) {
      stream.failed(fault);
    }
  }

  /// Sends the ACKs that no frame has carried yet.
  void acknowledgeAll() {
    if (lazyAcks == 0) return;
    for (var stream = all.first(); stream != null; stream = StreamList.after(stream.inLink())) {
      stream.acknowledge();
      if (closed) return;
    }
  }

  /// An accepted stream is acknowledged, or over without it.
  void lazyAckDone() {
    lazyAcks--;
  }

  /// A stream of ours is acknowledged, or over without it.
  void acknowledged() {
    boolean wasFull = awaitsAcknowledgement();
    unacknowledged--;
    if (wasFull && !closed) listener.hasRoom();
  }

  /// Whether no stream can be opened before the peer has acknowledged one.
  public boolean awaitsAcknowledgement() {
    return unacknowledged >= config.maxUnacknowledged();
  }

  /// `stream` is over; its account lives on while its bytes are held.
  void forget(LinkStream stream) {
    stream.inLink().leave();
    if (stream.id() != 0) byId.remove(stream.id());
  }

  /// The account of one stream is closed.
  void accountClosed() {
    openAccounts--;
    closeAccountIfDone();
  }

  /// Closes the link's account once nothing of it is held any more.
  private void closeAccountIfDone() {
    if (closed && openAccounts == 0) account.close();
  }

  /// Whether a window may grow now, but for the room in its own account.
  boolean mayGrow() {
    return loop().loops().ladder().allowsGrowth()
        && isUnderHalf(tunnel)
        && isUnderHalf(loop().loops().root());
  }

  private static boolean isUnderHalf(Account account) {
    return account.held(Purse.DIRECT) < account.limit(Purse.DIRECT) / 2;
  }

  void heard() {
    liveness.heard();
  }

  void ping(int flags, int value) {
    liveness.ping(flags, value);
  }

  void received(int bytes) {
    receivedBytes += bytes;
  }

  void sent(int bytes) {
    sentBytes += bytes;
  }

  /// What headers and control lines are charged to while they wait: a tunnel whose windows have
  /// used up its share must still be able to say so.
  Account wireAccount() {
    return wire.account();
  }

  Outlet outlet() {
    return outlet;
  }

  LinkConfig config() {
    return config;
  }

  /// The wire's loop.
  public Loop loop() {
    return wire.loop();
  }

  /// What the link's streams are charged to; closed when the link is over and all that it delivered
  /// is released.
  public Account account() {
    return account;
  }

  /// Who this end is.
  public Side side() {
    return side;
  }

  /// The other end, for people.
  public String peer() {
    return wire.peer();
  }

  /// Streams open now, the control stream included.
  public int streamCount() {
    return all.size();
  }

  /// Round trip of the last ping in nanoseconds, 0 before the first.
  public long roundTripNanos() {
    return liveness.roundTripNanos();
  }

  /// Payload bytes received so far, on all streams.
  public long receivedBytes() {
    return receivedBytes;
  }

  /// Payload bytes given to the wire so far, on all streams.
  public long sentBytes() {
    return sentBytes;
  }

  /// Whether either side has sent GoAway, or the link is over: no stream can be opened.
  public boolean isGoingAway() {
    return leaving || peerLeaving || closed;
  }

  /// Whether the link is over.
  public boolean isClosed() {
    return closed;
  }

  /// Takes no new streams from now on and says so. The link is closed when none but the control
  /// stream is left, looked at once a second, or after [LinkConfig#drain]; the same holds after the
  /// peer's GoAway. Idempotent.
  public void goAway() {
    if (leaving || closed) return;
    leaving = true;
    outlet.control(Frame.Kind.LEAVE, Frame.SESSION, NORMAL);
    drain();
  }

  private void drain() {
    if (drain != null || closed) return;
    drainUntilNanos = loop().nanos() + config.drain().toNanos();
    var look = loop().deadline(this::lookAtDrain);
    drain = look;
    look.in(DRAIN_LOOK);
  }

  private void lookAtDrain() {
    boolean late = loop().nanos() - drainUntilNanos >= 0;
    boolean idle = all.size() == (byId.containsKey(Frame.CONTROL_STREAM) ? 1 : 0);
    if (late || idle) cut(CutReason.CLOSING);
    else if (drain != null) drain.in(DRAIN_LOOK);
  }

  void goingAwayByPeer(int code) {
    if (peerLeaving) return;
    peerLeaving = true;
    drain();
    listener.goingAway(code);
  }

  /// The peer broke a rule.
  void violated(CutReason reason, String detail) {
    LOG.debug("{} is cut: {}", this, detail);
    cut(reason);
  }

  /// Ends the link and all its streams at once. Where the peer can still hear it, it is told by a
  /// GoAway behind what waits. Idempotent.
  public void cut(CutReason reason) {
    if (closed) return;
    switch (reason) {
      case SILENT, MEMORY_REFUSED, OVERLOAD_SLOWEST, OVERLOAD_LARGEST, PEER_GONE -> {
        lost(reason);
        wire.reset(reason);
      }
      case BAD_MESSAGE, TOO_LARGE, FLOOD -> leave(reason, PROTOCOL_ERROR);
      case INTERNAL -> leave(reason, INTERNAL_ERROR);
      default -> leave(reason, NORMAL);
    }
  }

  private void leave(CutReason reason, int code) {
    outlet.lastWords(code);
    lost(reason);
    switch (wire) {
      case Connection connection -> connection.endAndDiscard(reason, MOST_DISCARDED_BYTES);
      case WebSocketWire framed -> framed.endAndDiscard(reason);
      default -> wire.reset(reason);
    }
  }

  /// As [#cut] for [CutReason#CLOSING].
  @Override
  public void close() {
    cut(CutReason.CLOSING);
  }

  /// The peer's FIN on the wire: no stream can go on.
  void endedByPeer() {
    if (closed) return;
    lost(CutReason.PEER_GONE);
    wire.end();
  }

  /// The one end of every link.
  void lost(CutReason reason) {
    if (closed) return;
    closed = true;
    liveness.close();
    if (drain != null) drain.close();
    for (var stream = all.first(); stream != null; stream = all.first()) stream.linkLost();
    listener.closed(reason);
    closeAccountIfDone();
  }

  @Override
  public String toString() {
    return "link " + wire.peer();
  }
}
