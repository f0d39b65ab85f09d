package io.tidegate.proof.hub;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.ChannelMatchers;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler.HandshakeComplete;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/// Netty alone: its WebSocket codec, a group of channels, and a timer on the loop that writes one
/// shared frame to the group. Nothing bounds what waits for a channel.
public final class NettyBroadcast {
  private static final int MOST_HEAD_BYTES = 8_192;

  private final ChannelGroup subscribers;
  private final int bytes;
  private final int burst;
  private final Gate gate;
  private long number;

  private NettyBroadcast(ChannelGroup subscribers, int bytes, int burst, int least) {
    this.subscribers = subscribers;
    this.gate = new Gate(least, subscribers::size);
    this.bytes = bytes;
    this.burst = burst;
  }

  /// Serves until it is ended.
  ///
  /// @param arguments messages a second, bytes of each, how many in a row, how many subscribers it
  ///   waits for
  public static void main(String... arguments) throws InterruptedException {
    int rate = Integer.parseInt(arguments[0]);
    var loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    var loop = loops.next();
    int bytes = Integer.parseInt(arguments[1]);
    int burst = Integer.parseInt(arguments[2]);
    int least = Integer.parseInt(arguments[3]);
    var broadcast = new NettyBroadcast(new DefaultChannelGroup(loop), bytes, burst, least);
    var server =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .childHandler(broadcast.new Pipeline())
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    long period = TimeUnit.SECONDS.toNanos(burst) / rate;
    var _ = loop.scheduleAtFixedRate(broadcast::publishAll, period, period, TimeUnit.NANOSECONDS);
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    System.out.println("netty ready at http://127.0.0.1:" + port + "/");
    System.out.flush();
  }

  private void publishAll() {
    if (!gate.isOpen()) return;
    for (int i = 0; i < burst; i++) publish();
  }

  private void publish() {
    var message = Unpooled.wrappedBuffer(Stamp.message(++number, bytes));
    var _ =
        subscribers.writeAndFlush(new BinaryWebSocketFrame(message), ChannelMatchers.all(), true);
  }

  private final class Pipeline extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {
      var _ =
          channel
              .pipeline()
              .addLast(
                  new HttpServerCodec(),
                  new HttpObjectAggregator(MOST_HEAD_BYTES),
                  new WebSocketServerProtocolHandler("/ws"),
                  new Entrance());
    }
  }

  private final class Entrance extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof HandshakeComplete) subscribers.add(context.channel());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ = context.close(); // a peer that reset its connection
    }
  }
}
