package io.tidegate.edge;

import io.netty.buffer.ByteBuf;
import io.tidegate.http.Body;
import io.tidegate.http.Exchange;
import io.tidegate.http.Requester;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Splice;
import org.jspecify.annotations.Nullable;

/// One request on its way through the edge: from a visitor's exchange to a stream of the tunnel's
/// link and back.
///
/// One request in, at most one out: only GET, HEAD and OPTIONS without a body may use a stream that
/// carried another before, and only they are repeated, once, if it ended before the first byte of
/// an answer. Belongs to the loop of both.
final class Visit implements Requester.Answer {
  private final EdgeLoop home;
  private final Exchange exchange;
  private final Visitor visitor;
  private final Session session;
  private Access access;
  private final Claim claim;
  private final RequestHead asked;
  private final boolean repeatable;
  private final boolean upgrade;
  private final long beganNanos;
  private @Nullable Upstream upstream;
  private @Nullable AppStream source;
  private long requestFrom;
  private long answerFrom;
  private long visitorBytes;
  private int status;
  private boolean repeated;
  private boolean visitorGone;
  private boolean over;

  Visit(
      EdgeLoop home,
      Exchange exchange,
      Visitor visitor,
      Session session,
      Claim claim,
      Access access) {
    this.home = home;
    this.exchange = exchange;
    this.visitor = visitor;
    this.session = session;
    this.access = access;
    this.claim = claim;
    this.upgrade = mayUpgrade(exchange, claim.policy());
    this.asked =
        RequestRewrite.of(
            exchange.request(),
            visitor,
            claim.policy(),
            upgrade,
            home.trusts(exchange),
            home.builder());
    this.repeatable = exchange.bodyFraming().isEmpty() && !upgrade && isSafe(asked.method());
    this.beganNanos = home.loop().nanos();
  }

  private static boolean mayUpgrade(Exchange exchange, ClaimPolicy policy) {
    if (exchange.asksFor("websocket")) return true;
    return policy.upgrades().stream().anyMatch(exchange::asksFor);
  }

  private static boolean isSafe(String method) {
    return switch (method) {
      case "GET", "HEAD", "OPTIONS" -> true;
      default -> false;
    };
  }

  void start() {
    exchange.own(this::exchangeOver);
    var rested = repeatable ? access.pool().takeIdle() : null;
    if (rested != null) send(rested);
    else sendFresh();
  }

  /// On a stream of its own: now, or when the agent has acknowledged those that it has been sent.
  void sendFresh() {
    if (over) return;
    var stream = access.open(claim);
    if (stream != null) send(access.pool().fresh(stream));
    else if (!access.await(this)) elsewhere();
  }

  private void send(Upstream taken) {
    upstream = taken;
    source = taken.stream();
    requestFrom = taken.stream().sentBytes();
    answerFrom = taken.stream().receivedBytes();
    taken.busy(this, home.answerNanos(claim.policy()));
    var requester = taken.requester();
    requester.send(asked, exchange.bodyFraming(), upgrade, this);
    if (!exchange.bodyFraming().isEmpty() && !over) exchange.read(new RequestBody(requester));
  }

  /// This link takes no more streams: another of the session may.
  private void elsewhere() {
    var other = session.tunnel(home);
    if (other == null || repeated || other.access(home) == access) {
      end(CutReason.TUNNEL_FULL);
      return;
    }
    repeated = true;
    access = other.access(home);
    sendFresh();
  }

  /// The visitor's body, passed on as it comes; the visitor's connection pays for it.
  private final class RequestBody implements Body {
    private final Requester to;

    RequestBody(Requester to) {
      this.to = to;
    }

    @Override
    public void bytes(ByteBuf piece) {
      var _ = to.offer(piece, piece.readableBytes(), exchange);
    }

    @Override
    public void end(Fields trailers) {
      to.finish(trailers);
    }

    @Override
    public void failed(CutReason reason) {
      Visit.this.end(reason);
    }
  }

  @Override
  public void interim(ResponseHead head) {
    exchange.interim(AnswerRewrite.of(head, visitor, claim.policy(), false, home.builder()));
  }

  @Override
  public void head(ResponseHead head, Framing framing) {
    status = head.status();
    if (upstream != null) upstream.answering();
    var _ =
        exchange.respond(
            AnswerRewrite.of(head, visitor, claim.policy(), false, home.builder()), framing);
  }

  @Override
  public void bytes(ByteBuf piece) {
    int bytes = piece.readableBytes();
    visitorBytes += bytes;
    var _ = exchange.offer(piece, bytes, java.util.Objects.requireNonNull(source));
  }

  @Override
  public void end(Fields trailers) {
    var done = upstream;
    if (over || done == null) return;
    over = true;
    upstream = null;
    report(done, null);
    access.pool().give(done);
    exchange.finish(trailers);
  }

  @Override
  public ByteStream.Reader upgraded(ResponseHead head, ByteStream stream) {
    var used = java.util.Objects.requireNonNull(upstream);
    var visitorSide = exchange.stream();
    if (!confirms(head)) {
      end(CutReason.APP_BAD_ANSWER);
      return Splice.reader(stream, visitorSide);
    }
    status = head.status();
    over = true;
    upstream = null;
    used.handedOver();
    access.pool().lost();
    report(used, null);
    if (exchange.hasConnection()) exchange.connection().holdLittle();
    var _ =
        exchange.upgrade(
            AnswerRewrite.of(head, visitor, claim.policy(), true, home.builder()),
            Splice.reader(visitorSide, stream));
    return Splice.reader(stream, visitorSide);
  }

  /// The app must name the very protocol that was asked for.
  private boolean confirms(ResponseHead head) {
    var protocol = head.fields().value(FieldName.UPGRADE);
    return protocol != null
        && exchange.asksFor(protocol)
        && (protocol.equalsIgnoreCase("websocket") || allowed(protocol));
  }

  private boolean allowed(String protocol) {
    return claim.policy().upgrades().contains(protocol.toLowerCase(java.util.Locale.ROOT));
  }

  @Override
  public void lost(CutReason reason, boolean begun) {
    var failed = upstream;
    if (over || failed == null) return;
    if (!begun && mayRepeat(failed, reason)) {
      repeated = true;
      upstream = null;
      access.pool().lost();
      failed.end(CutReason.IDLE);
      var living = session.tunnel(home);
      if (living != null) access = living.access(home);
      sendFresh();
      return;
    }
    boolean appWentFirst = reason == CutReason.PEER_GONE || reason == CutReason.OTHER_SIDE_GONE;
    end(appWentFirst ? CutReason.APP_BAD_ANSWER : reason);
  }

  /// A stream that rested may have ended before this request reached the app; one that the agent
  /// never connected carried no byte of it. Once only, and never with a body, which is on its way
  /// already.
  private boolean mayRepeat(Upstream failed, CutReason reason) {
    if (repeated || !exchange.bodyFraming().isEmpty()) return false;
    boolean refusedUnseen = reason == CutReason.PEER_GONE || reason == CutReason.TUNNEL_FULL;
    return (repeatable && failed.isUsed()) || (refusedUnseen && !failed.stream().isConnected());
  }

  /// The app has been silent for the whole answer timeout.
  void unanswered() {
    end(CutReason.APP_SILENT);
  }

  /// The visitor is gone, or cut.
  private void exchangeOver() {
    visitorGone = true;
    if (!over) end(CutReason.PEER_GONE);
  }

  private void end(CutReason reason) {
    if (over) return;
    over = true;
    var failed = upstream;
    upstream = null;
    report(failed, reason);
    if (failed != null) {
      access.pool().lost();
      failed.end(reason);
    }
    if (visitorGone) return;
    if (exchange.hasResponded()) exchange.cut(reason);
    else EdgePages.refuse(exchange, reason, "");
  }

  private void report(@Nullable Upstream used, @Nullable CutReason reason) {
    session.counts().finished(visitorBytes);
    access.report(
        claim,
        used == null ? 0 : used.stream().id(),
        exchange.request(),
        reason == null || status != 0 ? status : reason.status(),
        home.loop().nanos() - beganNanos,
        reason,
        used == null
            ? Tunnel.NOWHERE
            : new Tunnel.Span(
                requestFrom, used.stream().sentBytes(), answerFrom, used.stream().receivedBytes()));
  }
}
