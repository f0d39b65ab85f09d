package io.tidegate.edge;

import io.tidegate.http.Exchange;
import io.tidegate.http.LoopHandler;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.net.CutReason;

/// Sends who comes by plain HTTP to the same place by `https`, with 308 so that the method stays.
/// Only to names of this edge: a redirect to whatever Host says would be anybody's.
final class Redirect implements LoopHandler {
  private static final int PERMANENT_REDIRECT = 308;

  private final EdgeLoop[] homes;
  private final int port;

  /// Redirects to `port`.
  Redirect(EdgeLoop[] homes, int port) {
    this.homes = homes;
    this.port = port;
  }

  @Override
  public void handle(Exchange exchange) {
    var home = homes[exchange.connection().loop().index()];
    var visitor = home.visitor(exchange);
    var target = exchange.request().target();
    if ((visitor.name() == null && !visitor.isOwn()) || !target.startsWith("/")) {
      EdgePages.refuse(exchange, CutReason.UNKNOWN_NAME, "");
      return;
    }
    var place = "https://" + visitor.host() + (port == 443 ? "" : ":" + port) + target;
    var head = new HeadBuilder().response(PERMANENT_REDIRECT).field(FieldName.LOCATION, place);
    var _ = exchange.respond(head.buildResponse(), Framing.length(0));
    exchange.finish(Fields.EMPTY);
  }
}
