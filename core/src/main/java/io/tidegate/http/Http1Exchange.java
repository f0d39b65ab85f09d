package io.tidegate.http;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.Http1Request;
import io.tidegate.http.message.Http1Writer;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.http.semantics.HttpDate;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.FileSlice;
import io.tidegate.net.Payer;
import io.tidegate.net.Scope;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// An exchange on an HTTP/1 connection.
final class Http1Exchange implements Exchange {
  /// Most bytes of an answer that are copied behind its head.
  private static final int MOST_SMALL_BYTES = 1024;

  private final Http1Server server;
  private final Connection connection;
  private final Http1Request request;
  private final BodyWriter writer;
  private boolean keepAlive;
  private @Nullable Body body;
  private @Nullable Scope owned;
  private @Nullable Runnable whenDraining;
  private boolean bodyDone;
  private boolean responded;
  private boolean over;
  private boolean awaitsContinue;

  /// The caller has charged `request`'s head; this exchange gives it back.
  Http1Exchange(Http1Server server, Http1Request request, boolean keepAlive) {
    this.server = server;
    this.connection = server.connection();
    this.request = request;
    this.keepAlive = keepAlive;
    this.awaitsContinue = request.expectContinue();
    this.writer = new BodyWriter(connection);
    this.bodyDone = request.framing().isEmpty();
  }

  @Override
  public RequestHead request() {
    return request.head();
  }

  @Override
  public Framing bodyFraming() {
    return request.framing();
  }

  @Override
  public boolean hasArrived() {
    return bodyDone || server.holds(request.framing());
  }

  @Override
  public boolean asksFor(String protocol) {
    return request.framing().isEmpty() && request.asksFor(protocol);
  }

  @Override
  public boolean expectsContinue() {
    return request.expectContinue() && !bodyDone;
  }

  @Override
  public Connection connection() {
    return connection;
  }

  @Override
  public ByteStream stream() {
    return connection;
  }

  @Override
  public void read(Body taker) {
    body = taker;
    if (over) taker.failed(CutReason.PEER_GONE);
    else if (bodyDone) taker.end(Fields.EMPTY);
    else server.resume();
  }

  boolean takesBody() {
    return body != null;
  }

  /// Whether the peer may still wait for 100 before it sends its body, RFC 9110 §10.1.1.
  boolean awaitsContinue() {
    return awaitsContinue;
  }

  void bodyBytes(ByteBuf piece) {
    awaitsContinue = false;
    var taker = body;
    if (taker != null && !over) {
      taker.bytes(piece);
      return;
    }
    int bytes = piece.readableBytes();
    piece.release();
    released(bytes);
  }

  void bodyEnd(Fields trailers) {
    bodyDone = true;
    if (body != null && !over) body.end(trailers);
  }

  @Override
  public void released(int bytes) {
    connection.released(bytes);
  }

  @Override
  public void interim(ResponseHead head) {
    if (!head.isInterim()) throw new IllegalArgumentException("not interim: " + head.status());
    if (over || responded || request.minorVersion() == 0) return;
    if (head.status() == 100) awaitsContinue = false;
    var _ = writeHead(head, Framing.NONE, Http1Writer.Then.REUSE);
  }

  @Override
  public boolean respond(ResponseHead head, Framing framing) {
    if (head.status() < 200) throw new IllegalArgumentException("not final: " + head.status());
    if (over || responded) return false;
    responded = true;
    if (!bodyDone || server.isDraining()) keepAlive = false;
    boolean toHead = request.head().method().equals("HEAD");
    var wire = toHead ? announced(head, framing) : onThisConnection(head, framing);
    writer.begin(toHead ? Framing.NONE : wire);
    return writeHead(head, wire, then());
  }

  /// An answer to HEAD has no body, but may tell how long it would be, unless it would have none
  /// either, RFC 9110 §8.6.
  private static Framing announced(ResponseHead head, Framing framing) {
    if (head.status() == 204) return Framing.NONE;
    return framing.isEmpty() || framing.kind() != Framing.Kind.LENGTH ? Framing.NONE : framing;
  }

  /// What this version and status can say.
  private Framing onThisConnection(ResponseHead head, Framing framing) {
    if (head.status() == 204 || head.status() == 304) return Framing.NONE;
    boolean unknown =
        framing.kind() == Framing.Kind.CHUNKED || framing.kind() == Framing.Kind.UNTIL_CLOSE;
    if (framing.kind() == Framing.Kind.NONE) return Framing.length(0);
    if (!unknown) return framing;
    if (request.minorVersion() > 0) return Framing.CHUNKED;
    keepAlive = false;
    return Framing.UNTIL_CLOSE;
  }

  private Http1Writer.Then then() {
    if (!keepAlive) return Http1Writer.Then.CLOSE;
    return request.minorVersion() == 0 ? Http1Writer.Then.KEEP_ALIVE : Http1Writer.Then.REUSE;
  }

  private boolean writeHead(ResponseHead head, Framing framing, Http1Writer.Then then) {
    return connection.offer(
        Http1Writer.sizeOf(head, framing, then),
        out -> Http1Writer.write(head, framing, then, out));
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    if (over || !responded || writer.framing().kind() == Framing.Kind.NONE) {
      piece.release();
      payer.released(owed);
      return !over;
    }
    return writer.offer(piece, owed, payer) || tooMuch();
  }

  /// What is small goes where its head went.
  @Override
  public void answer(ResponseHead head, byte[] answer) {
    if (answer.length > MOST_SMALL_BYTES) {
      Exchange.super.answer(head, answer);
      return;
    }
    if (!respond(head, Framing.length(answer.length))) return;
    if (writer.framing().kind() != Framing.Kind.NONE && !writer.offer(answer)) {
      var _ = tooMuch();
    }
    finish(Fields.EMPTY);
  }

  @Override
  public boolean offer(FileSlice slice, Payer payer) {
    if (over || !responded || writer.framing().kind() == Framing.Kind.NONE) {
      slice.discard(payer);
      return !over;
    }
    return writer.offer(slice, payer) || tooMuch();
  }

  /// What does not fit into its body must not follow it.
  private boolean tooMuch() {
    if (!connection.isClosed()) connection.reset(CutReason.APP_BAD_ANSWER);
    return false;
  }

  @Override
  public void finish(Fields trailers) {
    if (over || connection.isClosed()) return;
    if (!responded || !writer.finish(trailers)) {
      cut(CutReason.APP_BAD_ANSWER);
      return;
    }
    close();
    server.answered(keepAlive);
  }

  @Override
  public void cut(CutReason reason) {
    if (over) return;
    if (responded) {
      connection.reset(reason);
      return;
    }
    connection.loop().count(reason);
    var text = reason.text() + "\n";
    var head =
        new HeadBuilder()
            .response(reason.status())
            .field(FieldName.DATE, HttpDate.now())
            .field(FieldName.CONTENT_TYPE, "text/plain; charset=utf-8")
            .field("Tidegate-Error", reason.label());
    if (reason.status() == 503) head.field(FieldName.RETRY_AFTER, "5");
    answer(head.buildResponse(), text.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public ByteStream upgrade(ResponseHead head, ByteStream.Reader reader) {
    if (responded && !over) throw new IllegalStateException("an answer has begun");
    if (!bodyDone && !over) throw new IllegalStateException("the request is not complete");
    if (over) {
      reader.closed(CutReason.PEER_GONE);
      return connection;
    }
    responded = true;
    var _ = writeHead(head, Framing.NONE, Http1Writer.Then.UPGRADE);
    close();
    server.handOver(reader);
    return connection;
  }

  @Override
  public boolean hasResponded() {
    return responded;
  }

  @Override
  public void own(AutoCloseable resource) {
    if (owned == null) owned = new Scope(this);
    var _ = owned.own(resource);
    if (over) owned.close();
  }

  @Override
  public void whenDraining(Runnable action) {
    whenDraining = action;
    if (server.isDraining()) draining();
  }

  /// Whoever accepted the connection closes.
  void draining() {
    var action = whenDraining;
    whenDraining = null;
    if (action != null && !over) action.run();
  }

  /// The request will not be complete, or its peer is gone.
  void fail(CutReason reason) {
    if (over) return;
    var taker = bodyDone ? null : body;
    close();
    if (taker != null) taker.failed(reason);
  }

  private void close() {
    over = true;
    connection.account().release(Purse.HEAP, request.head().heldBytes());
    if (owned != null) owned.close();
  }

  @Override
  public String toString() {
    return "exchange of " + connection;
  }
}
