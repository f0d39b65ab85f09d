package io.tidegate.net;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandle;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.IoOps;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoEvent;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollIoOps;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.concurrent.ThreadAwareExecutor;
import org.slf4j.LoggerFactory;

/// Netty's epoll handler, whose registrations last while they ask for nothing, and whose sockets
/// close when they are broken.
///
/// Netty 4.2.18 takes a socket out of epoll when its last interest goes, believes it to be there
/// still, and closes the channel when the next interest fails with ENOENT. That would end a
/// listener that pauses, and a connection whose peer sent its FIN while it was not read. With
/// `EPOLLET` alone the socket stays: the kernel reports its errors, each once.
///
/// And Netty learns of a reset by reading, which it does no more once it has read the peer's FIN: a
/// connection on which nothing is written would stay for ever.
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
    return new Lasting(netty.register(new Breakable((EpollIoHandle) handle)));
  }

  @Override
  public void wakeup() {
    netty.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handle) {
    return netty.isCompatible(handle);
  }

  /// A socket that closes on an error that Netty's own handling has survived.
  private record Breakable(EpollIoHandle netty) implements EpollIoHandle {
    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      netty.handle(registration, event);
      if (((EpollIoEvent) event).ops().contains(EpollIoOps.EPOLLERR)) closeBroken();
    }

    private void closeBroken() {
      try {
        netty.close();
      } catch (Exception fault) {
        LoggerFactory.getLogger(LastingEpoll.class).debug("Closing a broken socket failed", fault);
      }
    }

    @Override
    public FileDescriptor fd() {
      return netty.fd();
    }

    @Override
    public void registered() {
      netty.registered();
    }

    @Override
    public void unregistered() {
      netty.unregistered();
    }

    @Override
    public void close() throws Exception {
      netty.close();
    }
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
