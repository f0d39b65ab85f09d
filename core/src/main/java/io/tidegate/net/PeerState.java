package io.tidegate.net;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.epoll.EpollTcpInfo;

/// What the kernel knows of a peer that is not being read.
final class PeerState {
  /// Linux `TCP_CLOSE_WAIT`: the peer has sent its FIN.
  private static final int CLOSE_WAIT = 8;

  private PeerState() {}

  /// Whether the peer's FIN has arrived, bytes before it unread. Netty reads one buffer at
  /// EPOLLRDHUP even while reading is paused, which is when this is asked. False on NIO, where that
  /// event does not exist.
  static boolean hasSentFin(Channel channel) {
    if (!(channel instanceof EpollSocketChannel socket)) return false;
    try {
      return socket.tcpInfo(new EpollTcpInfo()).state() == CLOSE_WAIT;
    } catch (RuntimeException closed) {
      return false;
    }
  }
}
