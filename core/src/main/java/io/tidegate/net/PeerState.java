package io.tidegate.net;

import io.netty.channel.Channel;
import io.netty.channel.epoll.EpollSocketChannel;

/// What the kernel knows of a peer that is not being read.
enum PeerState {
  /// Both directions are open, or nothing is known: NIO does not say, see [ReadAhead].
  OPEN,
  /// The peer's FIN has arrived; bytes before it may be unread.
  ENDED,
  /// Reset or timed out; or ended in order both ways.
  GONE;

  // Linux, include/net/tcp_states.h
  private static final int TIME_WAIT = 6;
  private static final int CLOSE = 7;
  private static final int CLOSE_WAIT = 8;
  private static final int LAST_ACK = 9;
  private static final int CLOSING = 11;

  /// The state of `channel`'s peer.
  static PeerState of(Channel channel) {
    if (!(channel instanceof EpollSocketChannel socket)) return OPEN;
    try {
      return of(socket.tcpInfo().state());
    } catch (RuntimeException closed) {
      return GONE;
    }
  }

  private static PeerState of(int tcpState) {
    return switch (tcpState) {
      case CLOSE -> GONE;
      case CLOSE_WAIT, LAST_ACK, CLOSING, TIME_WAIT -> ENDED;
      default -> OPEN;
    };
  }
}
