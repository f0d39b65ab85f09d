package io.tidegate.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// Every option of a socket can be set, or left as the kernel has it.
class SocketOptionsTest {
  private static final SocketOptions NONE = new SocketOptions(null, null, null, null, null);

  private static void with(
      Supplier<Channel> open, Transport transport, SocketOptions options, Check check) {
    var socket = open.get();
    try {
      options.applyTo(socket, transport);
      check.of(socket);
    } finally {
      socket.unsafe().closeForcibly();
    }
  }

  private interface Check {
    void of(Channel socket);
  }

  private static void withBoth(SocketOptions options, Check check) {
    with(NioSocketChannel::new, Transport.NIO, options, check);
    if (Transport.best() == Transport.EPOLL)
      with(EpollSocketChannel::new, Transport.EPOLL, options, check);
  }

  private static <T> T option(Channel socket, ChannelOption<T> option) {
    return socket.config().getOption(option);
  }

  @Test
  void smallWritesNeverWaitForAnAcknowledgement() {
    withBoth(NONE, socket -> assertThat(option(socket, ChannelOption.TCP_NODELAY)).isTrue());
    withBoth(
        SocketOptions.VISITOR,
        socket -> assertThat(option(socket, ChannelOption.TCP_NODELAY)).isTrue());
  }

  @Test
  void buffersAreSetOrLeftToTheKernel() {
    var set = NONE.withSendBytes(64 * 1024).withReceiveBytes(32 * 1024);
    // the kernel doubles what it is told, for its own bookkeeping
    withBoth(
        set,
        socket -> {
          assertThat(option(socket, ChannelOption.SO_SNDBUF)).isBetween(64 * 1024, 128 * 1024);
          assertThat(option(socket, ChannelOption.SO_RCVBUF)).isBetween(32 * 1024, 64 * 1024);
        });
    withBoth(
        NONE,
        socket -> {
          var untouched =
              socket instanceof NioSocketChannel
                  ? new NioSocketChannel()
                  : new EpollSocketChannel();
          for (var buffer : List.of(ChannelOption.SO_SNDBUF, ChannelOption.SO_RCVBUF))
            assertThat(option(socket, buffer)).isEqualTo(option(untouched, buffer));
          untouched.unsafe().closeForcibly();
        });
  }

  @Test
  void keepaliveIsSetOrLeftOff() {
    var set = new SocketOptions(Duration.ofSeconds(40), null, null, null, null);

    withBoth(set, socket -> assertThat(option(socket, ChannelOption.SO_KEEPALIVE)).isTrue());
    withBoth(NONE, socket -> assertThat(option(socket, ChannelOption.SO_KEEPALIVE)).isFalse());
  }

  @Test
  void whatOnlyLinuxHasIsSetOrLeftToTheKernel() {
    if (Transport.best() != Transport.EPOLL) return;
    var set =
        new SocketOptions(Duration.ofSeconds(40), Duration.ofSeconds(7), 48 * 1024, null, null);

    with(
        EpollSocketChannel::new,
        Transport.EPOLL,
        set,
        socket -> {
          assertThat(option(socket, EpollChannelOption.TCP_KEEPIDLE)).isEqualTo(40);
          assertThat(option(socket, EpollChannelOption.TCP_USER_TIMEOUT)).isEqualTo(7_000);
          assertThat(option(socket, EpollChannelOption.TCP_NOTSENT_LOWAT)).isEqualTo(48 * 1024L);
        });
    with(
        EpollSocketChannel::new,
        Transport.EPOLL,
        NONE,
        socket -> {
          assertThat(option(socket, EpollChannelOption.TCP_USER_TIMEOUT)).isZero();
          assertThat(option(socket, EpollChannelOption.TCP_NOTSENT_LOWAT)).isNotEqualTo(48 * 1024L);
        });
  }

  @Test
  void whatEveryKernelRefusesIsRefusedAtOnce() {
    for (var refused :
        List.<ThrowingCallable>of(
            () -> new SocketOptions(Duration.ofMillis(500), null, null, null, null),
            () -> new SocketOptions(Duration.ofSeconds(32_768), null, null, null, null),
            () -> new SocketOptions(null, Duration.ofDays(30), null, null, null),
            () -> new SocketOptions(null, Duration.ZERO, null, null, null),
            () -> NONE.withNotSentLowBytes(0),
            () -> NONE.withSendBytes(-1),
            () -> NONE.withReceiveBytes(0))) {
      assertThatThrownBy(refused).isInstanceOf(IllegalArgumentException.class);
    }
    withBoth(
        new SocketOptions(Duration.ofSeconds(32_767), Duration.ofDays(20), 1, 1, 1),
        socket -> assertThat(option(socket, ChannelOption.SO_KEEPALIVE)).isTrue());
  }
}
