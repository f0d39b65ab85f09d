package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.HttpLimits;
import io.tidegate.http.LoopHandler;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Scope;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The server's side of one HTTP/2 connection, RFC 9113: its beginning and end, and what its
/// streams share.
///
/// The bytes of the connection are given back as they are read, for the windows of the streams have
/// paid for them: so one stalled stream never stops another. Belongs to the loop.
final class Http2Server implements ByteStream.Reader {
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Logger LOG = LoggerFactory.getLogger(Http2Server.class);

  private final Connection connection;
  private final HttpLimits http;
  private final Http2Limits limits;
  private final PeerSettings peer = new PeerSettings();
  private final Streams streams;
  private final Floods floods;
  private final Heads heads;
  private final FrameSender sender;
  private final FrameReader frames;
  private final Frames sink;
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>(2);
  private final Deadline patience;
  private final Deadline drain;
  private final Deadline acknowledgement;
  private final Deadline look;
  private final long retireNanos;
  private int prefaceBytes;
  private int delivered;
  private boolean acknowledged;
  private boolean working;
  private boolean goingAway;
  private boolean draining;
  private long drainedByNanos;

  /// What the peer was told to be the last stream that is served, which never rises again.
  private int lastServed = Integer.MAX_VALUE;

  /// Nothing more is read or sent.
  private boolean over;

  private boolean lost;

  private Http2Server(
      Connection connection,
      HttpLimits http,
      Http2Limits limits,
      LoopKit kit,
      LoopHandler handler) {
    var loop = connection.loop();
    this.connection = connection;
    this.http = http;
    this.limits = limits;
    this.streams = new Streams(limits.rememberedStreams());
    this.floods = new Floods(loop, limits);
    this.heads = new Heads(limits, kit.reader());
    this.sender = new FrameSender(this);
    this.sink = new Frames(this, kit, handler);
    this.frames = new FrameReader(sink, sink.gathered());
    this.patience = loop.deadline(this::outOfPatience);
    this.drain = loop.deadline(this::drained);
    this.acknowledgement = loop.deadline(this::unacknowledged);
    this.look = loop.deadline(this::look);
    long age = http.age().toNanos();
    this.retireNanos = loop.nanos() + age - ThreadLocalRandom.current().nextLong(age / 10 + 1);
  }

  /// Serves `connection` from now on; its price is charged here, and it is cut where there is no
  /// room.
  static ByteStream.Reader start(
      Connection connection,
      HttpLimits http,
      Http2Limits limits,
      LoopKit kit,
      LoopHandler handler) {
    if (!connection.account().charge(Purse.HEAP, limits.heapPriceBytes()))
      throw new io.tidegate.net.PeerException(CutReason.MEMORY_REFUSED, "no room for HTTP/2");
    var server = new Http2Server(connection, http, limits, kit, handler);
    server.begin();
    return server;
  }

  private void begin() {
    patience.in(http.headTimeout());
    acknowledgement.in(limits.settingsTimeout());
    sender.settings();
  }

  Connection connection() {
    return connection;
  }

  Http2Limits limits() {
    return limits;
  }

  PeerSettings peer() {
    return peer;
  }

  Streams streams() {
    return streams;
  }

  Floods floods() {
    return floods;
  }

  Heads heads() {
    return heads;
  }

  FrameSender sender() {
    return sender;
  }

  boolean isOver() {
    return over;
  }

  /// Whether new streams are refused, because the connection ends after those that are open.
  boolean isGoingAway() {
    return goingAway;
  }

  /// Whether streams that have no end of their own are to find one.
  boolean isDraining() {
    return draining;
  }

  // ---- what arrives

  @Override
  public int wanted() {
    return frames.wantedBytes();
  }

  @Override
  public void bytes(ByteBuf piece) {
    held.addLast(piece);
    if (!working) work();
  }

  /// Reads what is held, unless too many heads wait to be taken.
  private void work() {
    working = true;
    try {
      while (!held.isEmpty() && !over && !sender.isCongested()) read(held.removeFirst());
    } finally {
      working = false;
    }
    if (over) {
      discardHeld();
      return;
    }
    shrinkHeld();
    connection.pauseReading(!held.isEmpty());
  }

  /// Only the ends can be less than they came.
  private void shrinkHeld() {
    if (held.isEmpty()) return;
    var loop = connection.loop();
    held.addFirst(loop.shrunk(held.removeFirst()));
    held.addLast(loop.shrunk(held.removeLast()));
  }

  private void discardHeld() {
    while (!held.isEmpty()) {
      var piece = held.removeFirst();
      int bytes = piece.readableBytes();
      piece.release();
      connection.released(bytes);
    }
  }

  /// Reads `piece`, which is nobody else's meanwhile: what it says may end the connection, and what
  /// is held with it. What is left of it is held again.
  private void read(ByteBuf piece) {
    int before = piece.readableBytes();
    try {
      if (prefaceBytes == PREFACE.length || readPreface(piece)) frames.read(piece);
    } finally {
      int left = over ? 0 : piece.readableBytes();
      if (left > 0) held.addFirst(piece);
      else piece.release();
      connection.released(before - left);
    }
  }

  private boolean readPreface(ByteBuf piece) {
    while (prefaceBytes < PREFACE.length && piece.isReadable()) {
      if (piece.readByte() != PREFACE[prefaceBytes++]) {
        violated(Http2Error.PROTOCOL_ERROR, "not the preface of HTTP/2");
        return false;
      }
    }
    return prefaceBytes == PREFACE.length;
  }

  /// Some of what was sent has left.
  void written() {
    if (!held.isEmpty() && !working && !sender.isCongested()) work();
  }

  /// `bytes` are out in somebody's hands, also those of a stream that hears of its end behind the
  /// connection's.
  void delivered(int bytes) {
    delivered += bytes;
    if (lost) connection.delivered(bytes);
  }

  /// `bytes` are held no longer. True if the connection is lost and has taken them back.
  boolean released(int bytes) {
    delivered -= bytes;
    if (lost) connection.released(bytes);
    return lost;
  }

  /// Whether a window may grow now.
  boolean mayGrow() {
    var account = connection.account();
    var ladder = connection.loop().loops().ladder();
    return ladder.allowsGrowth()
        && ladder.allowsShare(account, Purse.DIRECT, limits.firstWindowBytes())
        && account.held(Purse.DIRECT) < account.limit(Purse.DIRECT) / 2;
  }

  /// What a stream that opens now may send: as much as RFC 9113 says until the peer knows better.
  int grantedWindow() {
    return acknowledged ? limits.firstWindowBytes() : FrameType.FIRST_WINDOW;
  }

  /// The peer has acknowledged our settings; false if it had done so before.
  boolean acknowledgedByPeer() {
    if (acknowledged) return false;
    acknowledged = true;
    acknowledgement.close();
    int less = FrameType.FIRST_WINDOW - limits.firstWindowBytes();
    for (var stream : streams.all()) stream.shrink(less);
    return true;
  }

  /// The peer's first SETTINGS have come: its first request may take its time.
  void greeted() {
    if (streams.isEmpty()) patience.in(http.idleTimeout());
  }

  /// A section that is not complete has begun, or one has ended.
  void sectionPending(boolean pending) {
    if (pending) patience.in(http.headTimeout());
    else rest();
  }

  /// Idle time runs while no stream is open.
  private void rest() {
    if (over) return;
    if (streams.isEmpty()) patience.in(http.idleTimeout());
    else patience.disarm();
  }

  private void outOfPatience() {
    if (prefaceBytes < PREFACE.length || !sink.isBetweenSections())
      end(Http2Error.ENHANCE_YOUR_CALM, CutReason.HEAD_TIMEOUT, "head too slow");
    else end(Http2Error.NO_ERROR, CutReason.IDLE, "idle");
  }

  /// Streams that have no end of their own have the last quarter of the time to find one.
  private void drained() {
    long left = drainedByNanos - connection.loop().nanos();
    if (left <= 0) {
      end(Http2Error.NO_ERROR, CutReason.WORN, "drained long enough");
      return;
    }
    tellStreams();
    drain.inNanos(left);
  }

  private void drainFromNow() {
    long nanos = limits.drain().toNanos();
    drainedByNanos = connection.loop().nanos() + nanos;
    drain.inNanos(nanos - nanos / 4);
  }

  private void tellStreams() {
    if (draining || over) return;
    draining = true;
    for (var stream : streams.all()) stream.drain();
  }

  private void unacknowledged() {
    end(Http2Error.SETTINGS_TIMEOUT, CutReason.HANDSHAKE_TIMEOUT, "SETTINGS not acknowledged");
  }

  // ---- streams

  /// A stream has been opened.
  void opened() {
    patience.disarm();
    watch();
    boolean worn =
        streams.opened() >= limits.lifetimeStreams()
            || connection.loop().coarseNanos() - retireNanos >= 0
            || !connection.loop().loops().ladder().allowsKeepAlive();
    if (worn) retire(CutReason.WORN);
  }

  @Override
  public void draining() {
    retire(CutReason.CLOSING);
    tellStreams();
    if (streams.isEmpty()) endLater();
  }

  /// `stream` is over.
  void forget(Http2Stream stream, boolean ended) {
    if (ended) streams.ended(stream.id());
    else streams.reset(stream.id(), stream.creditOfPeer());
    if (over || !streams.isEmpty()) return;
    if (goingAway) endLater();
    else if (sink.isBetweenSections()) rest();
  }

  /// Work goes on for `stream` off the loop, even when it is gone.
  Scope.Removal occupy(Http2Stream stream) {
    return streams.occupy(stream);
  }

  /// Whether work goes on for some stream.
  boolean isAtWork() {
    return streams.working() > 0;
  }

  /// Takes no new streams; those that are open may end.
  private void retire(CutReason reason) {
    if (goingAway || over) return;
    goingAway = true;
    sayGoAway(Http2Error.NO_ERROR, reason);
    drainFromNow();
  }

  private void sayGoAway(Http2Error error, CutReason reason) {
    lastServed = Math.min(lastServed, streams.last());
    sender.goAway(lastServed, error, reason.label());
  }

  /// The peer opens no more streams; false if that was known.
  boolean peerGoesAway() {
    if (goingAway) return false;
    goingAway = true;
    if (streams.isEmpty()) endLater();
    else drainFromNow();
    return true;
  }

  /// After what runs now: a stream may be in the middle of its end.
  private void endLater() {
    var _ =
        connection
            .loop()
            .later(() -> {
              if (!over && streams.isEmpty()) {
                over = true;
                connection.endAndDiscard(null);
              }
            });
  }

  /// Has the streams looked at, once a second while there are some.
  void watch() {
    if (!over && !look.isArmed()) look.in(LOOK);
  }

  private void look() {
    long now = connection.loop().nanos();
    for (var stream : streams.all()) {
      if (over) return;
      if (!stream.isClosed()) look(stream, now);
    }
    if (!streams.isEmpty()) watch();
  }

  private void look(Http2Stream stream, long now) {
    var slow = stream.clock().lookAtCredit(now);
    if (slow != null) {
      if (sender.credit() == 0) end(Http2Error.ENHANCE_YOUR_CALM, slow, "no credit for all");
      else provoked(stream, slow);
      return;
    }
    var unanswered = stream.unanswered();
    if (unanswered != null && unanswered.waitsForBody()) {
      int least = http.leastBodyBytesPerSecond();
      if (stream.clock().isBodyTooSlow(LOOK.toNanos(), http.bodyGrace().toNanos(), least))
        unanswered.cut(CutReason.BODY_TOO_SLOW);
    } else if (stream.isTunnel() && stream.clock().isHalfForgotten(now)) {
      provoked(stream, CutReason.IDLE);
    }
  }

  private void provoked(Http2Stream stream, CutReason reason) {
    stream.reset(reason);
    provoked();
  }

  /// The peer has had us end a stream.
  void provoked() {
    if (!floods.reset()) flooded("streams that we end");
  }

  /// The peer has sent what leads nowhere.
  void glitched() {
    if (!floods.glitch()) flooded("frames that lead nowhere");
  }

  // ---- the end

  /// The peer broke the protocol on one stream.
  void streamViolated(Http2Stream stream, Http2Error error) {
    stream.reset(CutReason.BAD_MESSAGE, error);
    provoked();
  }

  /// The peer broke the protocol.
  void violated(Http2Error error, String detail) {
    end(error, CutReason.BAD_MESSAGE, detail);
  }

  /// The peer sends too much that leads nowhere.
  void flooded(String what) {
    end(Http2Error.ENHANCE_YOUR_CALM, CutReason.FLOOD, what);
  }

  /// There is no room for what must be kept.
  void refused() {
    if (over) return;
    over = true;
    connection.reset(CutReason.MEMORY_REFUSED);
  }

  /// Says GOAWAY and ends.
  void end(Http2Error error, CutReason reason, String detail) {
    if (over) return;
    LOG.debug("{} is told {}: {}", connection, error, detail);
    sayGoAway(error, reason);
    over = true;
    connection.endAndDiscard(reason);
  }

  @Override
  public void end() {
    if (over) return;
    if (!streams.isEmpty()) {
      connection.reset(CutReason.PEER_GONE);
      return;
    }
    over = true;
    connection.end();
  }

  /// The peer's FIN is there, behind bytes that wait unread.
  @Override
  public void ending() {
    if (!streams.isEmpty()) connection.reset(CutReason.PEER_GONE);
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    if (lost) return;
    over = true;
    patience.close();
    drain.close();
    acknowledgement.close();
    look.close();
    discardHeld();
    sink.close();
    heads.close();
    for (var stream : streams.all()) {
      stream.connectionLost(reason == null ? CutReason.PEER_GONE : reason);
    }
    lost = true;
    connection.delivered(delivered);
    connection.account().release(Purse.HEAP, limits.heapPriceBytes());
  }
}
