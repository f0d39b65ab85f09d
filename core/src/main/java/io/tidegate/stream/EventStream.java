package io.tidegate.stream;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.outbound.Encoded;
import io.tidegate.outbound.Outbox;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import io.tidegate.server.Answer;
import io.tidegate.server.Content;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// Server-sent events to one peer, for as long as both want.
///
/// ```java
/// s.get("/ticks", call -> EventStream.answer(Slow.dropOldest(), events -> {
///   while (events.await(Duration.ofSeconds(1))) { var sent = events.send(Event.of("tick")); }
/// }));
/// ```
///
/// What waits for the peer is charged to it, at most [#MOST_WAITING_BYTES]; what becomes of events
/// that do not fit is what its [Slow] says. A comment every 15 s tells a peer, and whatever stands
/// between, that the stream lives. Any thread may send.
public final class EventStream implements AutoCloseable {
  /// What waits for one peer: a reader who is further behind is better served by what is new.
  public static final int MOST_WAITING_BYTES = 256 * 1024;

  /// Half of the 30 s after which the most impatient proxies take a stream for dead.
  private static final Duration HEARTBEAT = Duration.ofSeconds(15);

  private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);

  private final Exchange exchange;
  private final Slow slow;
  private final Viewer viewer;
  private final Outbox outbox;
  private final Deadline heartbeat;
  private final CompletableFuture<CutReason> over = new CompletableFuture<>();
  private long givenAtBeat;

  /// What is done with an open stream.
  @FunctionalInterface
  public interface Use {
    /// Sends to `events`, or hands it to whoever does: it stays open behind the return of this
    /// until it is closed or its peer goes.
    void with(EventStream events) throws Exception;
  }

  private EventStream(Exchange exchange, Slow slow) {
    this.exchange = exchange;
    this.slow = slow;
    this.viewer = new Viewer(exchange, MOST_WAITING_BYTES);
    this.outbox = new Outbox(viewer);
    this.heartbeat = outbox.loop().deadline(this::beat);
  }

  /// An answer that opens a stream and gives it to `use`, on the handler's thread.
  ///
  /// Until `use` returns it has that thread and one of the places for what lasts, half of all
  /// handlers'; who finds them taken is answered 503 `handler_limit`. For thousands of readers hand
  /// the stream to whoever sends, and return.
  public static Answer answer(Slow slow, Use use) {
    var opening =
        new Content.Live() {
          private @Nullable EventStream events;

          @Override
          public void begin(Exchange exchange) {
            events = new EventStream(exchange, slow);
            events.begin();
          }

          @Override
          public void use() throws Exception {
            var opened = events;
            if (opened != null) use.with(opened);
          }

          @Override
          public void draining(Exchange exchange) {
            if (events != null) events.close();
          }
        };
    return new Answer(
        200,
        List.of(
            new Answer.Field("Content-Type", "text/event-stream"),
            new Answer.Field("Cache-Control", "no-store"),
            new Answer.Field("X-Accel-Buffering", "no")),
        opening);
  }

  private void begin() {
    exchange.own(this::gone);
    if (exchange.hasConnection()) exchange.connection().holdLittle();
    heartbeat.in(HEARTBEAT);
    // browsers tell their page that the stream is open at its first bytes
    var _ = send(COMMENT, Slow.dropNewest());
  }

  private void beat() {
    heartbeat.in(HEARTBEAT);
    if (viewer.given() == givenAtBeat && outbox.waitingBytes() == 0) {
      var _ = send(COMMENT, Slow.dropNewest());
    }
    givenAtBeat = viewer.given();
  }

  private void gone() {
    heartbeat.close();
    outbox.close(CutReason.PEER_GONE);
    var _ = over.complete(CutReason.PEER_GONE);
  }

  /// Sends `event`, or says what became of it; waits only if the stream's [Slow] says so.
  public Sent send(Event event) {
    return send(event.bytes(), slow);
  }

  private Sent send(byte[] bytes, Slow bySlow) {
    return outbox.send(
        bytes.length,
        bySlow,
        buffers -> Encoded.whole(buffers.directBuffer(bytes.length).writeBytes(bytes)));
  }

  /// The id of the last event that the peer saw before it reconnected, as it says; null if it says
  /// none.
  public @Nullable String lastEventId() {
    return exchange.request().fields().value(FieldName.LAST_EVENT_ID);
  }

  /// Waits for `time`; false at once when the stream is over.
  public boolean await(Duration time) throws InterruptedException {
    try {
      var _ = over.get(time.toNanos(), TimeUnit.NANOSECONDS);
      return false;
    } catch (TimeoutException open) {
      return true;
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// Completes when the stream is over, with the reason; on the loop or on the thread that closed
  /// it, so what depends on it must be short.
  public CompletionStage<CutReason> over() {
    return over.minimalCompletionStage();
  }

  /// Whether events can still be sent.
  public boolean isOpen() {
    return !over.isDone();
  }

  /// Events that were not and will not be sent.
  public long dropped() {
    return outbox.droppedMessages();
  }

  /// Bytes that wait for the peer.
  public long waitingBytes() {
    return outbox.waitingBytes();
  }

  /// Ends the stream behind what waits. Idempotent.
  @Override
  public void close() {
    if (!over.complete(CutReason.CLOSING)) return;
    var _ =
        outbox
            .loop()
            .later(() -> outbox.finish(CutReason.CLOSING, () -> exchange.finish(Fields.EMPTY)));
  }
}
