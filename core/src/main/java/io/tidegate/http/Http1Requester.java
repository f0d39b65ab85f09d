package io.tidegate.http;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.BodyReader;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.Http1Response;
import io.tidegate.http.message.Http1ResponseScanner;
import io.tidegate.http.message.Http1Writer;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.Scan;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import org.jspecify.annotations.Nullable;

/// HTTP/1.1 requests on one stream, answers scanned strictly.
final class Http1Requester implements Requester, ByteStream.Reader {
  private static final String NO_METHOD = "";

  /// Most heads are shorter.
  private static final int FIRST_LOOK = 1024;

  private final ByteStream stream;
  private final HeadInbox inbox;
  private final BodyReader bodyReader;
  private final BodyWriter writer;
  private final Http1ResponseScanner scanner;
  private String method = NO_METHOD;
  private @Nullable Answer answer;
  private boolean upgrade;
  private boolean sent;
  private boolean headDone;
  private boolean begun;
  private boolean reusable = true;
  private int keepAliveSeconds = -1;
  private int scannerBytes;

  Http1Requester(ByteStream stream, HeadLimits limits) {
    this.stream = stream;
    this.inbox = new HeadInbox(stream.account());
    this.bodyReader = new BodyReader(limits, bytes -> stream.account().charge(Purse.HEAP, bytes));
    this.writer = new BodyWriter(stream);
    this.scanner = new Http1ResponseScanner(limits);
    stream.read(this);
    if (!stream.account().charge(Purse.HEAP, scanner.heldBytes()))
      stream.reset(CutReason.MEMORY_REFUSED);
    else scannerBytes = scanner.heldBytes();
  }

  @Override
  public void send(RequestHead head, Framing framing, boolean asksUpgrade, Answer taker) {
    if (answer != null) throw new IllegalStateException("a request is under way");
    answer = taker;
    method = head.method();
    upgrade = asksUpgrade;
    sent = framing.isEmpty();
    headDone = false;
    begun = false;
    reusable = false;
    writer.begin(framing);
    var then = asksUpgrade ? Http1Writer.Then.UPGRADE : Http1Writer.Then.REUSE;
    boolean sent =
        stream.offer(
            Http1Writer.sizeOf(head, framing, then),
            out -> Http1Writer.write(head, framing, then, out));
    if (!sent) lost(CutReason.PEER_GONE);
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    return writer.offer(piece, owed, payer);
  }

  @Override
  public void finish(Fields trailers) {
    if (writer.finish(trailers)) sent = true;
    else stream.reset(CutReason.PEER_GONE);
  }

  @Override
  public void bytes(ByteBuf piece) {
    try {
      boolean goesOn = answer != null;
      while (goesOn && piece.isReadable()) goesOn = headDone ? body(piece) : head(piece);
      if (piece.isReadable()) surplus(piece);
    } finally {
      int unread = piece.readableBytes(); // something threw
      piece.release();
      if (unread > 0) stream.released(unread);
    }
  }

  private void surplus(ByteBuf piece) {
    reusable = false;
    consume(piece, piece.readableBytes());
    stream.reset(CutReason.APP_BAD_ANSWER);
  }

  private void consume(ByteBuf piece, int bytes) {
    piece.skipBytes(bytes);
    stream.released(bytes);
  }

  /// Scans on; false if nothing more of `piece` belongs to this answer.
  private boolean head(ByteBuf piece) {
    begun = true;
    int before = inbox.length();
    if (before > 0 && !inbox.append(piece)) return lose(piece, CutReason.MEMORY_REFUSED);
    return switch (before > 0 ? scanInbox() : scanInScratch(piece)) {
      case BAD -> lose(piece, CutReason.APP_BAD_ANSWER);
      case NEED_MORE -> {
        if (before == 0 && !inbox.append(piece)) yield lose(piece, CutReason.MEMORY_REFUSED);
        consume(piece, piece.readableBytes());
        yield false;
      }
      case HEAD -> {
        inbox.clear();
        consume(piece, scanner.consumed() - before);
        yield deliver(scanner.response(), piece);
      }
    };
  }

  private Scan scanInbox() {
    return scanner.scan(method, inbox.bytes(), 0, inbox.length());
  }

  /// Looks at the front first: the body behind a head need not be copied to find the head's end.
  private Scan scanInScratch(ByteBuf piece) {
    byte[] bytes = stream.loop().scratch();
    int length = Math.min(piece.readableBytes(), bytes.length);
    int front = Math.min(length, FIRST_LOOK);
    piece.getBytes(piece.readerIndex(), bytes, 0, front);
    var scan = scanner.scan(method, bytes, 0, front);
    if (scan != Scan.NEED_MORE || front == length) return scan;
    piece.getBytes(piece.readerIndex() + front, bytes, front, length - front);
    return scanner.scan(method, bytes, 0, length);
  }

  private boolean lose(ByteBuf piece, CutReason reason) {
    consume(piece, piece.readableBytes());
    lost(reason);
    stream.reset(reason);
    return false;
  }

  private void lost(CutReason reason) {
    var taker = answer;
    answer = null;
    reusable = false;
    inbox.clear();
    releaseTrailers();
    if (taker != null) taker.lost(reason, begun);
  }

  private boolean deliver(Http1Response response, ByteBuf piece) {
    var taker = java.util.Objects.requireNonNull(answer);
    var head = response.head();
    if (head.status() == 101) return switchTo(response, taker, piece);
    if (head.isInterim()) {
      taker.interim(head);
      return answer == taker;
    }
    headDone = true;
    reusable = response.keepAlive();
    keepAliveSeconds = reusable ? KeepAliveField.timeoutSeconds(head.fields()) : -1;
    bodyReader.begin(response.framing());
    taker.head(head, response.framing());
    return !completeIfDone(piece) && answer == taker;
  }

  private boolean switchTo(Http1Response response, Answer taker, ByteBuf piece) {
    if (!upgrade || !response.upgrade()) return lose(piece, CutReason.APP_BAD_ANSWER);
    answer = null;
    reusable = false;
    releaseScanner();
    var rest = piece.isReadable() ? piece.readRetainedSlice(piece.readableBytes()) : null;
    var reader = taker.upgraded(response.head(), stream);
    stream.read(reader);
    if (rest != null) reader.bytes(rest);
    return false;
  }

  private boolean body(ByteBuf piece) {
    int before = piece.readerIndex();
    int payload = bodyReader.next(piece);
    int framing = piece.readerIndex() - before;
    if (framing > 0) stream.released(framing);
    if (payload > 0) pass(piece, payload);
    if (bodyReader.failed() != null) return lose(piece, CutReason.APP_BAD_ANSWER);
    return !completeIfDone(piece) && answer != null;
  }

  /// A byte behind the end belongs to nobody: the stream carries no other request.
  private boolean completeIfDone(ByteBuf piece) {
    if (!bodyReader.isDone() || answer == null) return false;
    if (piece.isReadable()) reusable = false;
    complete();
    return true;
  }

  private void pass(ByteBuf piece, int payload) {
    var taker = answer;
    if (taker == null) {
      consume(piece, payload);
      return;
    }
    taker.bytes(piece.readRetainedSlice(payload));
  }

  private void complete() {
    var taker = answer;
    answer = null;
    var trailers = bodyReader.trailers();
    releaseTrailers();
    reusable &= sent;
    if (taker != null) taker.end(trailers);
  }

  private void releaseTrailers() {
    if (bodyReader.heldBytes() > 0) stream.account().release(Purse.HEAP, bodyReader.heldBytes());
    bodyReader.begin(Framing.NONE);
  }

  @Override
  public void end() {
    if (answer != null && headDone && bodyReader.end()) {
      reusable = false;
      complete();
      if (sent) stream.end();
      else stream.reset(CutReason.APP_BAD_ANSWER);
    } else if (answer == null) {
      reusable = false;
      stream.end();
    } else {
      lost(CutReason.APP_BAD_ANSWER);
      stream.reset(CutReason.APP_BAD_ANSWER);
    }
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    lost(reason == null ? CutReason.APP_BAD_ANSWER : reason);
    releaseScanner();
  }

  private void releaseScanner() {
    if (scannerBytes > 0) stream.account().release(Purse.HEAP, scannerBytes);
    scannerBytes = 0;
  }

  @Override
  public ByteStream.Reader reader() {
    return this;
  }

  @Override
  public ByteStream stream() {
    return stream;
  }

  @Override
  public boolean isReusable() {
    return reusable && answer == null && !stream.isClosed();
  }

  @Override
  public int keepAliveSeconds() {
    return keepAliveSeconds;
  }

  @Override
  public void leave() {
    if (answer != null) throw new IllegalStateException("a request is under way");
    reusable = false;
    releaseScanner();
  }

  @Override
  public void reset(CutReason reason) {
    answer = null;
    reusable = false;
    stream.reset(reason);
  }
}
