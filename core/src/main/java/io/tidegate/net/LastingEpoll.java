package io.tidegate.net;

import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.util.concurrent.ThreadAwareExecutor;

/// Netty's epoll handler, whose registrations last while they ask for nothing.
///
/// Netty 4.2.18 takes a socket out of epoll when its last interest goes, believes it to be there
/// still, and closes the channel when the next interest fails with ENOENT. That would end a
/// listener that pauses, and a connection whose peer sent its FIN while it was not read. With
/// `EPOLLET` alone the socket stays: the kernel reports its errors, each once.
final class LastingEpoll implements IoHandler {
  private final IoHandler netty;

  private LastingEpoll(IoHandler netty) {
    this.netty = netty;
  }

  static IoHandlerFactory newFactory() {
    var factory = EpollIoHandler.newFactory();
    return (ThreadAwareExecutor loop) -> new LastingEpoll(factory.newHandler(loop));
  }

  @Override
  public void initialize() {
    netty.initialize();
  }

  @Override
  public int run(IoHandlerContext context) {
    return netty.run(context);
  }

  @Override
  public void prepareToDestroy() {
    netty.prepareToDestroy();
  }

  @Override
  public void destroy() {
    netty.destroy();
  }

  @Override
  public IoRegistration register(IoHandle handle) throws Exception {
    return new Lasting(netty.register(handle));
  }

  @Override
  public void wakeup() {
    netty.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handle) {
    return netty.isCompatible(handle);
  }

  private static final class Lasting implements IoRegistration {
    private final IoRegistration netty;
    private volatile boolean added;

    Lasting(IoRegistration netty) {
      this.netty = netty;
    }

    @Override
    public long submit(IoOps interest) {
      boolean none = interest.equals(EpollIoOps.NONE);
      if (!none) added = true;
      return netty.submit(none && added ? EpollIoOps.EPOLLET : interest);
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's signature
    public <T> T attachment() {
      return netty.attachment();
    }

    @Override
    public boolean isValid() {
      return netty.isValid();
    }

    @Override
    public boolean cancel() {
      return netty.cancel();
    }
  }
}
