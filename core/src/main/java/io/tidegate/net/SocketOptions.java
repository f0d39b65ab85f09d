package io.tidegate.net;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.unix.IntegerUnixChannelOption;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/// What the kernel may hold for one socket, and how it learns that the peer is dead. A null leaves
/// the kernel's own value.
///
/// @param keepAliveIdle silence before the first of three probes, 10 s apart, at most Linux's
///   32,767 s; null leaves keepalive off
/// @param userTimeout how long sent bytes may stay unacknowledged
/// @param notSentLowBytes bytes the kernel takes beyond what is in flight (`TCP_NOTSENT_LOWAT`)
/// @param sendBytes `SO_SNDBUF`
/// @param receiveBytes `SO_RCVBUF`
public record SocketOptions(
    @Nullable Duration keepAliveIdle,
    @Nullable Duration userTimeout,
    @Nullable Integer notSentLowBytes,
    @Nullable Integer sendBytes,
    @Nullable Integer receiveBytes) {
  private static final int MOST = Integer.MAX_VALUE;
  private static final int PROBES = 3;
  private static final int PROBE_SECONDS = 10;

  /// NIO's bound on what the kernel holds to send, in place of the low-water mark that it lacks.
  private static final int NIO_SEND_BYTES = 256 * 1024;

  /// `SO_BUF_LOCK` (Linux 5.14): 0 gives buffers whose size was set back to the kernel's tuning.
  private static final ChannelOption<Integer> BUFFER_LOCK =
      new IntegerUnixChannelOption("SO_BUF_LOCK", 1, 72);

  private static final Duration THIRTY = Duration.ofSeconds(30);

  /// Refuses what a kernel would refuse for every socket.
  ///
  /// @throws IllegalArgumentException if a value is out of its range
  public SocketOptions {
    demand("keepAliveIdle in s", keepAliveIdle == null ? null : keepAliveIdle.toSeconds(), 32_767);
    demand("userTimeout in ms", userTimeout == null ? null : userTimeout.toMillis(), MOST);
    demand("notSentLowBytes", notSentLowBytes, MOST);
    demand("sendBytes", sendBytes, MOST);
    demand("receiveBytes", receiveBytes, MOST);
  }

  private static void demand(String what, @Nullable Number value, int most) {
    if (value != null && (value.longValue() < 1 || value.longValue() > most))
      throw new IllegalArgumentException(what + ": 1 to " + most + ", not " + value);
  }

  /// For visitors: 64 stalled ones hold 485 MB in the kernel without these bounds. Downloads keep
  /// the kernel's send tuning.
  public static final SocketOptions VISITOR =
      new SocketOptions(THIRTY, THIRTY, 64 * 1024, null, 128 * 1024);

  /// For links: the kernel's tuning of both buffers, for long fat networks.
  public static final SocketOptions LINK = new SocketOptions(THIRTY, THIRTY, 64 * 1024, null, null);

  /// For the agent's sockets to the local app.
  public static final SocketOptions APP =
      new SocketOptions(THIRTY, THIRTY, 64 * 1024, null, 256 * 1024);

  /// These options with another bound on unsent bytes.
  public SocketOptions withNotSentLowBytes(@Nullable Integer bytes) {
    return new SocketOptions(keepAliveIdle, userTimeout, bytes, sendBytes, receiveBytes);
  }

  /// These options with another send buffer.
  public SocketOptions withSendBytes(@Nullable Integer bytes) {
    return new SocketOptions(keepAliveIdle, userTimeout, notSentLowBytes, bytes, receiveBytes);
  }

  /// These options with another receive buffer.
  public SocketOptions withReceiveBytes(@Nullable Integer bytes) {
    return new SocketOptions(keepAliveIdle, userTimeout, notSentLowBytes, sendBytes, bytes);
  }

  /// Sets everything on a socket, accepted or about to be dialled. Nothing is set on a listening
  /// socket: its receive buffer would bind the window of what it accepts for good, also of a link.
  void applyTo(Channel socket, Transport transport) {
    var config = socket.config();
    config.setOption(ChannelOption.TCP_NODELAY, true);
    config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    config.setOption(ChannelOption.SO_KEEPALIVE, keepAliveIdle != null);
    if (receiveBytes != null) config.setOption(ChannelOption.SO_RCVBUF, receiveBytes);
    if (sendBytes != null) config.setOption(ChannelOption.SO_SNDBUF, sendBytes);
    switch (transport) {
      case EPOLL -> applyLinux(socket);
      case NIO -> {
        if (sendBytes == null && notSentLowBytes != null)
          config.setOption(ChannelOption.SO_SNDBUF, NIO_SEND_BYTES);
      }
    }
  }

  /// Sets everything on a socket that had other options.
  void changeTo(Channel socket, Transport transport) {
    applyTo(socket, transport);
    if (transport == Transport.EPOLL && receiveBytes == null && sendBytes == null) unlock(socket);
  }

  private static void unlock(Channel socket) {
    try {
      socket.config().setOption(BUFFER_LOCK, 0);
    } catch (ChannelException older) {
      LoggerFactory.getLogger(SocketOptions.class).debug("The buffers of {} stay", socket, older);
    }
  }

  private void applyLinux(Channel socket) {
    var config = socket.config();
    if (keepAliveIdle != null) {
      config.setOption(EpollChannelOption.TCP_KEEPIDLE, Math.toIntExact(keepAliveIdle.toSeconds()));
      config.setOption(EpollChannelOption.TCP_KEEPINTVL, PROBE_SECONDS);
      config.setOption(EpollChannelOption.TCP_KEEPCNT, PROBES);
    }
    if (userTimeout != null)
      config.setOption(
          EpollChannelOption.TCP_USER_TIMEOUT, Math.toIntExact(userTimeout.toMillis()));
    if (notSentLowBytes != null)
      config.setOption(EpollChannelOption.TCP_NOTSENT_LOWAT, notSentLowBytes.longValue());
  }
}
