package io.tidegate.client.pool;

import io.tidegate.client.ConnectFailure;
import io.tidegate.client.Opener;
import io.tidegate.net.CutReason;
import io.tidegate.outbound.Sent;
import io.tidegate.websocket.Message;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.frame.CloseFrame;
import java.net.URI;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One connection of a pool between its socket, its supervisor, and the user's code.
final class Contact implements Line, WebSocketListener {
  /// Stands for the attempt of a connection that is cut.
  private static final Opener.Attempt GIVEN_UP = () -> {};

  private final Contacts contacts;
  private final Tenure tenure;
  private volatile @Nullable Contact old;
  private volatile @Nullable WebSocket socket;
  private volatile Opener.@Nullable Attempt attempt;
  private volatile @Nullable Thread busy;

  Contact(Contacts contacts, Tenure tenure, @Nullable Contact old) {
    this.contacts = contacts;
    this.tenure = tenure;
    this.old = old;
  }

  // ---- the attempt

  void begin(Opener.Attempt begun) {
    attempt = begun;
    if (socket != null) attempt = null;
  }

  /// On the socket's loop.
  void stands(WebSocket opened) {
    socket = opened;
    if (attempt == GIVEN_UP) opened.cut();
    else attempt = null;
    contacts.tell(to -> to.opened(tenure));
  }

  /// On a loop.
  void failed(ConnectFailure why) {
    attempt = null;
    old = null;
    contacts.tell(to -> to.failed(tenure, why));
  }

  // ---- for its supervisor and senders

  @Override
  public boolean isOpen() {
    var opened = socket;
    return opened != null && opened.isOpen();
  }

  @Override
  public long waitingBytes() {
    var opened = socket;
    return opened == null ? 0 : opened.waitingBytes();
  }

  @Override
  public long roundTripNanos() {
    var opened = socket;
    var time = opened == null ? null : opened.roundTrip();
    return time == null ? 0 : time.toNanos();
  }

  @Override
  public Sent send(Parcel parcel) {
    var opened = socket;
    return opened == null ? new Sent.Closed(CutReason.PEER_GONE) : parcel.sendOn(opened);
  }

  @Override
  public void close(int code, String reason) {
    var opened = socket;
    if (opened != null) opened.close(code, reason);
  }

  @Override
  public void cut() {
    var begun = attempt;
    attempt = GIVEN_UP;
    if (begun != null) begun.abandon();
    var opened = socket; // read last: whoever opens it meanwhile finds that it was given up
    if (opened != null) opened.cut();
  }

  @Override
  public void interrupt() {
    var thread = busy;
    if (thread != null) thread.interrupt();
  }

  // ---- the user's code, on its virtual thread

  @Override
  public void opened(WebSocket opened) throws Exception {
    socket = opened;
    busy = Thread.currentThread();
    try {
      prepare(opened);
    } catch (Throwable fault) {
      var why = new Member.Ending.HookFailed(String.valueOf(fault));
      contacts.tell(to -> to.threw(tenure, why));
      throw asException(fault);
    } finally {
      busy = null;
      old = null;
    }
    contacts.tell(to -> to.prepared(tenure));
  }

  private void prepare(WebSocket opened) throws Exception {
    var before = old;
    var member = member();
    contacts.user().opened(opened);
    contacts.hooks().onOpen(member, opened, tenure.attempt);
    contacts.hooks().resubscribe(member, opened);
    var replaced = before == null ? null : before.socket;
    if (replaced != null && replaced.isOpen()) {
      contacts.hooks().beforeRotate(member, replaced, opened);
    }
  }

  /// What its hooks see of it: only what does not change.
  private Member member() {
    URI uri = tenure.target.uri();
    return new Member(
        tenure.seat.number,
        uri,
        Member.State.PREPARING,
        Duration.ZERO,
        tenure.attempt,
        0,
        null,
        null);
  }

  @Override
  public void message(WebSocket opened, Message message) throws Exception {
    busy = Thread.currentThread();
    try {
      contacts.user().message(opened, message);
    } catch (Throwable fault) {
      var why = new Member.Ending.HandlerFailed(String.valueOf(fault));
      contacts.tell(to -> to.threw(tenure, why));
      throw asException(fault);
    } finally {
      busy = null;
    }
  }

  @Override
  public void closed(WebSocket opened, CloseFrame how) throws Exception {
    var ending = new Member.Ending.Closed(how, opened.cutReason());
    contacts.tell(to -> to.ended(tenure, ending));
    busy = Thread.currentThread();
    try {
      contacts.user().closed(opened, how);
    } finally {
      busy = null;
      contacts.tell(to -> to.left(tenure));
    }
  }

  /// An error of the user's code ends its connection, not the thread that serves it.
  private static Exception asException(Throwable fault) {
    return fault instanceof Exception exception
        ? exception
        : new IllegalStateException("an error of the user's code", fault);
  }
}
