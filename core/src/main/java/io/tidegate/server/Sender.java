package io.tidegate.server;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.http.semantics.HttpDate;
import io.tidegate.net.CutReason;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.CompletableFuture;

/// Puts answers on exchanges: what is small and ready by one task on the loop, all else through an
/// [AnswerStream].
final class Sender {
  private static final byte[] NOTHING = {};

  private final Services services;

  Sender(Services services) {
    this.services = services;
  }

  /// Sends an answer that is ready. On the loop.
  ///
  /// @throws IllegalStateException if it would block
  void sendReady(Exchange exchange, Answer answer) {
    switch (answer.content()) {
      case Content.Nothing _ -> whole(exchange, answer, NOTHING);
      case Content.Bytes content -> whole(exchange, answer, content.bytes());
      case Content.Upgrade content -> content.to().accept(services.sockets(), exchange);
      case Content.Json _,
          Content.File _,
          Content.Resource _,
          Content.Stream _,
          Content.Written _,
          Content.Live _ ->
          throw new IllegalStateException("a handler on the loop has its answer ready");
    }
  }

  /// Sends any answer; returns when all of it is on its way, or when a [Transfer] sends it. Then
  /// that has called `ended`, or will. On the handler's thread.
  ///
  /// @return whether there is such a transfer
  boolean send(Exchange exchange, Answer answer, RequestBody body, Runnable ended)
      throws Exception {
    return switch (answer.content()) {
      case Content.Nothing _ -> bytes(exchange, answer, NOTHING, body, ended);
      case Content.Bytes content -> bytes(exchange, answer, content.bytes(), body, ended);
      case Content.Stream content ->
          transfer(exchange, answer, content.bytes(), content.stream(), body, ended);
      case Content.Live content -> {
        live(exchange, answer, content);
        yield false;
      }
      case Content.Upgrade content -> {
        onLoop(exchange, () -> content.to().accept(services.sockets(), exchange));
        yield false;
      }
      case Content.Written content -> {
        written(exchange, answer, content.writer());
        yield false;
      }
      case Content.Json _, Content.File _, Content.Resource _ ->
          throw new IllegalStateException("JSON is written, and a file opened, before it is sent");
    };
  }

  /// Sends whole what a stream would have on its way at once.
  private boolean bytes(
      Exchange exchange, Answer answer, byte[] bytes, RequestBody body, Runnable ended)
      throws IOException {
    if (bytes.length > AnswerStream.mostAhead(exchange)) {
      var stream = new ByteArrayInputStream(bytes);
      return transfer(exchange, answer, bytes.length, stream, body, ended);
    }
    onLoop(exchange, () -> whole(exchange, answer, bytes));
    return false;
  }

  private static Framing framing(long bytes) {
    return bytes < 0 ? Framing.CHUNKED : Framing.length(bytes);
  }

  /// @param bytes how many, or -1
  private boolean transfer(
      Exchange exchange,
      Answer answer,
      long bytes,
      InputStream stream,
      RequestBody body,
      Runnable ended) {
    var out = new AnswerStream(exchange, services);
    var source = Transfer.of(stream, bytes);
    var transfer = new Transfer(exchange, body, services.threads(), out, source, ended);
    begin(exchange, answer, framing(bytes), out);
    transfer.run();
    return true;
  }

  /// A loop that has ended takes nothing that follows, either, and the stream hears of that.
  private void begin(Exchange exchange, Answer answer, Framing framing, AnswerStream out) {
    var _ =
        later(
            exchange,
            () -> {
              exchange.own(out::over);
              var _ = exchange.respond(head(exchange, answer), framing);
            });
  }

  private void written(Exchange exchange, Answer answer, Content.Writer writer) throws IOException {
    var out = new AnswerStream(exchange, services);
    begin(exchange, answer, Framing.CHUNKED, out);
    try {
      if (!exchange.request().method().equals("HEAD")) writer.write(out);
      out.close();
    } finally {
      out.free();
    }
  }

  /// The stream is used only once its head is out, so that nothing is offered before.
  private void live(Exchange exchange, Answer answer, Content.Live live) throws Exception {
    try (var place = services.threads().lasting().tryEnter()) {
      if (place == null) onLoop(exchange, () -> exchange.cut(CutReason.HANDLER_LIMIT));
      else stream(exchange, answer, live);
    }
  }

  private void stream(Exchange exchange, Answer answer, Content.Live live) throws Exception {
    var begun = new CompletableFuture<Boolean>();
    onLoop(exchange, () -> begin(exchange, answer, live, begun));
    if (begun.get()) live.use();
  }

  private void begin(
      Exchange exchange, Answer answer, Content.Live live, CompletableFuture<Boolean> begun) {
    try {
      boolean responded = exchange.respond(head(exchange, answer), Framing.CHUNKED);
      if (exchange.request().method().equals("HEAD")) {
        if (responded) exchange.finish(Fields.EMPTY);
        responded = false;
      } else if (responded) {
        live.begin(exchange);
        exchange.whenDraining(() -> live.draining(exchange));
      }
      var _ = begun.complete(responded);
    } catch (Throwable fault) {
      var _ = begun.completeExceptionally(fault);
    }
  }

  private static void onLoop(Exchange exchange, Runnable task) throws IOException {
    if (!later(exchange, task)) throw new PeerGoneException(CutReason.CLOSING);
  }

  /// Runs `task`, a part of the answer, on the loop; false if that has ended. If it throws, the
  /// connection is cut: nobody is to wait for what does not come, or take what is left for whole.
  static boolean later(Exchange exchange, Runnable task) {
    var connection = exchange.connection();
    return connection
        .loop()
        .later(() -> {
          try {
            task.run();
          } catch (Throwable fault) {
            connection.fail(fault);
          }
        });
  }

  private void whole(Exchange exchange, Answer answer, byte[] bytes) {
    exchange.answer(head(exchange, answer), bytes);
  }

  private ResponseHead head(Exchange exchange, Answer answer) {
    var head =
        HeadBuilder.ofShort().response(answer.status()).field(FieldName.DATE, HttpDate.now());
    for (var field : answer.fields()) head.field(field.name(), field.value());
    var cors = services.cors();
    if (cors != null) cors.answer(exchange.request(), head::field);
    return head.buildResponse();
  }
}
