package io.tidegate.edge;

import io.tidegate.http.Exchange;
import io.tidegate.http.LoopHandler;
import io.tidegate.net.CutReason;

/// Where every request to the edge comes in: to a tunnel by its name, to the edge's own page, or to
/// the link door. CONNECT goes nowhere: the app behind a tunnel may be a proxy, and of its 2xx
/// answers no two readers agree where they end (RFC 9112 §6.3).
final class Door implements LoopHandler {
  /// Where agents open links, on the edge's own host alone; on every tunnel this path is the app's.
  static final String LINK_PATH = "/_tidegate/link";

  private final Directory directory;
  private final LinkDoor links;
  private final EdgeLoop[] homes;

  Door(Directory directory, LinkDoor links, EdgeLoop[] homes) {
    this.directory = directory;
    this.links = links;
    this.homes = homes;
  }

  @Override
  public void handle(Exchange exchange) {
    var home = homes[exchange.connection().loop().index()];
    var visitor = home.visitor(exchange);
    if (isMisdirected(exchange, visitor)) EdgePages.refuse(exchange, CutReason.MISDIRECTED, "");
    else if (exchange.request().method().equals("CONNECT"))
      EdgePages.answer(exchange, 405, "CONNECT is not served", "method_not_allowed");
    else if (visitor.name() != null) visit(home, exchange, visitor, visitor.name());
    else if (visitor.isOwn()) own(home, exchange);
    else EdgePages.refuse(exchange, CutReason.UNKNOWN_NAME, "");
  }

  /// Whether the connection was made for another host: its certificate, and what a proxy on the way
  /// may have decided by that name, is not this host's (RFC 9110 §15.5.20).
  private static boolean isMisdirected(Exchange exchange, Visitor visitor) {
    var session = exchange.connection().tls();
    return session != null
        && !session.serverName().isEmpty()
        && !session.serverName().equals(visitor.host());
  }

  private void own(EdgeLoop home, Exchange exchange) {
    var target = exchange.request().target();
    if (target.equals(LINK_PATH)) links.handle(home, exchange);
    else if (target.equals("/"))
      EdgePages.answer(
          exchange,
          200,
          "This is a Tidegate edge. Tunnels live at NAME." + home.domain() + ".",
          "");
    else
      EdgePages.answer(
          exchange, 404, "Nothing here. Tunnels live at NAME." + home.domain() + ".", "not_found");
  }

  private void visit(EdgeLoop home, Exchange exchange, Visitor visitor, String name) {
    if (RequestRewrite.hasLooped(exchange.request())) {
      EdgePages.refuse(exchange, CutReason.LOOP_DETECTED, "");
      return;
    }
    switch (directory.find(name)) {
      case Directory.Found.Here(var session, var claim) ->
          visit(home, exchange, visitor, session, claim);
      case Directory.Found.There _ -> EdgePages.refuse(exchange, CutReason.NO_AGENT, "");
      case Directory.Found.Offline _ -> EdgePages.refuse(exchange, CutReason.NO_AGENT, name);
      case Directory.Found.Unknown _ -> EdgePages.refuse(exchange, CutReason.UNKNOWN_NAME, name);
    }
  }

  private void visit(
      EdgeLoop home, Exchange exchange, Visitor visitor, Session session, Claim claim) {
    var tunnel = session.tunnel(home);
    if (tunnel == null) EdgePages.refuse(exchange, CutReason.NO_AGENT, claim.name());
    else new Visit(home, exchange, visitor, session, claim, tunnel.access(home)).start();
  }
}
