package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.tidegate.ledger.Purse;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The PROXY protocol, versions 1 and 2: a named proxy says first for whom it calls, and that is
/// the connection's address from then on.
///
/// From a named proxy a header must come, within its time; else the connection is cut, and a
/// malformed one is [CutReason#BAD_PROXY_HEADER]. From anybody else none is looked for. Connections
/// of a named proxy are not counted against its own address, but against the one that it names.
/// Safe for any thread.
public final class ProxyStage implements Stage {
  /// The kept beginning of a header, this reader and its deadline.
  private static final int EXTRA_BYTES = 256;

  private static final Logger LOG = LoggerFactory.getLogger(ProxyStage.class);

  private final Predicate<InetAddress> proxies;
  private final ProxyLimits limits;

  /// Reads a header from whom `proxies` names.
  public ProxyStage(Predicate<InetAddress> proxies, ProxyLimits limits) {
    this.proxies = proxies;
    this.limits = limits;
  }

  /// 0: what is kept of a header is charged while it is kept.
  @Override
  public int heapPriceBytes() {
    return 0;
  }

  @Override
  public boolean speaksForOthers(InetAddress address) {
    return proxies.test(address);
  }

  @Override
  public ByteStream.Reader start(Connection connection, Next next) {
    var from = connection.address();
    if (from == null || !proxies.test(from)) return next.start(connection);
    if (!connection.account().charge(Purse.HEAP, priceBytes()))
      throw new PeerException(CutReason.MEMORY_REFUSED, "no room for a PROXY header");
    return new Header(connection, next);
  }

  private int priceBytes() {
    return limits.headerBytes() + EXTRA_BYTES;
  }

  /// Reads one connection's header, whose price is charged. Belongs to its loop.
  private final class Header implements ByteStream.Reader {
    private final Connection connection;
    private final Next next;
    private final byte[] kept = new byte[limits.headerBytes()];
    private final Deadline deadline;
    private final Scope.Removal owned;
    private int length;
    private boolean paid = true;

    Header(Connection connection, Next next) {
      this.connection = connection;
      this.next = next;
      this.deadline = connection.loop().deadline(() -> connection.reset(CutReason.HEAD_TIMEOUT));
      this.owned = connection.own(deadline);
      deadline.in(limits.timeout());
    }

    @Override
    public void bytes(ByteBuf piece) {
      int before = length;
      int taken = Math.min(piece.readableBytes(), kept.length - length);
      piece.getBytes(piece.readerIndex(), kept, length, taken);
      length += taken;
      switch (ProxyHeader.read(kept, length, limits)) {
        case ProxyHeader.Outcome.More() -> drop(piece);
        case ProxyHeader.Outcome.Malformed(String why) -> {
          drop(piece);
          throw new PeerException(CutReason.BAD_PROXY_HEADER, why);
        }
        case ProxyHeader.Outcome.Complete(int bytes, InetSocketAddress source) -> {
          piece.skipBytes(bytes - before);
          connection.released(bytes - before);
          complete(piece, source);
        }
      }
    }

    private void drop(ByteBuf piece) {
      int bytes = piece.readableBytes();
      piece.release();
      connection.released(bytes);
    }

    private void complete(ByteBuf rest, @Nullable InetSocketAddress source) {
      finish();
      if (source != null && !connection.speakFor(source)) {
        drop(rest);
        refuse();
        return;
      }
      LOG.debug("A proxy speaks for {}", connection);
      var reader = next.start(connection);
      connection.read(reader);
      if (rest.isReadable()) reader.bytes(rest);
      else rest.release();
    }

    private void refuse() {
      var door = connection.listener();
      if (door != null) {
        var words = Unpooled.wrappedBuffer(door.refusal(CutReason.ADDRESS_LIMIT));
        var _ = connection.offer(words, 0, Payer.NOBODY);
      }
      connection.endAndDiscard(CutReason.ADDRESS_LIMIT);
    }

    private void finish() {
      owned.close();
      deadline.close();
      if (paid) connection.account().release(Purse.HEAP, priceBytes());
      paid = false;
    }

    @Override
    public void end() {
      connection.reset(CutReason.PEER_GONE);
    }

    @Override
    public void closed(@Nullable CutReason reason) {
      finish();
    }
  }
}
