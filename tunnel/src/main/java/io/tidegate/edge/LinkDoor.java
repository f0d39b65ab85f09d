package io.tidegate.edge;

import io.tidegate.edge.keys.Key;
import io.tidegate.http.Exchange;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.ledger.Gate;
import io.tidegate.link.LinkConfig;
import io.tidegate.link.LinkHandshake;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.SocketOptions;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Opens links: checks everything before the 101, and starts nothing for who fails.
///
/// An unknown and a wrong token get the same answer after the same work; ten failures a minute and
/// address are looked at. A web page must never open a link, so a request with Origin is refused.
/// Safe for any thread; each link belongs to its loop.
final class LinkDoor implements AutoCloseable {
  /// Links and their sessions that are not registered yet.
  static final int HANDSHAKES = 1_024;

  private final Edge edge;
  private final KeyShares shares;
  private final Failures failures;
  private final Gate opening = Gate.of(HANDSHAKES);
  private final ConcurrentHashMap<String, Session> sessions = new ConcurrentHashMap<>();

  LinkDoor(Edge edge) {
    this.edge = edge;
    this.shares = new KeyShares(edge.loops().root());
    this.failures = new Failures(edge.loops().root());
  }

  /// Forgets failures that are over.
  void sweep() {
    failures.sweep(edge.loops().loop(0).nanos());
  }

  @Override
  public void close() {
    failures.close();
  }

  /// Live sessions.
  Iterable<Session> sessions() {
    return sessions.values();
  }

  /// Answers a request for a link.
  void handle(EdgeLoop home, Exchange exchange) {
    var fields = exchange.request().fields();
    boolean raw = exchange.asksFor(LinkHandshake.RAW);
    boolean webSocket = !raw && exchange.asksFor("websocket");
    if (fields.has(FieldName.ORIGIN)) refuse(exchange, 403, "links are not opened from web pages");
    else if (!exchange.hasConnection())
      refuse(exchange, 426, "a link needs a connection of its own, opened by HTTP/1.1");
    else if (!exchange.request().method().equals("GET") || (!raw && !webSocket))
      refuse(exchange, 426, "this is where agents open links");
    else authorize(home, exchange, webSocket);
  }

  private static void refuse(Exchange exchange, int status, String text) {
    EdgePages.answer(exchange, status, text, "link_refused");
  }

  private void authorize(EdgeLoop home, Exchange exchange, boolean webSocket) {
    var from = exchange.connection().address();
    long now = home.loop().nanos();
    if (from == null || !failures.allows(from, now)) {
      EdgePages.answer(
          exchange,
          429,
          "too many wrong tokens from this address; try again in a minute",
          "too_many_failures");
      return;
    }
    var key = edge.key(bearer(exchange.request().fields().value(FieldName.AUTHORIZATION)));
    if (key == null) {
      failures.failed(from, now);
      home.loop().count(CutReason.UNAUTHORIZED);
      EdgePages.answer(exchange, 401, "unknown or missing token", CutReason.UNAUTHORIZED.label());
      return;
    }
    open(home, exchange, key, webSocket);
  }

  private static String bearer(@Nullable String authorization) {
    if (authorization == null || !authorization.regionMatches(true, 0, "Bearer ", 0, 7)) return "";
    return authorization.substring(7).trim();
  }

  private void open(EdgeLoop home, Exchange exchange, Key key, boolean webSocket) {
    var fields = exchange.request().fields();
    var id = fields.value(LinkHandshake.SESSION);
    int window = LinkHandshake.window(fields.value(LinkHandshake.WINDOW));
    if (id == null || !LinkHandshake.isSessionId(id) || window < 0) {
      refuse(
          exchange,
          400,
          "a link needs " + LinkHandshake.SESSION + " and a valid " + LinkHandshake.WINDOW);
      return;
    }
    var head = webSocket ? webSocketAnswer(home, exchange) : rawAnswer(home);
    if (head == null) {
      refuse(exchange, 400, "not a valid WebSocket handshake for " + LinkHandshake.SUBPROTOCOL);
      return;
    }
    var session = sessions.computeIfAbsent(id, _ -> new Session(id, key, shares, () -> ended(id)));
    if (!session.key().name().equals(key.name())) {
      refuse(exchange, 409, "that session is another key's");
      return;
    }
    if (!session.isPlaced()) {
      session.abandon();
      EdgePages.refuse(
          exchange,
          CutReason.CONNECTION_LIMIT,
          "this key has " + KeyShares.mostSessions(key) + " sessions already");
      return;
    }
    if (!session.isPaid()) {
      session.abandon();
      EdgePages.refuse(exchange, CutReason.MEMORY_REFUSED, "");
      return;
    }
    var pass = opening.tryEnter();
    if (pass == null) {
      session.abandon();
      EdgePages.refuse(exchange, CutReason.CONNECTION_LIMIT, "too many links are being opened");
      return;
    }
    var wire = exchange.upgrade(head, new Early(exchange.connection()));
    exchange.connection().tune(SocketOptions.LINK);
    exchange.connection().attach(session);
    LinkSession.start(
        edge,
        home,
        session,
        webSocket ? LinkHandshake.inWebSocket(wire, io.tidegate.link.Link.Side.EDGE) : wire,
        config(home, window),
        pass);
  }

  private static LinkConfig config(EdgeLoop home, int peerWindow) {
    return LinkConfig.forBudget(home.budget(), peerWindow);
  }

  private static HeadBuilder answer(EdgeLoop home) {
    return new HeadBuilder()
        .response(101)
        .field(LinkHandshake.WINDOW, Integer.toString(home.floorBytes()))
        .field(LinkHandshake.LOOP, home.loop().index() + "/" + home.loop().loops().count());
  }

  private static ResponseHead rawAnswer(EdgeLoop home) {
    return answer(home).field(FieldName.UPGRADE, LinkHandshake.RAW).buildResponse();
  }

  private static @Nullable ResponseHead webSocketAnswer(EdgeLoop home, Exchange exchange) {
    var accepted = LinkHandshake.acceptWebSocket(exchange.request(), home.builder());
    if (accepted == null) return null;
    var builder = answer(home);
    for (int i = 0; i < accepted.fields().size(); i++) builder.copy(accepted.fields(), i);
    return builder.buildResponse();
  }

  private void ended(String id) {
    var session = sessions.remove(id);
    if (session != null) edge.directory().left(session);
  }

  /// An agent waits for the 101 before it speaks.
  private record Early(io.tidegate.net.Connection connection) implements ByteStream.Reader {
    @Override
    public void bytes(io.netty.buffer.ByteBuf piece) {
      piece.release();
      throw new io.tidegate.net.PeerException(
          CutReason.BAD_MESSAGE, "bytes before the link was open");
    }

    @Override
    public void end() {}

    @Override
    public void closed(@Nullable CutReason reason) {}
  }
}
