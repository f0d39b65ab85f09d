package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.tidegate.http.Body;
import io.tidegate.http.Exchange;
import io.tidegate.http.HandshakeKey;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.Http2Request;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.http.semantics.HttpDate;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import io.tidegate.net.PieceQueue;
import io.tidegate.net.Scope;
import org.jspecify.annotations.Nullable;

/// An exchange on one stream of an HTTP/2 connection.
final class Http2Exchange implements Exchange, ByteStream.Reader {
  private final Http2Server server;
  private final Http2Stream stream;
  private final Http2Request request;
  private @Nullable Body body;

  /// What came before somebody took it; part of the stream's window.
  private @Nullable PieceQueue early;

  private @Nullable Scope owned;
  private @Nullable Runnable whenDraining;
  private Framing answer = Framing.NONE;
  private long sentBytes;
  private boolean bodyDone;
  private boolean bodyTold;
  private boolean responded;
  private boolean over;
  private boolean awaitsContinue;

  /// Its stream pays for the head of `request`.
  Http2Exchange(Http2Stream stream, Http2Request request) {
    this.server = stream.server();
    this.stream = stream;
    this.request = request;
    this.awaitsContinue = request.expectContinue();
    this.bodyDone = stream.isInputEnded();
    stream.serve(this);
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
    return bodyDone || bodyFraming().isEmpty();
  }

  @Override
  public boolean asksFor(String protocol) {
    return request.opensWebSocket() && protocol.equalsIgnoreCase("websocket");
  }

  @Override
  public boolean expectsContinue() {
    return request.expectContinue() && !bodyDone;
  }

  @Override
  public Connection connection() {
    return server.connection();
  }

  @Override
  public ByteStream stream() {
    return stream;
  }

  // ---- the request's body

  @Override
  public void read(Body taker) {
    body = taker;
    if (over) {
      taker.failed(CutReason.PEER_GONE);
      return;
    }
    drainEarly(taker::bytes);
    tellEnd();
  }

  private interface Taker {
    void take(ByteBuf piece);
  }

  private void drainEarly(Taker taker) {
    var waiting = early;
    early = null;
    if (waiting == null) return;
    while (!waiting.isEmpty()) {
      var _ =
          waiting.moveTo(
              (piece, owed, payer) -> {
                taker.take(piece);
                return true;
              },
              Integer.MAX_VALUE);
    }
  }

  private void tellEnd() {
    var taker = body;
    if (!bodyDone || bodyTold || taker == null || over) return;
    bodyTold = true;
    taker.end(stream.trailers());
  }

  /// Whether its body is looked at. Whether somebody waits for the body, and the peer not for 100,
  /// RFC 9110 §10.1.1.
  boolean waitsForBody() {
    return body != null && !over && !awaitsContinue;
  }

  @Override
  public void bytes(ByteBuf piece) {
    var taker = body;
    awaitsContinue = false;
    if (over) discard(piece);
    else if (taker != null) taker.bytes(piece);
    else hold(piece);
  }

  private void discard(ByteBuf piece) {
    int bytes = piece.readableBytes();
    piece.release();
    released(bytes);
  }

  private void hold(ByteBuf piece) {
    var waiting = early;
    if (waiting == null)
      early = waiting = new PieceQueue(stream.loop().buffers(), stream.account());
    if (!waiting.add(piece, piece.readableBytes(), stream)) stream.reset(CutReason.MEMORY_REFUSED);
  }

  @Override
  public void end() {
    bodyDone = true;
    tellEnd();
  }

  @Override
  public void closed(@Nullable CutReason reason) {
    fail(reason == null ? CutReason.PEER_GONE : reason);
  }

  @Override
  public void released(int bytes) {
    stream.released(bytes);
  }

  // ---- the answer

  @Override
  public void interim(ResponseHead head) {
    if (!head.isInterim()) throw new IllegalArgumentException("not interim: " + head.status());
    if (head.status() == 100) awaitsContinue = false;
    if (!over && !responded) stream.head(head, Framing.NONE, false);
  }

  @Override
  public boolean respond(ResponseHead head, Framing framing) {
    if (head.status() < 200) throw new IllegalArgumentException("not final: " + head.status());
    if (over || responded) return false;
    if (request.opensWebSocket() && head.status() < 300) {
      // any 2xx would open it, RFC 8441 §5: this one meant something else
      cut(CutReason.APP_BAD_ANSWER);
      return false;
    }
    responded = true;
    boolean toHead = request.head().method().equals("HEAD");
    var wire = toHead ? announced(head, framing) : sent(head, framing);
    answer = toHead || wire.isEmpty() ? Framing.NONE : wire;
    stream.head(head, wire, answer.kind() == Framing.Kind.NONE);
    return true;
  }

  /// An answer to HEAD has no body, but may tell how long it would be: not with 204, RFC 9110 §8.6.
  private static Framing announced(ResponseHead head, Framing framing) {
    boolean tells = framing.kind() == Framing.Kind.LENGTH && framing.bytes() > 0;
    return tells && head.status() != 204 ? framing : Framing.NONE;
  }

  private static Framing sent(ResponseHead head, Framing framing) {
    if (head.status() == 204 || head.status() == 304) return Framing.NONE;
    return framing.kind() == Framing.Kind.NONE ? Framing.length(0) : framing;
  }

  @Override
  public boolean offer(ByteBuf piece, int owed, Payer payer) {
    if (over || !responded || answer.kind() == Framing.Kind.NONE) {
      piece.release();
      payer.released(owed);
      return !over;
    }
    sentBytes += piece.readableBytes();
    if (answer.kind() == Framing.Kind.LENGTH && sentBytes > answer.bytes()) {
      piece.release();
      payer.released(owed);
      stream.reset(CutReason.APP_BAD_ANSWER);
      return false;
    }
    return stream.offer(piece, owed, payer);
  }

  @Override
  public void finish(Fields trailers) {
    if (over) return;
    if (!responded || (answer.kind() == Framing.Kind.LENGTH && sentBytes < answer.bytes())) {
      cut(CutReason.APP_BAD_ANSWER);
      return;
    }
    close();
    stream.end(trailers);
  }

  @Override
  public void cut(CutReason reason) {
    if (over) return;
    if (responded) {
      stream.reset(reason);
      return;
    }
    stream.loop().count(reason);
    refuse(reason.status(), reason.text(), reason);
  }

  /// Answers an error of ours.
  void refuse(int status, String text, CutReason reason) {
    var head =
        new HeadBuilder()
            .response(status)
            .field(FieldName.DATE, HttpDate.now())
            .field(FieldName.CONTENT_TYPE, "text/plain; charset=utf-8")
            .field("Tidegate-Error", reason.label());
    if (status == 503) head.field(FieldName.RETRY_AFTER, "5");
    var bytes = stream.loop().buffers().directBuffer(text.length() + 1);
    var _ = ByteBufUtil.writeAscii(bytes, text + "\n");
    var _ = respond(head.buildResponse(), Framing.length(text.length() + 1L));
    var _ = offer(bytes, 0, Payer.NOBODY);
    finish(Fields.EMPTY);
  }

  /// Answers 200 to the extended CONNECT that stands behind the upgrade, RFC 8441 §5. The answer
  /// must prove that it was made for our key, for nobody behind us can look at it any more.
  @Override
  public ByteStream upgrade(ResponseHead head, ByteStream.Reader reader) {
    if (responded && !over) throw new IllegalStateException("an answer has begun");
    if (!request.opensWebSocket() && !over) throw new IllegalStateException("no upgrade was asked");
    if (over) {
      reader.closed(CutReason.PEER_GONE);
      return stream;
    }
    var proof = head.fields().value(FieldName.SEC_WEBSOCKET_ACCEPT);
    if (!HandshakeKey.accept(request.key()).equals(proof)) {
      cut(CutReason.APP_BAD_ANSWER);
      reader.closed(CutReason.APP_BAD_ANSWER);
      return stream;
    }
    responded = true;
    stream.head(opened(head.fields()), Framing.CHUNKED, false);
    var waiting = early;
    early = null;
    close();
    early = waiting;
    stream.handOver(reader);
    drainEarly(reader::bytes);
    if (stream.isInputEnded()) reader.end();
    return stream;
  }

  private static ResponseHead opened(Fields fields) {
    var head = new HeadBuilder().response(200);
    for (int i = 0; i < fields.size(); i++) {
      if (!fields.is(i, FieldName.SEC_WEBSOCKET_ACCEPT)) head.copy(fields, i);
    }
    return head.buildResponse();
  }

  @Override
  public boolean hasResponded() {
    return responded;
  }

  // ---- its end

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

  @Override
  public void draining() {
    var action = whenDraining;
    whenDraining = null;
    if (action != null && !over) action.run();
  }

  @Override
  public boolean hasCompany() {
    return server.isAtWork();
  }

  @Override
  public Scope.Removal occupy() {
    return server.occupy(stream);
  }

  private void fail(CutReason reason) {
    if (over) return;
    var taker = bodyTold ? null : body;
    close();
    if (taker != null) taker.failed(reason);
  }

  private void close() {
    over = true;
    if (early != null) early.clear();
    early = null;
    if (owned != null) owned.close();
  }

  @Override
  public String toString() {
    return "the exchange of " + stream;
  }
}
