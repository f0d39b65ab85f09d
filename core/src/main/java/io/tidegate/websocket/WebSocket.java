package io.tidegate.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.tidegate.http.message.RequestHead;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Purse;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Payer;
import io.tidegate.outbound.Outbox;
import io.tidegate.outbound.Sent;
import io.tidegate.outbound.Slow;
import io.tidegate.websocket.frame.CloseCode;
import io.tidegate.websocket.frame.CloseFrame;
import io.tidegate.websocket.frame.Opcode;
import io.tidegate.websocket.frame.Utf8;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// One open WebSocket, of either role.
///
/// Any thread may send, ping and close. Messages are taken by one thread: the iterator and
/// [#receive] belong to a [WebSocketHandler]; a [WebSocketListener] is given them. A message is
/// valid until the next one is asked for.
public final class WebSocket implements Iterable<Message>, AutoCloseable {
  private static final Duration A_DAY = Duration.ofDays(1);

  private final Session session;
  private final String protocol;
  private final Inbox inbox;
  private final Outbox outbox;
  private volatile @Nullable RequestHead request;
  private @Nullable Message
      current; // what is not in the inbox any more is here: set under its lock
  private boolean isOwnersToReceive;
  private volatile @Nullable Thread receiver;

  /// What users see of `session`, whose stream, config and wire are known already.
  WebSocket(Session session, String protocol, @Nullable RequestHead request) {
    this.session = session;
    this.protocol = protocol;
    this.inbox = new Inbox();
    this.outbox = new Outbox(session);
    this.request = request;
  }

  Inbox inbox() {
    return inbox;
  }

  Outbox outbox() {
    return outbox;
  }

  /// Whoever opened this receives its messages: none of our threads lets the last one go.
  void receivedByOwner() {
    isOwnersToReceive = true;
  }

  /// Nobody was free to open it in time: nobody hears of it either. On its loop.
  void unopened() {
    forgetRequest();
    session.fail(CutReason.HANDLER_LIMIT);
  }

  /// Nobody was free to serve it in time.
  void unserved() {
    var _ = stream().loop().later(session::unserved);
  }

  private ByteStream stream() {
    return session.stream();
  }

  private Wire wire() {
    return session.wire();
  }

  private Slow slow() {
    return session.config().slow();
  }

  // ---- attributes

  /// The subprotocol that was agreed, empty if none.
  public String protocol() {
    return protocol;
  }

  /// The other side, for people: an address, or what stands for one.
  public String peer() {
    return stream().peer();
  }

  /// What the client asked when it opened this: its path, query, cookies. A [WebSocketListener]
  /// sees it in `opened` alone, so that idle connections need not keep it.
  ///
  /// @throws IllegalStateException if it is kept no longer, or this is a client's own
  public RequestHead request() {
    var head = request;
    if (head == null) throw new IllegalStateException("the request is kept no longer");
    return head;
  }

  /// Forgets the request and what it was charged.
  void forgetRequest() {
    var head = request;
    if (head == null) return;
    request = null;
    account().release(Purse.HEAP, head.heldBytes());
  }

  /// Whether neither side has closed.
  public boolean isOpen() {
    return inbox.isOpen() && !stream().isClosed();
  }

  /// Bytes that wait here to be sent, the kernel's not counted.
  public long waitingBytes() {
    return outbox.waitingBytes();
  }

  /// Messages that were dropped or refused instead of sent.
  public long droppedMessages() {
    return outbox.droppedMessages();
  }

  /// How long the last ping's answer took to come; null while none has. A silent peer is pinged
  /// anyway ([io.tidegate.websocket.frame.WebSocketLimits#pingInterval]), or when [#ping] is
  /// called.
  public @Nullable Duration roundTrip() {
    long nanos = session.roundTripNanos();
    return nanos == 0 ? null : Duration.ofNanos(nanos);
  }

  /// Why the connection was cut on this side, or was lost; null while it is open, and if it ended
  /// in order. HANDLER_LIMIT also if messages that came before the peer's end were not taken within
  /// `WebSocketLimits.closeTimeout` of it, and are lost.
  public @Nullable CutReason cutReason() {
    return session.cutReason();
  }

  // ---- sending

  /// Sends `text` as its config says; `?` stands for each surrogate that is not one of a pair.
  public Sent send(String text) {
    return send(text, slow());
  }

  /// As above; `policy` says what becomes of it if the peer is slow.
  public Sent send(String text, Slow policy) {
    var paired = Utf8.paired(text);
    int bytes = ByteBufUtil.utf8Bytes(paired);
    return outbox.send(
        Wire.sizeOf(bytes), policy, buffers -> wire().text(paired, bytes, account(), buffers));
  }

  /// Sends a copy of `bytes` as its config says.
  public Sent send(byte[] bytes) {
    return send(ByteBuffer.wrap(bytes), slow());
  }

  /// Sends a copy of `bytes`; `policy` says what becomes of it if the peer is slow.
  public Sent send(byte[] bytes, Slow policy) {
    return send(ByteBuffer.wrap(bytes), policy);
  }

  /// Sends a copy of what remains in `bytes`, whose position stays, as its config says.
  public Sent send(ByteBuffer bytes) {
    return send(bytes, slow());
  }

  /// As above; `policy` says what becomes of it if the peer is slow.
  public Sent send(ByteBuffer bytes, Slow policy) {
    var view = bytes.duplicate();
    return outbox.send(
        Wire.sizeOf(view.remaining()), policy, buffers -> wire().bytes(view, account(), buffers));
  }

  /// Sends a message that came, here or elsewhere, as its config says; not copied if it is of 1 KiB
  /// or more.
  public Sent send(Message message) {
    return send(message, slow());
  }

  /// As above; `policy` says what becomes of it if the peer is slow.
  public Sent send(Message message, Slow policy) {
    var payload = message.payload();
    var kind = message instanceof Message.Text ? Opcode.TEXT : Opcode.BINARY;
    return outbox.send(
        wire().sizeOf(payload),
        wire().chargeOf(payload, account()),
        policy,
        buffers -> wire().message(kind, payload, account(), buffers));
  }

  /// Sends a ping now; its answer is measured by [#roundTrip]. To keep the connection alive it is
  /// not needed: a silent peer is pinged anyway.
  public void ping() {
    var _ = stream().loop().run(session::ping);
  }

  /// Closes with 1000.
  @Override
  public void close() {
    close(CloseCode.NORMAL, "");
  }

  /// Begins the closing handshake behind what waits; messages of the peer are dropped from now on.
  /// Returns at once. Idempotent.
  ///
  /// @param reason for the peer, cut to 123 bytes of UTF-8
  /// @throws IllegalArgumentException if `code` must not be sent
  public void close(int code, String reason) {
    if (!CloseCode.isSendable(code)) throw new IllegalArgumentException("close code " + code);
    if (isOwnersToReceive && Thread.currentThread() == receiver) letGo();
    var _ = stream().loop().run(() -> session.close(code, reason));
  }

  /// Ends the connection at once, without a closing handshake and without what waits. Idempotent.
  public void cut() {
    var _ = stream().loop().run(() -> stream().reset(CutReason.CLOSING));
  }

  // ---- frames that somebody else has made, once for many peers

  /// Where it lives. Any thread.
  public Loop loop() {
    return stream().loop();
  }

  /// What it is charged to. Any thread.
  public Account account() {
    return stream().account();
  }

  /// Offers whole frames, or parts of them up to their end within one task of the loop, under the
  /// rules of [ByteStream#offer]: they go past what is sent by other methods and still waits.
  /// False, with the piece discarded, once either side has begun to close. On the loop.
  public boolean offer(ByteBuf frames, int owed, Payer payer) {
    return session.offer(frames, owed, payer);
  }

  /// Writes what the kernel takes of whole frames at once, under the rules of
  /// [ByteStream#writeNow]; the rest is to be offered before anything else is. On the loop.
  public int writeNow(ByteBuf frames) {
    return session.writeNow(frames);
  }

  /// Cuts the peer and tells it `reason`, behind what has begun to leave. On the loop.
  public void cut(CutReason reason) {
    session.fail(reason);
  }

  /// Ends the connection at once, where frames have only begun to leave: a close frame behind them
  /// would be taken for a part of them. On the loop.
  public void reset(CutReason reason) {
    stream().reset(reason);
  }

  /// Closes `resource` once this has ended, whatever ended it; at once if it has. On the loop.
  public void own(AutoCloseable resource) {
    session.own(resource);
  }

  // ---- receiving

  /// Waits for the next message; null if none came in time, or none will come: then [#ended] says
  /// how it ended.
  public @Nullable Message receive(Duration atMost) throws InterruptedException {
    letGo();
    if (isOwnersToReceive) receiver = Thread.currentThread();
    inbox.await(atMost.toNanos());
    var next = poll();
    if (next == null && inbox.ended() != null) endSeen();
    return next;
  }

  /// How it ended, once all messages before that have been taken; null before.
  public @Nullable CloseFrame ended() {
    return inbox.ended();
  }

  /// The messages that come, until the connection ends or the thread is interrupted.
  @Override
  public Iterator<Message> iterator() {
    return new Iterator<>() {
      private @Nullable Message next;

      @Override
      public boolean hasNext() {
        while (next == null && inbox.ended() == null) {
          try {
            next = receive(A_DAY);
          } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            return false;
          }
        }
        if (next == null) endSeen();
        return next != null;
      }

      @Override
      public Message next() {
        if (!hasNext()) throw new NoSuchElementException("the connection is closed");
        var message = next;
        next = null;
        return java.util.Objects.requireNonNull(message);
      }
    };
  }

  /// Takes the next message, without waiting; [#letGo] gives it back.
  @Nullable Message poll() {
    Message next;
    synchronized (inbox) {
      next = inbox.poll();
      current = next;
    }
    if (next != null && inbox.hasRoomAgain()) {
      var _ = stream().loop().later(session::resume);
    }
    return next;
  }

  /// The stream has ended, and no message can be taken any more: who has one keeps it.
  void outlive() {
    Message last;
    synchronized (inbox) {
      last = current;
    }
    if (last != null) last.payload().outlive(stream());
  }

  /// The time of the message that was received last is over.
  void letGo() {
    var last = current;
    current = null;
    if (last != null) last.payload().letGo();
  }

  /// All before the peer's close has been taken.
  void endSeen() {
    letGo();
    var _ = stream().loop().later(session::endSeen);
  }

  @Override
  public String toString() {
    return "WebSocket of " + peer();
  }
}
