package io.tidegate.edge;

import io.tidegate.edge.keys.Names;
import io.tidegate.ledger.Gate;
import io.tidegate.link.Control;
import io.tidegate.link.ControlLines;
import io.tidegate.link.Link;
import io.tidegate.link.LinkConfig;
import io.tidegate.link.LinkListener;
import io.tidegate.link.LinkStream;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The edge's side of one link from its 101 to its end: what the agent says on the control stream,
/// and what it is answered.
final class LinkSession implements LinkListener {
  /// From the 101 to the first claim.
  private static final Duration REGISTER = Duration.ofSeconds(5);

  private final Edge edge;
  private final EdgeLoop home;
  private final Session session;
  private final Gate.Pass opening;
  private final Deadline register;
  private final Deadline rotation;
  private @Nullable Link link;
  private @Nullable Tunnel tunnel;
  private @Nullable ControlLines control;

  private LinkSession(Edge edge, EdgeLoop home, Session session, Gate.Pass opening) {
    this.edge = edge;
    this.home = home;
    this.session = session;
    this.opening = opening;
    this.rotation = home.loop().deadline(() -> say(new Control.Rotate()));
    this.register = home.loop().deadline(() -> cut(CutReason.HANDSHAKE_TIMEOUT));
  }

  /// Runs yamux on `wire`, which has just been answered 101.
  static void start(
      Edge edge,
      EdgeLoop home,
      Session session,
      ByteStream wire,
      LinkConfig config,
      Gate.Pass opening) {
    var opened = new LinkSession(edge, home, session, opening);
    opened.register.in(REGISTER);
    opened.link = Link.open(wire, Link.Side.EDGE, config, session.line(home.loop()), opened);
  }

  private void cut(CutReason reason) {
    if (link != null) link.cut(reason);
  }

  /// The agent opens stream 1 and nothing else.
  @Override
  public ByteStream.Reader opened(LinkStream stream) {
    control = ControlLines.accept(stream, new Lines());
    return control.reader();
  }

  private void line(Control message) {
    switch (message) {
      case Control.Register wanted -> register(wanted);
      case Control.Registered _,
          Control.Refused _,
          Control.Superseded _,
          Control.Rotate _,
          Control.Exchange _ ->
          cut(CutReason.BAD_MESSAGE);
    }
  }

  /// What the agent says.
  private final class Lines implements ControlLines.Handler {
    @Override
    public void line(Control line) {
      LinkSession.this.line(line);
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      cut(reason == null ? CutReason.PEER_GONE : reason);
    }
  }

  private void register(Control.Register wanted) {
    if (!join()) return;
    var name = wanted.name().isEmpty() ? Names.random() : wanted.name();
    if (!Names.isValid(name)) {
      refuse(wanted.claim(), Names.refusal(name));
      return;
    }
    if (!session.propose(
        wanted.claim(),
        new ClaimPolicy(
            wanted.hostHeader(),
            Set.copyOf(wanted.upgrades()),
            Duration.ofSeconds(wanted.answerSeconds())))) {
      refuse(wanted.claim(), "too many claims in one session");
      return;
    }
    switch (edge.directory().claim(name, session.key(), session, wanted.claim())) {
      case Directory.Claimed.Granted(int generation) ->
          say(new Control.Registered(wanted.claim(), generation, name, edge.publicUrl(name)));
      case Directory.Claimed.Superseded _ -> say(new Control.Superseded(name));
      case Directory.Claimed.Refused(String reason) -> refuse(wanted.claim(), reason);
    }
  }

  private void say(Control message) {
    if (control != null) {
      var _ = control.send(message);
    }
  }

  private void refuse(int claim, String reason) {
    say(new Control.Refused(claim, reason));
  }

  /// The link takes its place in the session; false if it was cut instead.
  private boolean join() {
    if (tunnel != null) return true;
    register.close();
    opening.close();
    var joined =
        new Tunnel(
            home,
            java.util.Objects.requireNonNull(link),
            java.util.Objects.requireNonNull(control));
    if (!session.join(joined)) {
      refuse(0, "this session has as many links as its key may have, or has ended");
      cut(CutReason.CONNECTION_LIMIT);
      return false;
    }
    tunnel = joined;
    var lifetime = edge.config().linkLifetime();
    if (lifetime != null) rotation.in(lifetime);
    return true;
  }

  @Override
  public void hasRoom() {
    if (tunnel != null) tunnel.hasRoom();
  }

  @Override
  public void goingAway(int code) {
    if (tunnel != null) tunnel.goesAway();
  }

  @Override
  public void closed(CutReason reason) {
    register.close();
    rotation.close();
    opening.close();
    if (tunnel == null) {
      session.abandon();
      return;
    }
    tunnel.goesAway();
    session.leave(tunnel);
  }
}
