package io.tidegate.http.h2;

import io.tidegate.http.HandshakeKey;
import io.tidegate.http.LoopHandler;
import io.tidegate.http.message.BadMessage;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Framing;
import io.tidegate.http.semantics.HttpDate;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import org.jspecify.annotations.Nullable;

/// Opens a stream for each request of one connection, or refuses it. Belongs to its loop.
final class Admission {
  private final Http2Server server;
  private final Connection connection;
  private final LoopKit kit;
  private final LoopHandler handler;
  private final Streams streams;
  private final FrameSender sender;

  /// Has `handler` serve what is admitted.
  Admission(Http2Server server, LoopKit kit, LoopHandler handler) {
    this.server = server;
    this.connection = server.connection();
    this.kit = kit;
    this.handler = handler;
    this.streams = server.streams();
    this.sender = server.sender();
  }

  /// The peer opens stream `id` with a section that came out as `outcome` and lies in the kit;
  /// `ends` if no body follows.
  void open(int id, Heads.Outcome outcome, boolean ends) {
    streams.begun(id);
    var full = full(ends);
    if (full != null) {
      refuse(id, full);
      return;
    }
    if (outcome == Heads.Outcome.TOO_LARGE) {
      answer(id, new BadMessage(431, "fields too large"), CutReason.TOO_LARGE, ends);
      server.provoked(); // a byte on the wire may have cost 4 KiB of decoding
      return;
    }
    var bad = kit.reader().request(ends, HandshakeKey.random(), kit.builder());
    if (bad != null) refuseBad(id, bad, ends);
    else serve(id, ends);
  }

  private @Nullable CutReason full(boolean ends) {
    if (server.isGoingAway()) return CutReason.WORN;
    if (streams.active() >= server.limits().streams()) return CutReason.STREAM_LIMIT;
    return streams.isEmpty() || hasShare(ends) ? null : CutReason.OVERLOADED;
  }

  /// Whether a second stream may stand beside the first.
  private boolean hasShare(boolean ends) {
    var ladder = connection.loop().loops().ladder();
    return ladder.allowsKeepAlive()
        && ladder.allowsShare(connection.account(), Purse.HEAP, Http2Stream.HEAP_PRICE)
        && ladder.allowsShare(
            connection.account(), Purse.DIRECT, ends ? 0 : server.grantedWindow());
  }

  /// A peer knows how many streams may be open. Of what else has one refused it knows nothing, and
  /// it is in order that it tries again.
  private void refuse(int id, CutReason reason) {
    connection.loop().count(reason);
    sender.reset(id, Http2Error.REFUSED_STREAM);
    streams.reset(id, server.grantedWindow());
    if (streams.open() >= server.limits().streams()) server.provoked();
    else server.glitched();
  }

  private void refuseBad(int id, BadMessage bad, boolean ends) {
    if (bad.status() != 400) {
      answer(id, bad, bad.status() == 431 ? CutReason.TOO_LARGE : CutReason.BAD_MESSAGE, ends);
      return;
    }
    connection.loop().count(CutReason.BAD_MESSAGE);
    sender.reset(id, Http2Error.PROTOCOL_ERROR);
    streams.reset(id, ends ? 0 : server.grantedWindow());
    server.provoked();
  }

  /// Answers a request that is not looked at any further, by a head alone.
  private void answer(int id, BadMessage bad, CutReason reason, boolean ends) {
    connection.loop().count(reason);
    var head =
        kit.builder()
            .response(bad.status())
            .field(FieldName.DATE, HttpDate.now())
            .field("Tidegate-Error", reason.label())
            .buildResponse();
    var block = connection.loop().buffers().directBuffer(128);
    server.heads().encode(id, head, Framing.NONE, block);
    sender.section(id, block, true);
    if (ends) {
      streams.ended(id);
    } else {
      sender.reset(id, Http2Error.NO_ERROR);
      streams.reset(id, server.grantedWindow());
    }
    server.provoked();
  }

  private void serve(int id, boolean ends) {
    var request = kit.reader().request();
    var body = request.opensWebSocket() ? Framing.CHUNKED : request.framing();
    var stream = new Http2Stream(server, id);
    if (!stream.pay(request.head().heldBytes(), ends, body)) {
      refuse(id, CutReason.MEMORY_REFUSED);
      return;
    }
    streams.add(stream);
    connection.hasRequested();
    var exchange = new Http2Exchange(stream, request);
    server.opened();
    try {
      handler.handle(exchange);
    } catch (RuntimeException fault) {
      stream.failed(fault);
    }
  }
}
