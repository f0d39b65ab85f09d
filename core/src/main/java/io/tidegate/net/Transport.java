package io.tidegate.net;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.Socket;
import io.tidegate.ledger.Ticker;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/// How sockets are served: epoll on Linux, NIO elsewhere.
public enum Transport {
  /// Linux: edge-triggered readiness, and the socket options that bound the kernel's buffers.
  EPOLL,
  /// Any JDK. Has neither `TCP_NOTSENT_LOWAT` nor `TCP_USER_TIMEOUT`, so `SO_SNDBUF` bounds the
  /// kernel instead.
  NIO;

  // as the kernel counts states, include/net/tcp_states.h
  private static final int TCP_FIN_WAIT_1 = 4;
  private static final int TCP_LAST_ACK = 9;
  private static final int TCP_CLOSING = 11;

  /// The best that this machine has; the system property `tidegate.transport=nio` asks for NIO.
  public static Transport best() {
    boolean nio = "nio".equalsIgnoreCase(System.getProperty("tidegate.transport"));
    return !nio && isLinux() && Epoll.isAvailable() ? EPOLL : NIO;
  }

  /// Its name, for people.
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// What it lacks and what stands in for it, in one line for people; empty if it lacks nothing.
  public String lacks() {
    return switch (this) {
      case EPOLL -> "";
      case NIO ->
          "neither TCP_NOTSENT_LOWAT nor TCP_USER_TIMEOUT: SO_SNDBUF of 256 KiB bounds the kernel,"
              + " and a dead peer is noticed by keepalive or stall alone";
    };
  }

  private static boolean isLinux() {
    return System.getProperty("os.name", "").startsWith("Linux");
  }

  IoHandlerFactory handlers(Ticker ticker) {
    return switch (this) {
      case EPOLL -> LastingEpoll.newFactory(ticker);
      case NIO -> NioIoHandler.newFactory();
    };
  }

  /// Has the kernel take what it can of `piece`, past all that Netty keeps for `channel`. Returns
  /// how many bytes; 0 too if the socket is broken, which a write in order will tell.
  int writeNow(Channel channel, ByteBuf piece) {
    if (!(channel instanceof EpollSocketChannel socket) || !piece.hasMemoryAddress()) return 0;
    if (!socket.isOpen()) return 0; // its number may be another's already
    try {
      return ((Socket) socket.fd())
          .sendAddress(piece.memoryAddress(), piece.readerIndex(), piece.writerIndex());
    } catch (IOException _) {
      return 0;
    }
  }

  /// Behind our FIN: whether the peer has acknowledged that, and with it all before. True where the
  /// kernel does not say.
  boolean hasTakenAll(Channel channel) {
    if (!(channel instanceof EpollSocketChannel socket) || !socket.isOpen()) return true;
    int state = socket.tcpInfo().state();
    return state != TCP_FIN_WAIT_1 && state != TCP_LAST_ACK && state != TCP_CLOSING;
  }

  /// For how long the peer has had all that the kernel has sent: zero while something is on its
  /// way, or where the kernel does not say.
  Duration sinceAllArrived(Channel channel) {
    if (!(channel instanceof EpollSocketChannel socket) || !socket.isOpen()) return Duration.ZERO;
    var info = socket.tcpInfo();
    if (info.unacked() > 0) return Duration.ZERO;
    return Duration.ofMillis(Math.min(info.lastAckRecv(), info.lastDataSent()));
  }

  /// For how long the kernel has sent nothing, because there was nothing or the peer takes nothing;
  /// zero where it does not say.
  Duration sinceSent(Channel channel) {
    if (!(channel instanceof EpollSocketChannel socket) || !socket.isOpen()) return Duration.ZERO;
    return Duration.ofMillis(socket.tcpInfo().lastDataSent());
  }

  ServerSocketChannel serverChannel() {
    return switch (this) {
      case EPOLL -> new EpollServerSocketChannel();
      case NIO -> new NioServerSocketChannel();
    };
  }

  SocketChannel channel() {
    return switch (this) {
      case EPOLL -> new EpollSocketChannel();
      case NIO -> new NioSocketChannel();
    };
  }
}
