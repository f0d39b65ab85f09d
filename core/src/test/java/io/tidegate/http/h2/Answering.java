package io.tidegate.http.h2;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.Body;
import io.tidegate.http.Exchange;
import io.tidegate.http.LoopHandler;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Handlers on the loop for tests: what is answered depends on the path.
final class Answering implements LoopHandler {
  private static final int PIECE = 8 * 1024;

  @Override
  public void handle(Exchange exchange) {
    var path = exchange.request().target();
    if (path.startsWith("/bytes/")) new Bytes(exchange, Long.parseLong(path.substring(7))).begin();
    else if (path.equals("/echo")) new Echo(exchange).begin();
    else if (path.startsWith("/seen")) seen(exchange);
    else if (path.equals("/hold")) exchange.read(new Discarding(exchange));
    else if (path.equals("/silent")) exchange.own(() -> {});
    else if (path.equals("/endless")) endless(exchange);
    else if (path.equals("/nocontent")) status(exchange, 204);
    else if (path.equals("/notmodified")) status(exchange, 304);
    else if (path.equals("/early")) interim(exchange);
    else if (path.equals("/throw")) throw new IllegalStateException("on purpose");
    else hello(exchange);
  }

  /// SHA-256, in hexadecimal, of what `/bytes/COUNT` answers.
  static String sha256(long count) {
    var bytes = new byte[(int) count];
    for (int i = 0; i < bytes.length; i++) bytes[i] = (byte) (i % 251);
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static HeadBuilder head(int status) {
    return new HeadBuilder().response(status).field(FieldName.SERVER, "test");
  }

  private static void status(Exchange exchange, int status) {
    var _ = exchange.respond(head(status).buildResponse(), Framing.NONE);
    exchange.finish(Fields.EMPTY);
  }

  private static void hello(Exchange exchange) {
    if (exchange.bodyFraming().isEmpty()) {
      text(exchange, "hello, " + exchange.request().method() + "\n");
      return;
    }
    exchange.read(
        new Discarding(exchange) {
          @Override
          public void end(Fields trailers) {
            text(exchange, "hello, " + exchange.request().method() + "\n");
          }
        });
  }

  private static void endless(Exchange exchange) {
    var _ = exchange.respond(head(200).buildResponse(), Framing.CHUNKED);
    exchange.whenDraining(() -> exchange.finish(Fields.EMPTY));
  }

  private static void interim(Exchange exchange) {
    exchange.interim(head(103).field("Link", "</a>").buildResponse());
    text(exchange, "after the hint\n");
  }

  /// Tells the request as a handler sees it.
  private static void seen(Exchange exchange) {
    var asked = exchange.request();
    text(exchange, asked + "body: " + exchange.bodyFraming().kind() + "\n");
  }

  static void text(Exchange exchange, String text) {
    var bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    var piece = exchange.connection().loop().buffers().directBuffer(bytes.length);
    piece.writeBytes(bytes);
    var _ =
        exchange.respond(
            head(200).field(FieldName.CONTENT_TYPE, "text/plain").buildResponse(),
            Framing.length(bytes.length));
    var _ = exchange.offer(piece, 0, Payer.NOBODY);
    exchange.finish(Fields.EMPTY);
  }

  /// Takes a body and gives it back at once.
  static class Discarding implements Body {
    private final Exchange exchange;

    Discarding(Exchange exchange) {
      this.exchange = exchange;
    }

    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      piece.release();
      exchange.released(bytes);
    }

    @Override
    public void end(Fields trailers) {}

    @Override
    public void failed(CutReason reason) {}
  }

  /// Sends so many bytes, each `i % 251`, in pieces that follow each other as they leave.
  private static final class Bytes implements Payer {
    private final Exchange exchange;
    private final long total;
    private long sent;
    private boolean finished;
    private boolean offering;

    Bytes(Exchange exchange, long total) {
      this.exchange = exchange;
      this.total = total;
    }

    void begin() {
      var _ = exchange.respond(head(200).buildResponse(), Framing.length(total));
      next();
    }

    private void next() {
      if (sent == total) {
        if (!finished) exchange.finish(Fields.EMPTY);
        finished = true;
        return;
      }
      int bytes = (int) Math.min(PIECE, total - sent);
      var piece = exchange.connection().loop().buffers().directBuffer(bytes);
      var filled = new byte[bytes]; // at once: leak detection notes every call
      for (int i = 0; i < bytes; i++) filled[i] = (byte) ((sent + i) % 251);
      piece.writeBytes(filled);
      sent += bytes;
      var account = exchange.connection().account();
      if (!account.charge(io.tidegate.ledger.Purse.DIRECT, bytes)) {
        piece.release();
        exchange.cut(CutReason.MEMORY_REFUSED);
        return;
      }
      offering = true;
      if (!exchange.offer(piece, bytes, this)) finished = true;
      offering = false;
    }

    @Override
    public void released(int bytes) {
      exchange.connection().account().release(io.tidegate.ledger.Purse.DIRECT, bytes);
      if (!finished && !offering) next();
    }
  }

  /// Sends a body back as it comes, paid by the request's window, and its trailers.
  private static final class Echo implements Body {
    private final Exchange exchange;

    Echo(Exchange exchange) {
      this.exchange = exchange;
    }

    void begin() {
      if (exchange.expectsContinue()) exchange.interim(head(100).buildResponse());
      var asked = exchange.bodyFraming();
      var _ =
          exchange.respond(
              head(200).buildResponse(),
              asked.kind() == Framing.Kind.LENGTH ? asked : Framing.CHUNKED);
      exchange.read(this);
    }

    @Override
    public void bytes(ByteBuf piece) {
      var _ = exchange.offer(piece, piece.readableBytes(), exchange);
    }

    @Override
    public void end(Fields trailers) {
      exchange.finish(trailers);
    }

    @Override
    public void failed(CutReason reason) {}
  }
}
