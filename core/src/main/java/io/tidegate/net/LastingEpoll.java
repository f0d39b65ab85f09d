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
import io.tidegate.ledger.Ticker;
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
///
/// And Netty finds a socket by its descriptor's number: where one is closed and the next takes its
/// number while a batch of events is handled, the next would hear what the kernel said of the first
/// (that it was reset, say; a connect in progress then fails as if it were refused).
///
/// And Netty serves whom the kernel names, in its order, however long that takes: see [Turns].
final class LastingEpoll implements IoHandler {
  private final IoHandler netty;

  /// Batches handled so far, odd while one is: a registration made in an odd one was not yet there
  /// when the kernel was asked.
  private int turn;

  private final Turns turns;

  private LastingEpoll(IoHandler netty, Ticker ticker) {
    this.netty = netty;
    this.turns = new Turns(ticker);
  }

  static IoHandlerFactory newFactory(Ticker ticker) {
    var factory = EpollIoHandler.newFactory();
    return (ThreadAwareExecutor loop) -> new LastingEpoll(factory.newHandler(loop), ticker);
  }

  @Override
  public void initialize() {
    netty.initialize();
  }

  @Override
  public int run(IoHandlerContext context) {
    turn++;
    turns.begin();
    try {
      return netty.run(context);
    } finally {
      turn++;
    }
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
    return new Lasting((EpollIoHandle) handle);
  }

  @Override
  public void wakeup() {
    netty.wakeup();
  }

  @Override
  public boolean isCompatible(Class<? extends IoHandle> handle) {
    return netty.isCompatible(handle);
  }

  /// A socket that closes on an error that Netty's own handling has survived, and is deaf to the
  /// batch in which it was registered; and its registration: one object, for each connection has
  /// both.
  private final class Lasting extends Turns.Taker implements EpollIoHandle, IoRegistration {
    private final EpollIoHandle socket;
    private final int registeredIn = turn;
    private final IoRegistration registration;
    private volatile boolean added;

    Lasting(EpollIoHandle socket) throws Exception {
      this.socket = socket;
      this.registration = netty.register(this);
    }

    // ---- the socket

    @Override
    public void handle(IoRegistration from, IoEvent event) {
      if (turn == registeredIn) return;
      var ops = ((EpollIoEvent) event).ops();
      if (!turns.begin(this, isNamedAgain(ops))) return;
      socket.handle(from, event);
      if (ops.contains(EpollIoOps.EPOLLERR)) closeBroken();
      turns.end(this);
    }

    /// Whether the kernel goes on to name it: not what has no interest, of whose error it speaks
    /// once.
    private static boolean isNamedAgain(EpollIoOps ops) {
      return ops.contains(EpollIoOps.EPOLLIN) || ops.contains(EpollIoOps.EPOLLOUT);
    }

    private void closeBroken() {
      try {
        socket.close();
      } catch (Exception fault) {
        LoggerFactory.getLogger(LastingEpoll.class).debug("Closing a broken socket failed", fault);
      }
    }

    @Override
    public FileDescriptor fd() {
      return socket.fd();
    }

    @Override
    public void registered() {
      socket.registered();
    }

    @Override
    public void unregistered() {
      socket.unregistered();
    }

    @Override
    public void close() throws Exception {
      socket.close();
    }

    // ---- its registration

    @Override
    public long submit(IoOps interest) {
      boolean none = interest.equals(EpollIoOps.NONE);
      if (!none) added = true;
      return registration.submit(none && added ? EpollIoOps.EPOLLET : interest);
    }

    @Override
    @SuppressWarnings("TypeParameterUnusedInFormals") // Netty's signature
    public <T> T attachment() {
      return registration.attachment();
    }

    @Override
    public boolean isValid() {
      return registration.isValid();
    }

    @Override
    public boolean cancel() {
      return registration.cancel();
    }
  }
}
