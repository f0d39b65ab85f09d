package io.tidegate.proof.sleepers;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.tidegate.proof.hub.Latencies;
import io.tidegate.testkit.Eventually;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Subscribers of one topic on one loop of their own. All methods but those that subscribers call
/// are for one thread, which is not the loop.
final class Crowd implements AutoCloseable, Book.Listener {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /// Who was refused tries again so much later.
  private static final long LATER_MILLIS = 100;

  private final int port;
  private final String topic;
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final EventLoop loop = loops.next();
  private final Bootstrap client = new Bootstrap();
  private final List<Subscriber> subscribers = new ArrayList<>();
  private final AtomicInteger standing = new AtomicInteger();
  private final AtomicLong cuts = new AtomicLong();
  private final AtomicLong cutsAwake = new AtomicLong();
  private final AtomicLong refusals = new AtomicLong();
  private volatile String lastRefusal = "";
  private volatile boolean isOver;

  // the loop's
  private Latencies latencies = new Latencies();
  private long nowNanos;

  /// Nobody yet.
  ///
  /// @param receiveBytes `SO_RCVBUF` of each; 0 leaves it to the kernel
  Crowd(int port, String topic, int receiveBytes) {
    this.port = port;
    this.topic = topic;
    var _ =
        client
            .group(loop)
            .channel(EpollSocketChannel.class)
            .option(ChannelOption.AUTO_READ, false)
            .option(ChannelOption.SO_LINGER, 0) // no port waits behind it
            .option(ChannelOption.TCP_NODELAY, true)
            .option(
                ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(512, 2048, 65536))
            .remoteAddress("127.0.0.1", port);
    if (receiveBytes > 0) client.option(ChannelOption.SO_RCVBUF, receiveBytes);
  }

  int port() {
    return port;
  }

  String topic() {
    return topic;
  }

  // ---- coming and going

  /// Has `count` more come in by `door`, evenly over `time`; every other is lossless.
  void open(Door door, int count, boolean isAwake, Duration time) {
    for (int i = 0; i < count; i++) {
      var policy = i % 2 == 0 ? Policy.LOSSLESS : Policy.LIVE;
      var one = new Subscriber(this, door, policy, isAwake);
      var _ = subscribers.add(one);
      long nanos = time.toNanos() / count * i;
      var _ = loop.schedule(() -> connect(one), nanos, TimeUnit.NANOSECONDS);
    }
  }

  /// Waits until all stand.
  ///
  /// @throws IOException if they do not within a minute
  void awaitAll(int atLeast) throws IOException {
    if (Eventually.within(PATIENCE, () -> standing() >= atLeast)) return;
    throw new IOException(
        "%d of %d subscribers stand; %d attempts were refused, the last: %s"
            .formatted(standing(), subscribers.size(), refusals.get(), lastRefusal));
  }

  List<Subscriber> subscribers() {
    return subscribers;
  }

  /// Connections that stand now.
  int standing() {
    return standing.get();
  }

  /// Connections that were ended by the hub.
  long cuts() {
    return cuts.get();
  }

  /// Of these, those of subscribers that were awake.
  long cutsAwake() {
    return cutsAwake.get();
  }

  /// Attempts that came to nothing.
  long refusals() {
    return refusals.get();
  }

  String lastRefusal() {
    return lastRefusal;
  }

  /// Has one read on up to message `goal`; it does not come back.
  void wake(Subscriber one, long goal) {
    loop.execute(() -> one.wake(goal));
  }

  /// Has `some` leave for good.
  void leave(List<Subscriber> some) {
    loop.execute(() -> some.forEach(Subscriber::leave));
  }

  /// Counts how long messages take in `into` from now on.
  void hearInto(Latencies into) {
    var _ = loop.submit(() -> latencies = into).syncUninterruptibly();
  }

  /// Ends all, and the loop; the books may be read then.
  @Override
  public void close() {
    isOver = true;
    if (!loop.isShuttingDown()) leave(List.copyOf(subscribers));
    var _ = loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
  }

  // ---- what subscribers say; on the loop

  void connect(Subscriber one) {
    if (isOver) return;
    var _ =
        client
            .clone()
            .handler(one.line())
            .connect()
            .addListener((ChannelFuture done) -> {
              if (done.isSuccess()) return;
              refused(done.cause());
              connectLater(one);
            });
  }

  void connectLater(Subscriber one) {
    if (isOver) return;
    var _ = loop.schedule(() -> connect(one), LATER_MILLIS, TimeUnit.MILLISECONDS);
  }

  void stands() {
    var _ = standing.incrementAndGet();
  }

  void ended() {
    var _ = standing.decrementAndGet();
  }

  void cut(boolean wasAwake) {
    var _ = cuts.incrementAndGet();
    if (wasAwake) {
      var _ = cutsAwake.incrementAndGet();
    }
  }

  void refused(Throwable cause) {
    var _ = refusals.incrementAndGet();
    lastRefusal = String.valueOf(cause);
  }

  /// Bytes were read.
  void reads() {
    nowNanos = System.nanoTime();
  }

  @Override
  public void heard(long nanos) {
    latencies.add(nowNanos - nanos);
  }
}
