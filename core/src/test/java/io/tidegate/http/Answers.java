package io.tidegate.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.ledger.Purse;
import io.tidegate.net.CutReason;
import io.tidegate.net.Payer;
import io.tidegate.testkit.Pattern;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// What the tests' servers answer, on the loop.
final class Answers {
  private static final int WINDOW_BYTES = 64 * 1024;
  private static final int PIECE_BYTES = 8 * 1024;

  private Answers() {}

  static ResponseHead ok() {
    return head(200);
  }

  static ResponseHead head(int status) {
    return new HeadBuilder().response(status).buildResponse();
  }

  static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
  }

  /// Answers `text` now.
  static void say(Exchange exchange, String text) {
    var _ = exchange.respond(ok(), Framing.length(text.length()));
    var _ = exchange.offer(text(text), 0, Payer.NOBODY);
    exchange.finish(Fields.EMPTY);
  }

  /// Reads the body, then answers method, target and body; notes every whole request, and every one
  /// whose body failed as `failed REASON`.
  record Gather(List<String> seen) implements LoopHandler {
    Gather() {
      this(new CopyOnWriteArrayList<>());
    }

    @Override
    public void handle(Exchange exchange) {
      exchange.read(new Gathering(exchange, seen));
    }
  }

  private static final class Gathering implements Body {
    private final Exchange exchange;
    private final List<String> seen;
    private final StringBuilder body = new StringBuilder();

    Gathering(Exchange exchange, List<String> seen) {
      this.exchange = exchange;
      this.seen = seen;
    }

    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      if (bytes == 0) throw new AssertionError("an empty piece");
      body.append(piece.toString(StandardCharsets.ISO_8859_1));
      piece.release();
      exchange.released(bytes);
    }

    @Override
    public void end(Fields trailers) {
      var request = exchange.request();
      var words = request.method() + " " + request.target() + " " + body;
      for (int i = 0; i < trailers.size(); i++) {
        words += " " + trailers.name(i) + "=" + trailers.value(i);
      }
      seen.add(words);
      say(exchange, words);
    }

    @Override
    public void failed(CutReason reason) {
      seen.add("failed " + reason);
    }
  }

  /// Sends the request's body back while it comes, in the framing it came in; the request's
  /// connection pays until it has left.
  static void echo(Exchange exchange) {
    var framing = exchange.bodyFraming();
    var _ = exchange.respond(ok(), framing);
    exchange.read(
        new Body() {
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
        });
  }

  /// Answers with the first `bytes` of [Pattern].
  static void download(Exchange exchange, Framing framing, long bytes) {
    var _ = new Download(exchange, framing, bytes);
  }

  /// Answers with the first bytes of [Pattern], charged to the connection, a window at a time.
  private static final class Download implements Payer {
    private final Exchange exchange;
    private final long bytes;
    private long at;
    private int out;
    private boolean pumping;
    private boolean done;

    Download(Exchange exchange, Framing framing, long bytes) {
      this.exchange = exchange;
      this.bytes = bytes;
      var _ = exchange.respond(ok(), framing);
      pump();
    }

    private void pump() {
      if (pumping || done) return;
      pumping = true;
      while (!done && at < bytes && out < WINDOW_BYTES) offer();
      pumping = false;
      if (at == bytes && !done) {
        done = true;
        exchange.finish(Fields.EMPTY);
      }
    }

    private void offer() {
      int length = (int) Math.min(PIECE_BYTES, bytes - at);
      if (!exchange.connection().account().charge(Purse.DIRECT, length)) {
        done = true;
        exchange.cut(CutReason.MEMORY_REFUSED);
        return;
      }
      out += length;
      var piece = exchange.connection().loop().buffers().directBuffer(length);
      piece.writeBytes(Pattern.bytes(at, length));
      at += length;
      if (!exchange.offer(piece, length, this)) done = true;
    }

    @Override
    public void released(int less) {
      out -= less;
      exchange.connection().account().release(Purse.DIRECT, less);
      pump();
    }
  }
}
