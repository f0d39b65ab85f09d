package io.tidegate.edge;

import io.tidegate.http.Exchange;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.link.LinkConfig;
import io.tidegate.net.Loop;

/// What the edge keeps per event loop.
final class EdgeLoop {
  /// Share of the purse that idle streams may take, over all loops.
  private static final int IDLE_PERCENT = 15;

  private final Loop loop;
  private final EdgeConfig config;
  private final HeadBuilder builder = new HeadBuilder();
  private final UpstreamPool.IdleShare idle;
  private final int floorBytes;

  EdgeLoop(Loop loop, EdgeConfig config) {
    this.loop = loop;
    this.config = config;
    var root = loop.loops().root();
    this.floorBytes = LinkConfig.floorFor(budget());
    this.idle =
        new UpstreamPool.IdleShare(
            (int)
                (root.limit(Purse.DIRECT)
                    * IDLE_PERCENT
                    / 100
                    / loop.loops().count()
                    / floorBytes));
  }

  Loop loop() {
    return loop;
  }

  HeadBuilder builder() {
    return builder;
  }

  Budget budget() {
    var root = loop.loops().root();
    return new Budget(root.limit(Purse.DIRECT), root.limit(Purse.HEAP));
  }

  /// First window of a stream.
  int floorBytes() {
    return floorBytes;
  }

  String domain() {
    return config.domain();
  }

  /// How long the app may take: what its agent asked for, at most what the edge allows.
  long answerNanos(ClaimPolicy policy) {
    return Math.min(config.answerTimeout().toNanos(), policy.answer().toNanos());
  }

  UpstreamPool pool() {
    return new UpstreamPool(loop, config.limits().head(), idle);
  }

  /// Whether the forwarded fields of this peer count.
  boolean trusts(Exchange exchange) {
    var from = exchange.connection().address();
    return from != null && config.trusts(from);
  }

  /// The visitor behind `exchange`, found again while the host stays the same.
  Visitor visitor(Exchange exchange) {
    var connection = exchange.connection();
    var authority = exchange.request().authority();
    if (connection.attached() instanceof Visitor known && known.authority().equals(authority))
      return known;
    var visitor =
        Visitor.of(
            authority,
            connection.address(),
            config.domain(),
            connection.isAtLoopback(),
            connection.tls() == null ? "http" : "https",
            exchange.hasConnection() ? "1.1" : "2.0",
            builder);
    connection.attach(visitor);
    return visitor;
  }
}
