package io.tidegate.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.internal.logging.InternalLoggerFactory;
import io.tidegate.ledger.Purse;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Accepts, admits, and hands each socket to its loop. Nothing that is thrown ends it.
///
/// Out of file descriptors it closes one of the [ReserveDescriptors], accepts one peer with it,
/// answers 503 and closes, and takes the reserve back; then it pauses, 10 ms at first and 1 s at
/// most, until accepting works again. Those who come to a reserved listener are served.
final class Acceptor extends ChannelInboundHandlerAdapter implements AutoCloseable {
  private static final long FIRST_PAUSE_MILLIS = 10;
  private static final long LONGEST_PAUSE_MILLIS = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);

  private final Listener listener;
  private final Loop loop;
  private final ReserveDescriptors reserve;
  private final int kept;
  private long pauseMillis = FIRST_PAUSE_MILLIS;
  private final AtomicBoolean closed = new AtomicBoolean();
  private boolean pausing;

  Acceptor(Listener listener, Loop loop) {
    this.listener = listener;
    this.loop = loop;
    this.reserve = listener.loops().reserve();
    this.kept = reserve.join(listener.isReserved());
  }

  /// What the first failure needs is loaded now, by refusing a socket that nobody called: with no
  /// descriptor left, not even a class or a logger's settings can be read. Called before the first
  /// accept, on no loop.
  void rehearse() {
    LOG.debug("Accepting with {}", reserve, new java.io.IOException("rehearsal, not a fault"));
    LoggerFactory.getLogger("io.netty").debug("rehearsal");
    var _ = InternalLoggerFactory.getInstance(Acceptor.class).isDebugEnabled();
    var nobody = listener.loops().transport().channel();
    var words = listener.refusal(CutReason.NO_DESCRIPTOR);
    if (loop.run(() -> tell(loop, nobody, words))) nobody.closeFuture().syncUninterruptibly();
    var _ = reserve.release(listener.isReserved());
    var _ = reserve.fill();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    var socket = (SocketChannel) message;
    try {
      if (reserve.fill()) admit(socket);
      else admitByReserve(socket);
    } catch (Throwable fault) {
      LOG.error("Accepting {} failed; the listener goes on.", socket, fault);
      discard(socket);
    }
  }

  private static void discard(Channel socket) {
    socket.unsafe().closeForcibly();
  }

  private void admit(SocketChannel socket) {
    pauseMillis = FIRST_PAUSE_MILLIS;
    var target = listener.loops().next();
    InetSocketAddress from = socket.remoteAddress();
    if (from == null) {
      discard(socket);
      return;
    }
    var refused = enter(from);
    boolean runs =
        refused == null
            ? target.run(() -> adopt(target, socket, from))
            : target.run(() -> refuse(target, socket, refused));
    if (!runs) discard(socket);
  }

  private @Nullable CutReason enter(InetSocketAddress from) {
    if (!listener.isReserved() && !listener.loops().ladder().allowsConnections())
      return CutReason.OVERLOADED;
    if (!listener.enter()) return CutReason.CONNECTION_LIMIT;
    if (listener.speaksForOthers(from.getAddress())
        || listener.addresses().enter(from.getAddress())) return null;
    listener.left();
    return CutReason.ADDRESS_LIMIT;
  }

  /// On the loop that will own the socket.
  private void adopt(Loop target, SocketChannel socket, InetSocketAddress from) {
    Connection connection;
    try {
      connection = new Connection(target, socket, listener);
    } catch (Throwable fault) {
      LOG.error("Accepting {} failed; the listener goes on.", socket, fault);
      listener.leave(from);
      discard(socket);
      return;
    }
    try {
      if (connection.account().charge(Purse.HEAP, listener.heapPriceBytes())
          && connection.account().charge(Purse.DIRECT, listener.directPriceBytes())) {
        begin(connection, socket);
      } else {
        connection.finished();
        refuse(target, socket, CutReason.MEMORY_REFUSED);
      }
    } catch (Throwable fault) {
      LOG.error("Accepting {} failed; the listener goes on.", socket, fault);
      connection.finished();
      discard(socket);
    }
  }

  /// Registers first: a stage may cut the connection that it is given, and an unregistered channel
  /// cannot be closed. What arrives is read in a later turn of this loop, never in this call.
  private void begin(Connection connection, SocketChannel socket) {
    listener.config().options().applyTo(socket, listener.loops().transport());
    var _ = connection.loop().executor().register(socket);
    if (socket.isRegistered()) connection.open(listener::start);
    else connection.finished();
  }

  private void refuse(Loop target, SocketChannel socket, CutReason reason) {
    target.count(reason);
    LOG.debug("{} is refused: {}", socket.remoteAddress(), reason);
    tell(target, socket, listener.refusal(reason));
  }

  private static void tell(Loop target, SocketChannel socket, byte[] words) {
    var _ = socket.pipeline().addLast(Refused.HANDLER);
    var _ = target.executor().register(socket);
    if (!socket.isRegistered()) return;
    var _ =
        socket
            .writeAndFlush(Unpooled.wrappedBuffer(words))
            .addListener(ChannelFutureListener.CLOSE);
  }

  /// A refused peer is heard no more, and its faults are nobody's.
  @Sharable
  private static final class Refused extends ChannelInboundHandlerAdapter {
    static final Refused HANDLER = new Refused();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      var _ = ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable fault) {
      var _ = context.close();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable fault) {
    loop.count(CutReason.NO_DESCRIPTOR);
    LOG.debug("Accepting failed, next try in {} ms", pauseMillis, fault);
    var channel = context.channel();
    channel.config().setAutoRead(false);
    if (reserve.release(listener.isReserved())) channel.read();
    pause(channel);
  }

  /// The one peer that a reserve descriptor let in: it hears why, or is served where it has a right
  /// to be; its descriptor becomes the reserve again.
  private void admitByReserve(SocketChannel socket) {
    socket
        .closeFuture()
        .addListener(_ -> {
          var _ = reserve.fill();
        });
    if (listener.isReserved()) admit(socket);
    else refuse(loop, socket, CutReason.NO_DESCRIPTOR);
  }

  /// Also where a descriptor was given up for a peer: it may have gone, and nobody else come.
  private void pause(Channel channel) {
    if (pausing) return;
    pausing = true;
    long millis = pauseMillis;
    pauseMillis = Math.min(LONGEST_PAUSE_MILLIS, pauseMillis * 2);
    var _ = loop.executor().schedule(() -> resume(channel), millis, TimeUnit.MILLISECONDS);
  }

  private void resume(Channel channel) {
    pausing = false;
    var _ = reserve.fill();
    if (channel.isOpen()) channel.config().setAutoRead(true);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) reserve.leave(listener.isReserved(), kept);
  }
}
