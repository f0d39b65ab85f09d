package io.tidegate.demo;

import io.netty.buffer.ByteBufUtil;
import io.tidegate.http.Exchange;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.net.Deadline;
import io.tidegate.net.Payer;
import java.time.Duration;
import java.time.Instant;

/// An event a second, for an hour at most. A reader that does not keep up misses events; none wait
/// for it. On the loop.
final class Events implements AutoCloseable {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final int MOST = 3_600;

  private final Exchange exchange;
  private final Deadline clock;
  private int sent;

  private Events(Exchange exchange) {
    this.exchange = exchange;
    this.clock = exchange.connection().loop().deadline(this::tick);
  }

  static void send(Exchange exchange) {
    var head = Reply.head(200, "text/event-stream").buildResponse();
    if (!exchange.respond(head, Framing.CHUNKED)) return;
    exchange.connection().holdLittle();
    var events = new Events(exchange);
    exchange.own(events);
    events.tick();
    exchange.whenDraining(() -> exchange.finish(Fields.EMPTY));
  }

  private void tick() {
    sent++;
    if (sent > MOST) {
      exchange.finish(Fields.EMPTY);
      return;
    }
    clock.in(SECOND);
    // before the first event the answer's own head waits
    if (sent > 1 && exchange.connection().queuedBytes() > 0) return;
    var event = "id: %d\ndata: {\"n\":%d,\"time\":\"%s\"}\n\n".formatted(sent, sent, Instant.now());
    var piece = exchange.connection().loop().buffers().directBuffer(event.length());
    var _ = ByteBufUtil.writeAscii(piece, event);
    var _ = exchange.offer(piece, 0, Payer.NOBODY);
  }

  @Override
  public void close() {
    clock.close();
  }
}
