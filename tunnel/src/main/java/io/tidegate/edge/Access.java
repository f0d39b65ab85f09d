package io.tidegate.edge;

import io.tidegate.http.message.RequestHead;
import io.tidegate.ledger.Purse;
import io.tidegate.link.Link;
import io.tidegate.net.ByteStream;
import io.tidegate.net.CutReason;
import io.tidegate.net.LoopBridge;
import io.tidegate.net.Splice;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// How the visitors of one loop reach one link: its idle streams, and the way to a new one. Where
/// the link lives on another loop, each stream crosses once through a bridge. Belongs to the
/// visitors' loop.
final class Access {
  /// Requests that wait for the agent to acknowledge streams; beyond it they are refused.
  private static final int MOST_WAITING = 1_024;

  /// One of them, charged to the link.
  static final int WAITING_BYTES = 128;

  private final EdgeLoop home;
  private final Tunnel tunnel;
  private final UpstreamPool pool;
  private final ArrayDeque<Visit> waiting = new ArrayDeque<>(0);

  Access(EdgeLoop home, Tunnel tunnel) {
    this.home = home;
    this.tunnel = tunnel;
    this.pool = home.pool();
  }

  UpstreamPool pool() {
    return pool;
  }

  /// A new stream for `claim`; null if the link has no room for one now.
  @Nullable AppStream open(Claim claim) {
    if (tunnel.loop() == home.loop()) return AppStream.open(tunnel.link(), claim);
    var bridge = LoopBridge.between(home.loop(), tunnel.loop(), tunnel.account());
    boolean runs = tunnel.loop().later(() -> beyond(tunnel.link(), bridge.b()));
    return runs ? AppStream.over(bridge.a(), claim) : null;
  }

  /// On the link's loop: the stream that the bridge leads to.
  private static void beyond(Link link, ByteStream bridge) {
    var stream = link.openStream(new Pending(bridge));
    if (stream == null) {
      bridge.reset(link.isClosed() ? CutReason.LINK_LOST : CutReason.TUNNEL_FULL);
      return;
    }
    Splice.join(stream, bridge);
  }

  /// Never reads: the splice takes its place before a byte can come.
  private record Pending(ByteStream bridge) implements ByteStream.Reader {
    @Override
    public void bytes(io.netty.buffer.ByteBuf piece) {
      piece.release();
    }

    @Override
    public void end() {}

    @Override
    public void closed(@Nullable CutReason reason) {
      bridge.reset(reason == null ? CutReason.LINK_LOST : reason);
    }
  }

  /// Has `visit` try again when the agent has acknowledged a stream; false if that will not be, or
  /// too many wait.
  boolean await(Visit visit) {
    if (tunnel.loop() != home.loop()
        || !tunnel.link().awaitsAcknowledgement()
        || waiting.size() >= MOST_WAITING
        || !tunnel.account().charge(Purse.HEAP, WAITING_BYTES)) return false;
    waiting.add(visit);
    return true;
  }

  /// The link may have room again.
  void hasRoom() {
    for (int left = waiting.size(); left > 0 && !tunnel.link().awaitsAcknowledgement(); left--) {
      next().sendFresh();
    }
  }

  private Visit next() {
    tunnel.account().release(Purse.HEAP, WAITING_BYTES);
    return waiting.remove();
  }

  /// The link is going away, or gone.
  void goesAway() {
    pool.reset();
    while (!waiting.isEmpty()) next().sendFresh();
  }

  void report(
      Claim claim,
      int stream,
      RequestHead asked,
      int status,
      long nanos,
      @Nullable CutReason reason,
      Tunnel.Span span) {
    if (tunnel.loop() == home.loop())
      tunnel.report(stream, claim, asked, status, nanos, reason, span);
    else if (tunnel.mayReport()) {
      var _ =
          tunnel
              .loop()
              .later(() -> tunnel.report(stream, claim, asked, status, nanos, reason, span));
    }
  }
}
