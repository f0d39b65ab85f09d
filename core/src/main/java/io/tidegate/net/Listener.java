package io.tidegate.net;

import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ServerSocketChannel;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A bound address whose connections run through an ordered list of stages.
///
/// Accepting survives the end of file descriptors, refuses by name what does not fit, and never
/// dies. Safe for any thread.
public final class Listener implements AutoCloseable {
  /// A loop that answers closes a socket at once.
  private static final Duration STOP = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

  private final Loops loops;
  private final ListenerConfig config;
  private final List<Stage> stages;
  private final Account account;
  private final boolean reserved;
  private final Account[] lines;
  private final Nursery[] nurseries;
  private final AddressCount addresses;
  private final AtomicInteger connections = new AtomicInteger();
  private final ServerSocketChannel channel;
  private final Acceptor acceptor;
  private boolean stopping;
  private volatile long stoppedByNanos;
  private volatile boolean draining;
  private volatile boolean closed;

  private Listener(
      Loops loops, ListenerConfig config, List<Stage> stages, Account purse, boolean reserved) {
    this.loops = loops;
    this.config = config;
    this.stages = List.copyOf(stages);
    this.reserved = reserved;
    this.account =
        purse.open("listener", new Budget(purse.limit(Purse.DIRECT), purse.limit(Purse.HEAP)));
    this.lines = new Account[loops.count()];
    this.nurseries = new Nursery[loops.count()];
    int incomplete =
        Math.max(
            1,
            (int)
                ((long) config.maxConnections()
                    * config.maxIncompletePercent()
                    / 100
                    / loops.count()));
    for (int i = 0; i < lines.length; i++) {
      lines[i] = reserved ? account : loops.loop(i).line(account);
      nurseries[i] = new Nursery(incomplete, CutReason.OLDEST_INCOMPLETE);
    }
    this.addresses = new AddressCount(config.maxPerAddress());
    this.channel = loops.transport().serverChannel();
    this.acceptor = new Acceptor(this, loops.loop(0));
  }

  /// Binds and accepts.
  ///
  /// @throws IOException if the address cannot be bound
  public static Listener open(Loops loops, ListenerConfig config, List<Stage> stages)
      throws IOException {
    return bound(new Listener(loops, config, stages, loops.root(), false));
  }

  /// Binds and accepts for those who must get in just when all is full: connections are charged to
  /// `purse`, which is no child of the loops' root. The overload ladder neither refuses nor cuts
  /// them, and descriptors are kept for [ReserveDescriptors#OPERATORS] of them.
  ///
  /// @throws IOException if the address cannot be bound
  public static Listener openReserved(
      Loops loops, ListenerConfig config, List<Stage> stages, Account purse) throws IOException {
    return bound(new Listener(loops, config, stages, purse, true));
  }

  private static Listener bound(Listener listener) throws IOException {
    listener.bind();
    return listener;
  }

  private void bind() throws IOException {
    channel.config().setOption(ChannelOption.SO_REUSEADDR, true);
    channel.pipeline().addLast(acceptor);
    acceptor.rehearse();
    var bound =
        loops
            .loop(0)
            .executor()
            .register(channel)
            .syncUninterruptibly()
            .channel()
            .bind(config.address());
    bound.awaitUninterruptibly();
    if (bound.isSuccess()) return;
    close();
    throw new IOException(
        "cannot listen on " + config.address() + ": " + bound.cause().getMessage(), bound.cause());
  }

  /// The address that was bound, with its real port.
  public InetSocketAddress address() {
    return channel.localAddress();
  }

  /// What all connections of this listener are charged to.
  public Account account() {
    return account;
  }

  /// Connections open now.
  public int connectionCount() {
    return connections.get();
  }

  /// Whether it has a purse of its own, and is none of the ladder's business.
  boolean isReserved() {
    return reserved;
  }

  ListenerConfig config() {
    return config;
  }

  Loops loops() {
    return loops;
  }

  ServerSocketChannel channel() {
    return channel;
  }

  AddressCount addresses() {
    return addresses;
  }

  /// Whether there is room for one more, which is then counted until it has [#left].
  boolean enter() {
    if (connections.incrementAndGet() <= config.maxConnections()) return true;
    left();
    return false;
  }

  /// The connection that came from `address` ends, and no longer counts.
  void leave(@Nullable SocketAddress address) {
    if (address instanceof InetSocketAddress from && !speaksForOthers(from.getAddress()))
      addresses.leave(from.getAddress());
    left();
  }

  /// One connection less; the last of a closed listener closes its account.
  void left() {
    if (connections.decrementAndGet() == 0 && closed) account.close();
  }

  Account line(Loop loop) {
    return lines[loop.index()];
  }

  /// The connections of `loop` that have not sent a complete request.
  Nursery nursery(Loop loop) {
    return nurseries[loop.index()];
  }

  int heapPriceBytes() {
    int price = Connection.HEAP_PRICE;
    for (var stage : stages) price += stage.heapPriceBytes();
    return price;
  }

  int directPriceBytes() {
    return stages.stream().mapToInt(Stage::directPriceBytes).sum();
  }

  byte[] refusal(CutReason reason) {
    for (var stage : stages) {
      var words = stage.refusal(reason);
      if (words.length > 0) return words;
    }
    return new byte[0];
  }

  /// Whether connections from `address` count against whom they are made for.
  boolean speaksForOthers(InetAddress address) {
    return stages.stream().anyMatch(stage -> stage.speaksForOthers(address));
  }

  ByteStream.Reader start(Connection connection) {
    return start(connection, 0);
  }

  private ByteStream.Reader start(Connection connection, int stage) {
    return stages.get(stage).start(connection, later -> start(later, stage + 1));
  }

  /// Begins to close the socket that accepts.
  private synchronized void stop() {
    if (stopping) return;
    stopping = true;
    stoppedByNanos = System.nanoTime() + STOP.toNanos();
    acceptor.close();
    var _ = channel.close();
  }

  /// Waits for that; a loop that is stuck closes nothing, and keeps nobody from going on.
  private void awaitStopped() {
    try {
      long left = Math.max(0, stoppedByNanos - System.nanoTime());
      if (!channel.closeFuture().await(left, TimeUnit.NANOSECONDS))
        LOG.error("{} is still open: its loop does not answer.", this);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Accepts no more, and has what is open end as soon as what it has begun is done. Returns at
  /// once; who was accepted just before is told too.
  public void beginDrain() {
    stop();
    draining = true;
    for (int i = 0; i < loops.count(); i++) {
      var loop = loops.loop(i);
      var _ = loop.run(() -> loop.forEachConnection(this::drainIfMine));
    }
  }

  private void drainIfMine(Connection connection) {
    if (connection.listener() == this) connection.drain();
  }

  /// Drains, waits up to `grace` for open connections to end, then cuts them.
  public void drain(Duration grace) throws InterruptedException {
    beginDrain();
    long until = System.nanoTime() + grace.toNanos();
    while (connections.get() > 0 && System.nanoTime() < until) Thread.sleep(10);
    close();
  }

  /// Whether what is open is to end as soon as what it has begun is done.
  boolean isDraining() {
    return draining;
  }

  /// Accepts no more and cuts what is open. Returns within 5 s of the first call of it or of
  /// [#beginDrain].
  @Override
  public void close() {
    if (closed) return;
    stop();
    awaitStopped();
    closed = true;
    if (connections.get() == 0) account.close();
    for (int i = 0; i < loops.count(); i++) {
      var loop = loops.loop(i);
      var _ = loop.run(() -> loop.forEachConnection(this::cutIfMine));
    }
  }

  private void cutIfMine(Connection connection) {
    if (connection.listener() == this) connection.reset(CutReason.CLOSING);
  }

  @Override
  public String toString() {
    return "listener " + config.address();
  }
}
