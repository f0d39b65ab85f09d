package io.tidegate.http;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.BadMessage;
import io.tidegate.http.message.BodyReader;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.Http1Request;
import io.tidegate.http.message.Http1RequestScanner;
import io.tidegate.http.semantics.HttpDate;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Scope;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The server's side of one HTTP/1 connection: requests one after the other, each answered before
/// the next is begun.
///
/// What arrives behind a request waits unread in the kernel, but for the piece that had been read
/// with it. Belongs to the loop.
final class Http1Server implements ByteStream.Reader {
  private static final long RATE_LOOK_NANOS = 1_000_000_000;

  /// Answers that may wait to leave when a next request is begun.
  private static final int MOST_QUEUED_BYTES = 64 * 1024;

  private enum Phase {
    /// Nothing of a next request has come.
    IDLE,
    /// A head is arriving.
    HEAD,
    /// The head is handed over and its body is arriving.
    BODY,
    /// The request is complete and its answer is not.
    ANSWER,
    /// Nothing more is read as HTTP.
    OVER
  }

  private final Connection connection;
  private final HttpLimits limits;
  private final SpareScanner spare;
  private final LoopHandler handler;
  private final HeadInbox inbox;
  private final BodyReader bodyReader;
  private final Deadline clock;
  private final Scope.Removal clockOwned;
  private final ArrayDeque<ByteBuf> held = new ArrayDeque<>(2);
  private final long retireNanos;
  private @Nullable Http1RequestScanner scanner;
  private @Nullable Http1Exchange exchange;
  private Phase phase = Phase.IDLE;
  private boolean working;
  private boolean draining;
  private int requests;
  private long bodyWaitNanos;

  Http1Server(Connection connection, HttpLimits limits, SpareScanner spare, LoopHandler handler) {
    this.connection = connection;
    this.limits = limits;
    this.spare = spare;
    this.handler = handler;
    this.inbox = new HeadInbox(connection.account());
    this.bodyReader = new BodyReader(limits.head(), this::reserve);
    this.clock = connection.loop().deadline(this::expired);
    long age = limits.age().toNanos();
    this.retireNanos =
        connection.loop().nanos() + age - ThreadLocalRandom.current().nextLong(age / 10 + 1);
    clock.in(limits.headTimeout());
    this.clockOwned = connection.own(clock);
  }

  private boolean reserve(int bytes) {
    return connection.account().charge(Purse.HEAP, bytes);
  }

  private void release(int bytes) {
    connection.account().release(Purse.HEAP, bytes);
  }

  @Override
  public void bytes(ByteBuf piece) {
    held.addLast(piece);
    if (!working) work();
  }

  /// Takes what is held as far as the phase allows.
  private void work() {
    working = true;
    try {
      while (!held.isEmpty() && step(held.getFirst())) {
        dropIfSpent();
      }
    } catch (Throwable fault) {
      // here and not above: whoever ended the request before is also a caller of this
      connection.fail(fault);
    } finally {
      working = false;
    }
    if (phase == Phase.OVER) {
      discardHeld();
      return;
    }
    shrinkHeld();
    connection.pauseReading(!held.isEmpty());
  }

  /// Whether all of a body that is framed so lies here, as one does that came with its head.
  boolean holds(Framing body) {
    if (body.kind() != Framing.Kind.LENGTH) return false;
    long bytes = 0;
    for (var piece : held) bytes += piece.readableBytes();
    return bytes >= body.bytes();
  }

  private void shrinkHeld() {
    if (!held.isEmpty()) held.addLast(connection.loop().shrunk(held.removeLast()));
  }

  private void dropIfSpent() {
    var first = held.peekFirst();
    if (first != null && !first.isReadable()) held.removeFirst().release();
  }

  /// One step on `piece`; false if it must wait.
  private boolean step(ByteBuf piece) {
    return switch (phase) {
      case IDLE, HEAD -> head(piece);
      case BODY -> body(piece);
      case ANSWER, OVER -> false;
    };
  }

  private boolean head(ByteBuf piece) {
    if (!inbox.isEmpty()) return headFromInbox(piece);
    var bytes = connection.loop().scratch();
    int length = Math.min(piece.readableBytes(), bytes.length);
    piece.getBytes(piece.readerIndex(), bytes, 0, length);
    var scan = spare.begin();
    switch (scan.scan(bytes, 0, length)) {
      case HEAD -> begin(scan, piece, scan.consumed());
      case BAD -> refuse(scan.bad());
      case NEED_MORE -> {
        phase = Phase.HEAD;
        if (requests > 0) clock.in(limits.headTimeout());
        if (keepScanner(scan)) {
          spare.keep();
          keep(piece);
        }
      }
    }
    return true;
  }

  /// Keeps `scan` until the head's end, charged; false if it was refused.
  private boolean keepScanner(Http1RequestScanner scan) {
    if (!reserve(scan.heldBytes())) {
      refuse(CutReason.MEMORY_REFUSED);
      return false;
    }
    scanner = scan;
    return true;
  }

  private void dropScanner() {
    var kept = scanner;
    scanner = null;
    if (kept != null) release(kept.heldBytes());
  }

  private void keep(ByteBuf piece) {
    if (!inbox.append(piece)) {
      refuse(CutReason.MEMORY_REFUSED);
      return;
    }
    consume(piece, piece.readableBytes());
  }

  private boolean headFromInbox(ByteBuf piece) {
    var scan = scanner;
    if (scan == null) {
      scan = new Http1RequestScanner(limits.head());
      if (!keepScanner(scan)) return true;
    }
    int before = inbox.length();
    if (!inbox.append(piece)) {
      refuse(CutReason.MEMORY_REFUSED);
      return true;
    }
    switch (scan.scan(inbox.bytes(), 0, inbox.length())) {
      case HEAD -> {
        dropScanner();
        inbox.clear();
        begin(scan, piece, scan.consumed() - before);
      }
      case BAD -> refuse(scan.bad());
      case NEED_MORE -> consume(piece, piece.readableBytes());
    }
    return true;
  }

  private void consume(ByteBuf piece, int bytes) {
    piece.skipBytes(bytes);
    connection.released(bytes);
  }

  private void begin(Http1RequestScanner scan, ByteBuf piece, int headBytes) {
    var request = scan.request();
    consume(piece, headBytes);
    clock.disarm();
    connection.hasRequested();
    requests++;
    if (!reserve(request.head().heldBytes())) {
      refuse(CutReason.MEMORY_REFUSED);
      return;
    }
    bodyReader.begin(request.framing());
    phase = bodyReader.isDone() ? Phase.ANSWER : Phase.BODY;
    exchange = new Http1Exchange(this, request, mayKeepAlive(request));
    if (phase == Phase.BODY) watchBody();
    handler.handle(exchange);
  }

  private boolean mayKeepAlive(Http1Request request) {
    return request.keepAlive()
        && !draining
        && requests < limits.requests()
        && connection.loop().coarseNanos() - retireNanos < 0
        && connection.loop().loops().ladder().allowsKeepAlive();
  }

  /// Passes payload on; waits while the exchange has nobody to take it.
  private boolean body(ByteBuf piece) {
    var current = exchange;
    if (current == null || !current.takesBody()) return false;
    int before = piece.readerIndex();
    int payload = bodyReader.next(piece);
    int framing = piece.readerIndex() - before;
    if (framing > 0) connection.released(framing);
    if (payload > 0) current.bodyBytes(take(piece, payload));
    var wrong = bodyReader.failed();
    if (wrong != null) refuse(wrong);
    else if (bodyReader.isDone() && phase == Phase.BODY) bodyEnds(current);
    return true;
  }

  private ByteBuf take(ByteBuf piece, int bytes) {
    if (bytes < piece.readableBytes()) return piece.readRetainedSlice(bytes);
    held.removeFirst();
    return piece;
  }

  private void bodyEnds(Http1Exchange current) {
    phase = Phase.ANSWER;
    clock.disarm();
    var trailers = bodyReader.trailers();
    releaseTrailers();
    current.bodyEnd(trailers);
  }

  private void releaseTrailers() {
    if (bodyReader.heldBytes() > 0) release(bodyReader.heldBytes());
    bodyReader.begin(Framing.NONE);
  }

  /// The exchange has someone who takes its body now.
  void resume() {
    if (!working) work();
  }

  /// The answer is complete.
  void answered(boolean keepAlive) {
    boolean whole = phase == Phase.ANSWER;
    exchange = null;
    if (!keepAlive || !whole || draining) {
      over();
      connection.endAndDiscard(null);
      return;
    }
    if (connection.queuedBytes() > MOST_QUEUED_BYTES) connection.onceWritten(this::next);
    else next();
  }

  /// Looks for the next request: not before a peer that asks much and reads little has taken its
  /// answers.
  private void next() {
    phase = Phase.IDLE;
    if (draining) {
      draining();
      return;
    }
    clock.in(limits.idleTimeout());
    if (!working) work();
  }

  private void over() {
    phase = Phase.OVER;
    clock.close();
    clockOwned.close();
    inbox.clear();
    dropScanner();
    releaseTrailers();
  }

  /// The connection is a stream from now on: what is held goes to `reader` first.
  void handOver(ByteStream.Reader reader) {
    over();
    exchange = null;
    connection.pauseReading(false);
    connection.read(reader);
    while (!held.isEmpty()) {
      var piece = held.removeFirst();
      if (piece.isReadable()) reader.bytes(piece);
      else piece.release();
    }
  }

  private void refuse(BadMessage bad) {
    refuse(bad.status(), bad.reason(), reason(bad.status()));
  }

  private static CutReason reason(int status) {
    return switch (status) {
      case 413, 414, 431 -> CutReason.TOO_LARGE;
      case 503 -> CutReason.MEMORY_REFUSED;
      default -> CutReason.BAD_MESSAGE;
    };
  }

  private void refuse(CutReason reason) {
    refuse(reason.status(), reason.text(), reason);
  }

  /// Answers an error if that still can be understood, and ends the connection.
  private void refuse(int status, String text, CutReason reason) {
    var current = exchange;
    over();
    exchange = null;
    if (current != null) current.fail(reason);
    if (current != null && current.hasResponded()) {
      connection.reset(reason);
      return;
    }
    ErrorAnswer.write(connection, status, text, reason, HttpDate.now());
    connection.endAndDiscard(reason);
  }

  private void watchBody() {
    bodyWaitNanos = 0;
    clock.inNanos(RATE_LOOK_NANOS);
  }

  private void expired() {
    switch (phase) {
      case IDLE -> {
        if (requests == 0) refuse(CutReason.HEAD_TIMEOUT);
        else {
          over();
          connection.endAndDiscard(CutReason.IDLE);
        }
      }
      case HEAD -> refuse(CutReason.HEAD_TIMEOUT);
      case BODY -> lookAtRate();
      case ANSWER, OVER -> {}
    }
  }

  /// The clock runs only while we wait for the peer, and only until the answer has begun.
  private void lookAtRate() {
    var current = exchange;
    if (current == null || current.hasResponded()) return;
    clock.inNanos(RATE_LOOK_NANOS);
    if (!held.isEmpty() || connection.isReadingPaused() || current.awaitsContinue()) return;
    bodyWaitNanos += RATE_LOOK_NANOS;
    long rated = bodyWaitNanos - limits.bodyGrace().toNanos();
    if (rated > 0
        && bodyReader.payloadBytes()
            < limits.leastBodyBytesPerSecond() * (rated / RATE_LOOK_NANOS)) {
      refuse(CutReason.BODY_TOO_SLOW);
    }
  }

  @Override
  public void end() {
    if (phase == Phase.OVER) return;
    if (exchange != null || phase == Phase.HEAD) {
      connection.reset(CutReason.PEER_GONE);
      return;
    }
    over();
    connection.end();
  }

  /// A request that has begun to arrive is still answered.
  @Override
  public void draining() {
    draining = true;
    if (exchange != null) exchange.draining();
    if (phase != Phase.IDLE) return;
    over();
    connection.endAndDiscard(null);
  }

  /// The peer's FIN is there, behind bytes that wait unread: it does not wait for its answer.
  @Override
  public void ending() {
    if (exchange != null) connection.reset(CutReason.PEER_GONE);
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    try {
      over();
    } finally {
      discardHeld();
    }
    var current = exchange;
    exchange = null;
    if (current != null) current.fail(reason == null ? CutReason.PEER_GONE : reason);
  }

  private void discardHeld() {
    while (!held.isEmpty()) {
      var piece = held.removeFirst();
      int bytes = piece.readableBytes();
      piece.release();
      connection.released(bytes);
    }
  }

  Connection connection() {
    return connection;
  }

  boolean isDraining() {
    return draining;
  }
}
