package io.tidegate.websocket;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tidegate.http.Exchange;
import io.tidegate.http.HandlerThreads;
import io.tidegate.http.HandlerThreads.Start;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.Http1Request;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import io.tidegate.outbound.Waits;
import io.tidegate.websocket.frame.Deflate;
import io.tidegate.websocket.frame.Deflaters;
import io.tidegate.websocket.frame.Inflaters;
import io.tidegate.websocket.frame.MaskKeys;
import io.tidegate.websocket.frame.MessageReader;
import io.tidegate.websocket.handshake.DeflateOffer;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/// Opens the WebSockets of one set of loops, and what they share: inflaters and mask keys of each
/// loop, deflaters of all.
///
/// Nothing is started for a request before its handshake is found to be right.
public final class WebSockets implements AutoCloseable {
  /// What an ended WebSocket whose listener has not heard of that costs the heap purse: itself, its
  /// session, its inbox and its turn.
  private static final int END_PRICE = 1024;

  private final HandlerThreads threads;
  private final Kit[] kits;
  private final Deflaters deflaters;

  /// @param plain how a client's messages leave where no compression was agreed
  private record Kit(Inflaters inflaters, MaskKeys keys, Wire plain, HeadBuilder heads) {}

  /// How a server's messages leave where no compression was agreed.
  private final Wire served = new Wire(this, null, null);

  /// WebSockets on `loops`, whose handlers run on `threads`.
  public WebSockets(Loops loops, HandlerThreads threads) {
    this.threads = threads;
    this.deflaters = new Deflaters(loops.root(), loops.count());
    this.kits = new Kit[loops.count()];
    for (int i = 0; i < kits.length; i++) {
      var keys = new MaskKeys();
      var plain = new Wire(this, keys, null);
      kits[i] = new Kit(new Inflaters(loops.loop(i).scratch()), keys, plain, new HeadBuilder());
    }
  }

  /// Answers a request for a WebSocket, and serves it by callbacks. On the exchange's loop.
  public void accept(Exchange exchange, WebSocketConfig config, WebSocketListener listener) {
    accept(exchange, config, new Service.Callbacks(listener));
  }

  /// Answers a request for a WebSocket, and serves it on one thread to its end. On the exchange's
  /// loop.
  public void accept(Exchange exchange, WebSocketConfig config, WebSocketHandler handler) {
    accept(exchange, config, new Service.Straight(handler));
  }

  private Kit kit(ByteStream stream) {
    return kits[stream.loop().index()];
  }

  private void accept(Exchange exchange, WebSocketConfig config, Service service) {
    var heads = kits[exchange.connection().loop().index()].heads();
    switch (config.handshake().answer(asHttp1(exchange), heads)) {
      case ServerHandshake.Answer.Refused(var head, var reason) -> refuse(exchange, head, reason);
      case ServerHandshake.Answer.Accepted(var head, var protocol) -> {
        var fields = exchange.request().fields();
        var deflate =
            config.deflate() == null ? null : DeflateOffer.choose(fields, config.deflate());
        var answer = deflate == null ? head : with(head, deflate.field(), heads);
        open(
            exchange,
            config,
            answer,
            protocol,
            deflate == null ? null : deflate.deflate(),
            service);
      }
    }
  }

  private static Http1Request asHttp1(Exchange exchange) {
    return new Http1Request(
        exchange.request(), 1, exchange.bodyFraming(), true, exchange.asksFor("websocket"), false);
  }

  private static ResponseHead with(ResponseHead head, String extension, HeadBuilder heads) {
    return heads
        .response(head.status())
        .copy(head.fields(), (_, _) -> true)
        .field(FieldName.SEC_WEBSOCKET_EXTENSIONS, extension)
        .buildResponse();
  }

  private static void refuse(Exchange exchange, ResponseHead head, String reason) {
    exchange.answer(head, (reason + "\n").getBytes(US_ASCII));
  }

  private void open(
      Exchange exchange,
      WebSocketConfig config,
      ResponseHead answer,
      String protocol,
      @Nullable Deflate deflate,
      Service service) {
    var opened = new CompletableFuture<@Nullable WebSocket>();
    if (!start(exchange, service, opened)) {
      exchange.cut(CutReason.HANDLER_LIMIT);
      return;
    }
    try {
      var _ = opened.complete(begin(exchange, config, answer, protocol, deflate, service));
    } finally {
      var _ = opened.complete(null); // whatever happens, a thread waits to hear of it
    }
  }

  private @Nullable WebSocket begin(
      Exchange exchange,
      WebSocketConfig config,
      ResponseHead answer,
      String protocol,
      @Nullable Deflate deflate,
      Service service) {
    var request = exchange.request();
    var early = new EarlyBytes();
    var stream = exchange.upgrade(answer, early);
    if (early.isClosed()) return null;
    var wire = deflate == null ? served : new Wire(this, null, deflate);
    var keeps = stream.account().charge(Purse.HEAP, request.heldBytes());
    var session = begin(stream, config, wire, service.listener(), protocol, keeps ? request : null);
    early.replay(session);
    stream.loop().afterFlush(session::rest); // our answer has left then
    return session.socket();
  }

  /// A handler that stays as long as its peer takes one of the places for such; false, and nothing
  /// started, if there is none.
  private boolean start(
      Exchange exchange, Service service, CompletableFuture<@Nullable WebSocket> opened) {
    if (!(service instanceof Service.Straight)) {
      Runnable refused = () -> giveUp(exchange, opened);
      var work = new HandlerThreads.Work(() -> whenOpen(opened, service), refused);
      return threads.startOrWait(work) != Start.REFUSED;
    }
    var place = threads.lasting().tryEnter();
    if (place == null) return false;
    boolean starts =
        threads.start(() -> {
          try (place) {
            whenOpen(opened, service);
          }
        });
    if (!starts) place.close();
    return starts;
  }

  /// It has waited in vain for somebody to serve it, and is open meanwhile: on the loop that is
  /// known.
  private static void giveUp(Exchange exchange, CompletableFuture<@Nullable WebSocket> opened) {
    var _ =
        exchange
            .connection()
            .loop()
            .later(() -> {
              var socket = opened.getNow(null);
              if (socket == null) exchange.cut(CutReason.HANDLER_LIMIT);
              else socket.unopened();
            });
  }

  private static void whenOpen(CompletableFuture<@Nullable WebSocket> opened, Service service) {
    var socket = opened.join();
    if (socket != null) service.open(socket);
  }

  /// A client's WebSocket, and what reads its stream from now on; the stream may know already.
  public record Opened(WebSocket socket, ByteStream.Reader reader) {}

  /// Opens a client's side on `stream`, behind an answer that was judged to be right, and serves it
  /// by callbacks. Null if no thread is left to serve it. On the stream's loop.
  ///
  /// @param deflate what was agreed, null for none
  public @Nullable Opened open(
      ByteStream stream,
      WebSocketConfig config,
      String protocol,
      @Nullable Deflate deflate,
      WebSocketListener listener) {
    var service = new Service.Callbacks(listener);
    var opened = new CompletableFuture<@Nullable WebSocket>();
    if (!threads.start(() -> whenOpen(opened, service))) return null;
    try {
      var result = join(stream, config, protocol, deflate, listener);
      var _ = opened.complete(result.socket());
      return result;
    } finally {
      var _ = opened.complete(null);
    }
  }

  /// As above, for whoever receives its messages by [WebSocket#receive] or its iterator, on a
  /// thread of his own.
  public Opened open(
      ByteStream stream, WebSocketConfig config, String protocol, @Nullable Deflate deflate) {
    var result = join(stream, config, protocol, deflate, null);
    result.socket().receivedByOwner();
    return result;
  }

  private Opened join(
      ByteStream stream,
      WebSocketConfig config,
      String protocol,
      @Nullable Deflate deflate,
      @Nullable WebSocketListener listener) {
    var kit = kit(stream);
    var wire = deflate == null ? kit.plain() : new Wire(this, kit.keys(), deflate);
    var session = begin(stream, config, wire, listener, protocol, null);
    return new Opened(session.socket(), session);
  }

  private Session begin(
      ByteStream stream,
      WebSocketConfig config,
      Wire wire,
      @Nullable WebSocketListener listener,
      String protocol,
      @Nullable RequestHead request) {
    if (stream instanceof Connection whole) whole.holdLittle();
    var session = new Session(stream, config, wire, listener, protocol, request);
    stream.read(session);
    return session;
  }

  /// Has `listener` told what came on `socket`, now or when a place is free; false if there is
  /// nobody to do so.
  boolean serve(WebSocket socket, WebSocketListener listener) {
    Runnable serves = () -> new Service.Callbacks(listener).serve(socket);
    var work = new HandlerThreads.Work(serves, socket::unserved);
    return threads.startOrWait(work) != Start.REFUSED;
  }

  /// As above, for an end that found the line full or stood in it in vain: it waits among those
  /// that rest. False if as many rest as may.
  boolean serveRested(WebSocket socket, WebSocketListener listener) {
    var pass = threads.tryRest(END_PRICE);
    if (pass == null) return false;
    Runnable serves =
        () -> {
          pass.close();
          new Service.Callbacks(listener).serve(socket);
        };
    threads.goOn(threads.rested(serves, pass::close));
    return true;
  }

  /// What reads the messages of `stream`, which has not begun one. On its loop.
  MessageReader reader(ByteStream stream, WebSocketConfig config, Wire wire) {
    var buffers = stream.loop().buffers();
    var deflate = wire.deflate();
    return deflate == null
        ? new MessageReader(wire.role(), config.limits(), stream.account(), buffers)
        : MessageReader.inflating(
            wire.role(),
            config.limits(),
            deflate,
            kit(stream).inflaters(),
            stream.account(),
            buffers);
  }

  Deflaters deflaters() {
    return deflaters;
  }

  /// Who is told of senders that wait for their peers.
  Waits waits() {
    return threads.waits();
  }

  /// Frees the deflaters. The inflaters are each loop's own; they go with their loop.
  @Override
  public void close() {
    deflaters.close();
  }
}
