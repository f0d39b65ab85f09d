package io.tidegate.proof.peers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.HttpServerCodec;
import java.net.InetSocketAddress;

/// Netty alone: its HTTP codec and one handler, on epoll.
public final class NettyPeer {
  private NettyPeer() {}

  /// Serves until it is ended.
  public static void main(String... arguments) throws InterruptedException {
    var loops = new MultiThreadIoEventLoopGroup(EpollIoHandler.newFactory());
    var server =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerSocketChannel.class)
            .childHandler(new Pipeline())
            .bind(Contract.address(arguments))
            .sync()
            .channel();
    Contract.ready("netty", ((InetSocketAddress) server.localAddress()).getPort());
  }

  private static final class Pipeline extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {
      var _ = channel.pipeline().addLast(new HttpServerCodec(), new NettyHello());
    }
  }
}
