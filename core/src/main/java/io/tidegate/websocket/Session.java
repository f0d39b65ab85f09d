package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.RequestHead;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import io.tidegate.net.PieceQueue;
import io.tidegate.net.Scope;
import io.tidegate.outbound.Outbox;
import io.tidegate.outbound.Waits;
import io.tidegate.websocket.CloseHandshake.Side;
import io.tidegate.websocket.frame.CloseCode;
import io.tidegate.websocket.frame.CloseFrame;
import io.tidegate.websocket.frame.MessageReader;
import io.tidegate.websocket.frame.Opcode;
import io.tidegate.websocket.frame.Role;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The protocol's side of one open WebSocket, RFC 6455 §5 to §7: reads frames into the [Inbox],
/// answers pings and closes, and watches the clocks.
///
/// All of it belongs to the stream's loop. Its scope is the stream: whatever ends that calls
/// [#closed], which gives back all. It is its own [Keepalive]: an object more would cost each
/// WebSocket 16 B.
final class Session extends Keepalive implements ByteStream.Reader, Runnable, Outbox.Owner {
  private static final Logger LOG = LoggerFactory.getLogger(Session.class);
  private static final CloseHandshake OPEN = new CloseHandshake.Open();

  /// How long what waits may take to leave before our close frame: as long as a write may stall,
  /// and half as long again.
  private static final Duration DRAIN = Duration.ofSeconds(30);

  /// How long the peer's last bytes are read into nothing after our own FIN.
  private static final Duration LINGER = Duration.ofSeconds(2);

  private final ByteStream stream;
  private final WebSocketConfig config;
  private final Wire wire;
  private final WebSocket socket;
  private final @Nullable WebSocketListener listener;
  private final Deadline clock;
  private CloseHandshake state = OPEN;

  // made when needed, and let go of by [#rest]
  private @Nullable Intake intake;
  private @Nullable Pongs pongs;

  private @Nullable Scope scope;
  private @Nullable Ending ending;

  /// Nothing is read or written any more; the stream may live on for a moment.
  private boolean over;

  private boolean closed;

  private volatile @Nullable CutReason cut;

  /// Opens one.
  ///
  /// @param listener who is called when something came and nobody serves it; null if somebody
  ///   always does
  /// @param protocol what was agreed
  /// @param request what the client asked, null if it is not kept
  Session(
      ByteStream stream,
      WebSocketConfig config,
      Wire wire,
      @Nullable WebSocketListener listener,
      String protocol,
      @Nullable RequestHead request) {
    super(stream.loop().nanos());
    this.stream = stream;
    this.config = config;
    this.wire = wire;
    this.listener = listener;
    this.socket = new WebSocket(this, protocol, request);
    this.clock = stream.loop().deadline(this);
    arm();
    rest();
  }

  ByteStream stream() {
    return stream;
  }

  WebSocketConfig config() {
    return config;
  }

  Wire wire() {
    return wire;
  }

  /// What users see of it.
  WebSocket socket() {
    return socket;
  }

  private WebSocketLimits limits() {
    return config.limits();
  }

  private Inbox inbox() {
    return socket.inbox();
  }

  private Outbox outbox() {
    return socket.outbox();
  }

  private boolean serve() {
    var told = listener;
    return told == null || wire.owner().serve(socket, told);
  }

  /// Lets go of what only a busy connection needs, if nothing is under way.
  void rest() {
    if (isDeaf() || isBehind() || !(state instanceof CloseHandshake.Open)) return;
    if (intake != null && intake.isAtRest() && !wire.remembersMessages()) {
      intake.close();
      intake = null;
    }
    if (pongs != null && pongs.isAtRest()) pongs = null;
    outbox().rest();
    if (stream instanceof Connection whole) whole.rest();
  }

  // ---- for its outbox

  @Override
  public Loop loop() {
    return stream.loop();
  }

  @Override
  public Account account() {
    return stream.account();
  }

  @Override
  public PieceQueue.Sink sink() {
    return stream;
  }

  @Override
  public int outboundBytes() {
    return config.outboundBytes();
  }

  @Override
  public Waits waits() {
    return wire.owner().waits();
  }

  @Override
  public void cut(CutReason reason) {
    fail(reason);
  }

  // ---- what comes

  @Override
  public void bytes(ByteBuf piece) {
    heard(loop().coarseNanos());
    int bytes = piece.readableBytes();
    if (isDeaf()) {
      piece.release();
      stream.released(bytes);
    } else if (!isBehind() && !isInboxFull()) {
      read(piece, bytes);
    } else if (!intake().backlog().add(piece, bytes)) {
      fail(CutReason.MEMORY_REFUSED);
    }
  }

  private boolean isDeaf() {
    return over || fault() != null;
  }

  private @Nullable CutReason fault() {
    return ending == null ? null : ending.fault;
  }

  private boolean isBehind() {
    return intake != null && intake.isBehind();
  }

  private Intake intake() {
    if (intake == null) intake = new Intake(stream, wire.owner().reader(stream, config, wire));
    return intake;
  }

  private Ending begunEnding() {
    if (ending == null) ending = new Ending();
    return ending;
  }

  /// Reads the messages of `piece`, of which `owed` bytes are the stream's to hear of; what is left
  /// when the inbox is full waits.
  private void read(ByteBuf piece, int owed) {
    var found = MessageReader.Found.MESSAGE;
    var wasAsked = isAsked();
    while (!isDeaf() && !isInboxFull() && found != MessageReader.Found.NEED_MORE) {
      var from = intake().reader();
      found = from.next(piece);
      take(found, from, piece);
    }
    timeMessage();
    if (!isDeaf() && piece.isReadable()) {
      stream.released(intake().backlog().putBack(piece, owed));
      pause(true);
      return;
    }
    piece.release();
    stream.released(owed);
    if (wasAsked && !isAsked()) rest();
  }

  /// One message may always come.
  private boolean isInboxFull() {
    return inbox().isFull(loop().loops().ladder().allowsShare(account(), Purse.DIRECT, 0));
  }

  private void take(MessageReader.Found found, MessageReader from, ByteBuf piece) {
    switch (found) {
      case NEED_MORE -> {
        if (!loop().loops().ladder().allowsGathering(from.keptBytes()))
          fail(CutReason.MEMORY_REFUSED);
      }
      case PONG -> ponged(from.payload());
      case MESSAGE -> deliver(from, piece);
      case PING -> pinged(from.payload());
      case CLOSE -> peerCloses(CloseFrame.read(from.payload()));
      case BAD -> peerBroke(from.closeCode(), from.closeText());
      case NO_ROOM -> fail(CutReason.MEMORY_REFUSED);
    }
  }

  private void deliver(MessageReader from, ByteBuf piece) {
    intake().messageCame();
    var payload = Arrival.payload(from, piece, account(), loop().buffers());
    if (payload == null) {
      fail(CutReason.MEMORY_REFUSED);
      return;
    }
    var message =
        from.kind() == Opcode.TEXT ? new Message.Text(payload) : new Message.Binary(payload);
    if (inbox().put(message) && !serve()) unserved();
  }

  /// There is nobody to serve what came.
  void unserved() {
    inbox().abandon();
    if (!closed) fail(CutReason.HANDLER_LIMIT);
    else if (inbox().end(new CloseFrame(CloseCode.ABNORMAL, ""))) endRests();
  }

  private void pause(boolean paused) {
    if (stream instanceof Connection whole) whole.pauseReading(paused);
  }

  /// The handler has taken enough for reading to go on.
  void resume() {
    if (isDeaf()) return;
    heard(loop().coarseNanos());
    while (!isDeaf() && isBehind() && !isInboxFull()) intake().backlog().next(this::read);
    if (isDeaf() || isBehind()) return;
    pause(false);
    if (hasPeerEnded()) endRead();
  }

  // ---- control frames

  private void pinged(ByteBuf payload) {
    if (pongs == null) {
      pongs = new Pongs(stream, wire, config.pings());
      arm();
    }
    if (!pongs.admits(loop().coarseNanos())) {
      fail(CutReason.FLOOD);
      return;
    }
    if (!state.maySend()) return;
    if (!pongs.answer(payload)) fail(CutReason.MEMORY_REFUSED);
  }

  /// Sends a ping whose answer can be told from others.
  void ping() {
    if (over || !state.maySend()) return;
    wire.ping(stream, asks(loop().nanos()));
  }

  /// A peer may send pongs that nobody asked for (RFC 6455 §5.5.3): they tell no time.
  private void ponged(ByteBuf payload) {
    if (payload.readableBytes() != Integer.BYTES) return;
    answered(payload.getInt(payload.readerIndex()), loop().nanos());
  }

  /// Why it was cut, null if it was not. Any thread.
  @Nullable CutReason cutReason() {
    return cut;
  }

  private void note(@Nullable CutReason reason) {
    if (cut == null) cut = reason;
  }

  // ---- the end

  /// Begins the closing handshake, or answers the peer's; what waits is sent before.
  void close(int code, String text) {
    if (over) return;
    if (fault() != null) {
      endSeen(); // the peer is told what it did, not that all is well
    } else if (state instanceof CloseHandshake.RemoteClosed(var theirs)) {
      answerClose(theirs);
    } else if (state instanceof CloseHandshake.Open) {
      state = new CloseHandshake.Closing(code, text);
      inbox().discard();
      timeClose(DRAIN);
      outbox().finish(CutReason.CLOSING, this::sayClose);
      resume();
    }
  }

  /// What was to be sent before our close frame has left.
  private void sayClose() {
    if (over || !(state instanceof CloseHandshake.Closing(var code, var text))) return;
    state = state.after(Side.LOCAL, code);
    wire.close(stream, code, text);
    timeClose(limits().closeTimeout());
  }

  /// Its server closes, and says so.
  @Override
  public void draining() {
    close(CloseCode.GOING_AWAY, CutReason.CLOSING.text());
  }

  /// The handler has seen that the peer closes, and all that came before.
  void endSeen() {
    var broken = fault();
    var frame = how();
    if (over) return;
    if (state instanceof CloseHandshake.RemoteClosed(var code)) answerClose(code);
    else if (broken != null && frame != null) {
      outbox().finish(broken, () -> fail(frame.code(), frame.reason(), broken));
    } else if (hasPeerEnded()) {
      finish(null);
    }
  }

  private @Nullable CloseFrame how() {
    return ending == null ? null : ending.how;
  }

  private void peerBroke(int code, String text) {
    var reason = code == CloseCode.TOO_BIG ? CutReason.TOO_LARGE : CutReason.BAD_MESSAGE;
    if (!(state instanceof CloseHandshake.Open)) {
      fail(code, text, reason);
      return;
    }
    var how = new CloseFrame(code, text);
    begunEnding().fault = reason;
    begunEnding().how = how;
    note(reason);
    dropInput();
    timeClose(limits().closeTimeout());
    if (inbox().end(how) && !serve()) {
      inbox().abandon();
      fail(code, text, reason);
    }
  }

  /// Has our close frame answer the peer's, behind what waits.
  private void answerClose(int code) {
    outbox()
        .finish(
            CutReason.CLOSING,
            () -> {
              if (over) return;
              state = state.after(Side.LOCAL, code);
              wire.close(stream, code, "");
              closedBoth();
            });
  }

  private void peerCloses(CloseFrame frame) {
    if (how() == null) begunEnding().how = frame;
    var before = state;
    state = before.after(Side.REMOTE, frame.code());
    if (before.hasSaid()) {
      closedBoth();
      return;
    }
    timeClose(limits().closeTimeout());
    if (before instanceof CloseHandshake.Closing(var ours, _)) {
      answerClose(ours);
    } else if (inbox().end(frame) && !serve()) {
      inbox().abandon();
      answerClose(frame.code());
    }
  }

  /// The server ends the stream first (§7.1.1), if it has not.
  private void closedBoth() {
    if (wire.role() == Role.SERVER || hasPeerEnded()) {
      finish(null);
    } else {
      awaitServer(limits().closeTimeout());
    }
  }

  /// Sends what somebody else has framed; false, with the piece discarded, once a close has begun.
  boolean offer(ByteBuf piece, int owed, Payer payer) {
    if (!isDeaf() && state.maySend()) return stream.offer(piece, owed, payer);
    piece.release();
    payer.released(owed);
    return false;
  }

  /// Writes at once what the kernel takes of what somebody else has framed; 0 once a close has
  /// begun.
  int writeNow(ByteBuf frames) {
    return !isDeaf() && state.maySend() ? stream.writeNow(frames) : 0;
  }

  /// Closes `resource` with this.
  void own(AutoCloseable resource) {
    if (scope == null) scope = new Scope(this);
    if (closed) scope.close();
    var _ = scope.own(resource);
  }

  void fail(CutReason reason) {
    fail(reason.closeCode(), reason.text(), reason);
  }

  /// Tells the peer why, behind what has begun to leave, and ends; what waits is dropped.
  private void fail(int code, String text, CutReason reason) {
    if (over) return;
    note(reason);
    begunEnding().how = new CloseFrame(code, text);
    outbox().close(reason);
    var told = !state.hasSaid();
    if (told) wire.close(stream, code, text);
    var waits = reason == CutReason.BAD_MESSAGE && wire.role() == Role.CLIENT && !hasPeerEnded();
    if (told && waits) {
      loop().count(reason);
      awaitServer(LINGER);
    } else {
      finish(reason);
    }
  }

  /// A server is left the time to end the stream first, though it broke a rule (§7.1.1):
  /// conformance suites take a FIN right behind our close frame for a connection that never was.
  private void awaitServer(Duration atMost) {
    over = true;
    dropInput();
    timeClose(atMost);
  }

  private void finish(@Nullable CutReason reason) {
    over = true;
    dropInput();
    if (stream instanceof Connection whole) {
      whole.endAndDiscard(reason);
      return;
    }
    if (reason != null) loop().count(reason);
    outbox().close(reason == null ? CutReason.PEER_GONE : reason);
    stream.end();
    timeClose(LINGER);
  }

  private void dropInput() {
    if (intake != null) intake.close();
    pause(false);
  }

  @Override
  public void end() {
    begunEnding().hasPeerEnded = true;
    if (over) stream.end();
    else if (!isBehind()) endRead();
    // else what came before is read first, as there is room for it
  }

  private boolean hasPeerEnded() {
    return ending != null && ending.hasPeerEnded;
  }

  /// The peer has ended, and all that came before has been read: what it said of its end, or broke,
  /// is answered once all before that has been served.
  private void endRead() {
    if (isDeaf() || state instanceof CloseHandshake.RemoteClosed) return;
    if (!(state instanceof CloseHandshake.Open) || inbox().isEmpty()) {
      finish(null);
      return;
    }
    timeClose(limits().closeTimeout());
    if (inbox().end(new CloseFrame(CloseCode.ABNORMAL, "")) && !serve()) unserved();
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    if (closed) return;
    closed = true;
    over = true;
    note(reason);
    clock.close();
    if (scope != null) scope.close();
    dropInput();
    outbox().close(reason == null ? CutReason.PEER_GONE : reason);
    inbox().clear();
    socket.outlive();
    var how = how();
    if (how == null) how = new CloseFrame(CloseCode.ABNORMAL, reason == null ? "" : reason.text());
    if (inbox().end(how)) serveEnd();
  }

  private void serveEnd() {
    var told = listener;
    if (told != null && !wire.owner().serve(socket, told)) endRests();
  }

  /// Its end is told to the listener when there is a place again.
  private void endRests() {
    var told = listener;
    if (told != null && !wire.owner().serveRested(socket, told))
      LOG.debug("{}: nobody hears of its end, too many wait", socket);
  }

  // ---- clocks

  private void timeMessage() {
    if (over || intake == null || !intake.hasBegunMessage()) return;
    intake.dueAt(loop().nanos() + limits().messageTimeout().toNanos());
    arm();
  }

  private void timeClose(Duration after) {
    begunEnding().dueAt(loop().nanos() + after.toNanos());
    arm();
  }

  /// One deadline for all clocks, set to the next that is due.
  private void arm() {
    if (closed) return;
    var now = loop().nanos();
    var left = over ? Long.MAX_VALUE : nanosLeft(limits(), now);
    left = Math.min(left, Math.min(messageNanosLeft(now), closeNanosLeft(now)));
    if (pongs != null && !over) left = Math.min(left, restAfterNanos());
    if (left < Long.MAX_VALUE) clock.inNanos(Math.max(0, left));
  }

  private long messageNanosLeft(long now) {
    return isDeaf() || intake == null ? Long.MAX_VALUE : intake.nanosLeft(now);
  }

  private long closeNanosLeft(long now) {
    return ending == null ? Long.MAX_VALUE : ending.nanosLeft(now);
  }

  /// Pings that were answered are remembered for as long as they count.
  private long restAfterNanos() {
    return config.pings().per().toNanos();
  }

  @Override
  public void run() {
    var now = loop().nanos();
    if (closeNanosLeft(now) <= 0) {
      closeTooSlow();
    } else if (messageNanosLeft(now) <= 0) {
      messageTooSlow(now);
    } else if (!over) {
      keepAlive(now);
    }
    arm();
  }

  private void closeTooSlow() {
    var broken = fault();
    var how = how();
    begunEnding().isDone();
    if (broken != null && how != null && !over) {
      fail(how.code(), how.reason(), broken);
      return;
    }
    if (!over && !inbox().isEmpty()) { // what came before the end is waited for no longer
      note(CutReason.HANDLER_LIMIT);
      loop().count(CutReason.HANDLER_LIMIT);
    }
    if (state instanceof CloseHandshake.RemoteClosed(var code) && !over) {
      // the handler is too slow to see that the peer closes, or the peer to take what waits
      dropWaiting();
      answerClose(code);
    } else if (state instanceof CloseHandshake.Closing && !over) {
      dropWaiting();
      sayClose();
    } else if (over && !(stream instanceof Connection)) {
      if (stream.queuedBytes() > 0 && begunEnding().mayLinger()) timeClose(LINGER);
      else stream.reset(CutReason.CLOSING);
    } else {
      finish(null);
    }
  }

  /// Our close frame is to leave now: what waits before it is dropped, and that is known.
  private void dropWaiting() {
    if (outbox().waitingBytes() > 0) {
      note(CutReason.WRITE_TOO_SLOW);
      loop().count(CutReason.WRITE_TOO_SLOW);
    }
    outbox().close(CutReason.CLOSING);
  }

  /// The clock does not run while we do not read.
  private void messageTooSlow(long now) {
    if (!isBehind()) fail(CutReason.MESSAGE_TIMEOUT);
    else intake().dueAt(now + limits().messageTimeout().toNanos());
  }

  /// The peer need not be heard while we do not read, nor while bytes wait for it to take them: a
  /// ping would stand behind those, and how slowly it takes them is bounded where they wait.
  private void keepAlive(long now) {
    if (isBehind() || stream.queuedBytes() > 0) heard(now);
    rest();
    switch (due(limits(), now)) {
      case NOTHING -> {}
      case PING -> ping();
      case CUT -> fail(CutReason.SILENT);
    }
  }
}
