package io.tidegate.agent;

import io.tidegate.http.Requester;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.link.Control;
import io.tidegate.link.ControlLines;
import io.tidegate.link.Link;
import io.tidegate.link.LinkConfig;
import io.tidegate.link.LinkHandshake;
import io.tidegate.link.LinkListener;
import io.tidegate.link.LinkStream;
import io.tidegate.link.Preface;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Dialer;
import io.tidegate.net.Loop;
import io.tidegate.net.SocketOptions;
import io.tidegate.net.WriteLimits;
import io.tidegate.net.tls.TlsClient;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// One link of an agent, from the call to its end: TCP, the upgrade, yamux, the claim. Belongs to
/// one loop.
final class AgentLink implements Dialer.Outcome, Requester.Answer, LinkListener {
  /// For connecting, and again for the edge's answer, and again for the claim.
  private static final Duration STEP = Duration.ofSeconds(5);

  /// Longer than the edge's: the edge knows the visitor, so it is to be the one that cuts, and says
  /// why.
  private static final Duration STALL = Duration.ofSeconds(30);

  private static final int LONGEST_ANSWER_SECONDS = 3600;

  private final Agent agent;
  private final String session;
  private final Loop loop;
  private final boolean webSocket;
  private final Deadline step;
  private @Nullable Connection wire;
  private @Nullable Link link;
  private @Nullable ControlLines control;
  private int edgeLoop;
  private int edgeLoops = 1;
  private int peerWindow = LinkHandshake.SPEC_WINDOW;
  private boolean standing;
  private boolean reported;

  private AgentLink(Agent agent, Loop loop, boolean webSocket) {
    this.agent = agent;
    this.session = agent.session();
    this.loop = loop;
    this.webSocket = webSocket;
    this.step = loop.deadline(this::tooSlow);
  }

  /// Calls the edge from `loop`; the agent hears of the outcome.
  static void open(Agent agent, Loop loop, InetSocketAddress edge, boolean webSocket) {
    var opened = new AgentLink(agent, loop, webSocket);
    var dialer = new Dialer(agent.account(), SocketOptions.LINK, WriteLimits.DEFAULT, STEP);
    boolean runs = loop.later(() -> opened.call(dialer, edge));
    if (!runs) agent.failed(opened, "the event loop has ended", Failure.PASSING);
  }

  /// What a failed attempt means for the next.
  enum Failure {
    /// Try again later.
    PASSING,
    /// Try at once the other way to carry a link.
    WIRE,
    /// The token is not known.
    TOKEN,
    /// The edge could not show that it is who it should be.
    UNTRUSTED
  }

  private void call(Dialer dialer, InetSocketAddress edge) {
    var _ = dialer.dial(loop, edge, this);
  }

  boolean isWebSocket() {
    return webSocket;
  }

  /// The session that it was opened for.
  String session() {
    return session;
  }

  int edgeLoop() {
    return edgeLoop;
  }

  int edgeLoops() {
    return edgeLoops;
  }

  @Override
  public ByteStream.Reader connected(Connection connection) {
    wire = connection;
    step.in(STEP);
    var tls = agent.tls();
    return tls == null
        ? ask(connection)
        : tls.start(connection, agent.config().edge().getHost(), new Securing());
  }

  /// The edge has shown who it is, or has not.
  private final class Securing implements TlsClient.Outcome {
    @Override
    public ByteStream.Reader secured(Connection connection) {
      return ask(connection);
    }

    @Override
    public void refused(TlsClient.Refusal why) {
      var edge = agent.config().edge();
      var failure =
          switch (why.cause()) {
            case LOST, NO_MEMORY -> Failure.PASSING;
            case UNKNOWN_AUTHORITY, OTHER_NAME, OUT_OF_TIME, FAILED -> Failure.UNTRUSTED;
          };
      fail(TlsRefusals.text(edge, why), failure);
    }
  }

  private ByteStream.Reader ask(Connection connection) {
    step.in(STEP);
    var requester = Requester.over(connection, HeadLimits.DEFAULT);
    requester.send(request(), Framing.NONE, true, this);
    return requester.reader();
  }

  private RequestHead request() {
    var config = agent.config();
    var builder =
        new HeadBuilder()
            .request("GET", LinkHandshake.PATH, config.edge().getRawAuthority())
            .field(LinkHandshake.SESSION, session)
            .field(LinkHandshake.WINDOW, Integer.toString(LinkConfig.floorFor(budget())))
            .field(FieldName.USER_AGENT, "tidegate");
    if (!agent.token().isEmpty()) builder.field(FieldName.AUTHORIZATION, "Bearer " + agent.token());
    if (webSocket) LinkHandshake.askForWebSocket(builder);
    else builder.field(FieldName.UPGRADE, LinkHandshake.RAW);
    return builder.buildRequest();
  }

  private Budget budget() {
    var root = loop.loops().root();
    return new Budget(root.limit(Purse.DIRECT), root.limit(Purse.HEAP));
  }

  @Override
  public void failed(Dialer.Failure failure) {
    var why =
        switch (failure.reason()) {
          case APP_SILENT -> "no answer within 5 s";
          case APP_REFUSED -> "refused";
          default -> failure.detail();
        };
    fail("cannot connect to " + agent.config().edge() + " (" + why + ")", Failure.PASSING);
  }

  private void tooSlow() {
    var late = "the edge did not answer within 5 s";
    if (link != null) {
      link.cut(CutReason.HANDSHAKE_TIMEOUT);
      fail(late, Failure.PASSING);
    } else {
      if (wire != null) wire.reset(CutReason.HANDSHAKE_TIMEOUT);
      fail(late, Failure.WIRE);
    }
  }

  /// Reports the attempt's failure, once.
  private void fail(String why, Failure failure) {
    if (standing || reported) return;
    reported = true;
    step.close();
    agent.failed(this, why, failure);
  }

  @Override
  public void interim(ResponseHead head) {}

  @Override
  public void head(ResponseHead head, Framing framing) {
    var error = head.fields().value("Tidegate-Error");
    var why = "the edge answered " + head.status() + (error == null ? "" : " " + error);
    fail(
        why,
        switch (head.status()) {
          case 401 -> Failure.TOKEN;
          case 403, 409, 429, 503 -> Failure.PASSING;
          default -> Failure.WIRE;
        });
    if (wire != null) wire.reset(CutReason.BAD_MESSAGE);
  }

  @Override
  public void bytes(io.netty.buffer.ByteBuf piece) {
    int bytes = piece.readableBytes();
    piece.release();
    if (wire != null) wire.released(bytes);
  }

  @Override
  public void end(Fields trailers) {}

  @Override
  public void lost(CutReason reason, boolean begun) {
    fail(
        "the connection to " + agent.config().edge() + " ended before it was a link", Failure.WIRE);
  }

  @Override
  public ByteStream.Reader upgraded(ResponseHead head, ByteStream stream) {
    readTerms(head);
    var framed = webSocket ? LinkHandshake.inWebSocket(stream, Link.Side.AGENT) : null;
    Account account = agent.account();
    link =
        Link.open(
            framed == null ? stream : framed,
            Link.Side.AGENT,
            LinkConfig.forBudget(budget(), peerWindow).withStall(STALL),
            account,
            this);
    control = ControlLines.open(link, new Lines());
    step.in(STEP);
    var config = agent.config();
    say(
        new Control.Register(
            0,
            agent.wantedName(),
            Preface.Kind.HTTP,
            config.upgrades(),
            config.hostHeader(),
            LONGEST_ANSWER_SECONDS));
    return framed == null ? link.reader() : framed.reader();
  }

  private void readTerms(ResponseHead head) {
    int window = LinkHandshake.window(head.fields().value(LinkHandshake.WINDOW));
    if (window > 0) peerWindow = window;
    var loops = head.fields().value(LinkHandshake.LOOP);
    if (loops == null || !loops.matches("[0-9]{1,4}/[0-9]{1,4}")) return;
    edgeLoop = Integer.parseInt(loops.substring(0, loops.indexOf('/')));
    edgeLoops = Math.max(1, Integer.parseInt(loops.substring(loops.indexOf('/') + 1)));
  }

  private void say(Control line) {
    if (control != null) {
      var _ = control.send(line);
    }
  }

  @Override
  public ByteStream.Reader opened(LinkStream stream) {
    return new AppSplice(stream, agent.dialer(), agent::holds, agent.hostCheck());
  }

  /// What the edge says.
  private final class Lines implements ControlLines.Handler {
    @Override
    public void line(Control line) {
      switch (line) {
        case Control.Registered registered -> registered(registered);
        case Control.Refused refused -> agent.refused(AgentLink.this, refused.reason());
        case Control.Superseded superseded -> agent.superseded(AgentLink.this, superseded.name());
        case Control.Exchange exchange -> agent.exchanged(exchange);
        case Control.Rotate _ -> agent.rotate(AgentLink.this);
        case Control.Register _ -> cut();
      }
    }

    private void cut() {
      if (link != null) link.cut(CutReason.BAD_MESSAGE);
    }

    @Override
    public void closed(@Nullable CutReason reason) {}
  }

  private void registered(Control.Registered registered) {
    if (standing) return;
    step.close();
    standing = true;
    agent.opened(this, registered);
  }

  @Override
  public void goingAway(int code) {
    agent.goesAway(this);
  }

  @Override
  public void closed(CutReason reason) {
    step.close();
    if (standing) agent.lost(this, reason);
    else fail("the link ended before the claim was answered: " + reason.text(), Failure.PASSING);
  }

  /// Lets its streams run to their end and takes no new ones.
  void retire() {
    var _ =
        loop.later(() -> {
          if (link != null) link.goAway();
        });
  }

  /// Ends it and all its streams.
  void end() {
    var _ =
        loop.later(() -> {
          if (link != null) link.cut(CutReason.CLOSING);
          else if (wire != null) wire.reset(CutReason.CLOSING);
        });
  }
}
