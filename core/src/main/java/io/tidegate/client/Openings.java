package io.tidegate.client;

import io.tidegate.http.message.Fields;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Gate;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Described;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.net.tls.TlsClient;
import io.tidegate.websocket.ClientHandshake;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.WebSockets;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What all openings of one client share, and those that have begun. Any thread.
final class Openings implements Described {
  final ClientConfig config;
  final WebSockets sockets;
  final TlsClient tls;
  final Resolver resolver;
  private final Loops loops;
  private final Account account;
  private final Account[] lines;
  private final Gate gate;

  /// Each leaves when it has ended.
  private final Set<Opening> open = ConcurrentHashMap.newKeySet();

  private volatile boolean isClosed;

  Openings(
      Loops loops,
      ClientConfig config,
      Account account,
      WebSockets sockets,
      TlsClient tls,
      Resolver resolver) {
    this.loops = loops;
    this.config = config;
    this.account = account;
    this.sockets = sockets;
    this.tls = tls;
    this.resolver = resolver;
    this.gate = Gate.of(config.maxOpening());
    this.lines = new Account[loops.count()];
    for (int i = 0; i < lines.length; i++) lines[i] = loops.loop(i).line(account);
  }

  @Override
  public String what() {
    return "client's WebSocket";
  }

  Account line(Loop loop) {
    return lines[loop.index()];
  }

  /// Begins one; without a listener its messages wait for whoever receives them.
  ///
  /// @param fields what the request says besides
  /// @throws IllegalArgumentException if `uri` is no WebSocket's, or a field the handshake's
  Opener.Attempt begin(
      URI uri, Fields fields, @Nullable WebSocketListener listener, Opener.Outcome outcome) {
    var target = Target.of(uri);
    var deflate = config.webSocket().deflate();
    var plain = ClientHandshake.begin(config.protocols(), fields);
    var handshake = deflate == null ? plain : plain.withDeflate(deflate);
    var request = handshake.request(target.path(), target.authority(), new HeadBuilder());
    var pass = isClosed ? null : gate.tryEnter();
    if (pass == null) return refuse(outcome, isClosed ? "closed" : "too many are being opened");
    if (!account.charge(Purse.HEAP, Opening.HEAP_BYTES)) {
      pass.close();
      return refuse(outcome, "memory refused");
    }
    var asked = new Opening.Asked(target, handshake, request, listener);
    var opening = new Opening(this, loops.next(), asked, outcome, pass);
    open.add(opening);
    opening.begin();
    if (isClosed) opening.abandon();
    return opening;
  }

  private Opener.Attempt refuse(Opener.Outcome outcome, String why) {
    var failure = Diagnosis.local("the client: " + why);
    if (!loops.next().later(() -> outcome.failed(failure))) outcome.failed(failure);
    return () -> {};
  }

  /// `opening` is over, one way or the other.
  void leave(Opening opening, Gate.Pass pass) {
    if (!open.remove(opening)) return;
    account.release(Purse.HEAP, Opening.HEAP_BYTES);
    pass.close();
  }

  /// How many have begun and not ended.
  int count() {
    return open.size();
  }

  /// Begins no more, and gives up all that have begun.
  void close() {
    isClosed = true;
    open.forEach(Opening::abandon);
  }
}
