package io.tidegate.net;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.ManualIoEventLoop;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Ledger;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.LoggerFactory;

/// A loop that the calling thread turns by hand, and connections on it that have no sockets: what
/// arrives, in which slices, and when the loop has its turn is said by the caller, and so the same
/// every time. Its clock stands still.
///
/// Belongs to the thread that opened it.
public final class HandLoop implements AutoCloseable {
  private static final Budget BUDGET = new Budget(16L << 20, 16L << 20);
  private static final Budget CEILING = new Budget(2 << 20, 2 << 20);
  private static final SocketAddress NOWHERE =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);

  private final Loops loops;
  private final ManualIoEventLoop executor =
      new ManualIoEventLoop(Thread.currentThread(), LocalIoHandler.newFactory());

  /// Not watched by Netty: what is out is known.
  private final UnpooledByteBufAllocator buffers = new UnpooledByteBufAllocator(true, true);

  private final Account root = Ledger.open(BUDGET);
  private final Loop loop;
  private final Loud loud = new Loud();

  private HandLoop() {
    loops = Loops.open(new LoopsConfig("hand", 1, BUDGET, Transport.best(), false));
    Ticker still = () -> 0;
    loop = new Loop(loops, executor, 0, still, buffers);
    loud.start();
  }

  /// Opens one for the calling thread.
  public static HandLoop open() {
    return new HandLoop();
  }

  /// The loops that stages are made for.
  public Loops loops() {
    return loops;
  }

  /// A connection that `stage` serves.
  public Peer connect(Stage stage) {
    var line = new Line();
    EventLoop here = executor;
    var _ = here.register(line);
    var connection = new Connection(loop, line, root, CEILING, WriteLimits.DEFAULT);
    return new Peer(line, connection, stage);
  }

  /// What should not be there when all connections have ended: charges, buffers, faults of ours.
  public List<String> left() {
    var left = new ArrayList<String>();
    for (var purse : Purse.values())
      if (root.held(purse) != 0) left.add(purse + " held: " + root.held(purse));
    long bytes = buffers.metric().usedDirectMemory() + buffers.metric().usedHeapMemory();
    if (bytes != 0) left.add("buffers out: " + bytes);
    if (loop.connectionCount() != 0) left.add("connections: " + loop.connectionCount());
    if (loop.unfilled() != 0) left.add("unfilled: " + loop.unfilled());
    left.addAll(loud.lines);
    loud.lines.clear();
    return left;
  }

  @Override
  public void close() {
    loud.stop();
    var _ = executor.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
    while (!executor.isTerminated()) {
      var _ = executor.runNow();
    }
    root.close();
    loops.close();
  }

  /// What is logged at WARN or above.
  private static final class Loud extends AppenderBase<ILoggingEvent> {
    private final Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final List<String> lines = new ArrayList<>();

    @Override
    public void start() {
      setContext(root.getLoggerContext());
      super.start();
      root.addAppender(this);
    }

    @Override
    public void stop() {
      root.detachAppender(this);
      super.stop();
    }

    @Override
    protected void append(ILoggingEvent event) {
      if (!event.getLevel().isGreaterOrEqual(Level.WARN)) return;
      var fault = event.getThrowableProxy();
      lines.add(
          event.getFormattedMessage()
              + (fault == null ? "" : "\n" + ThrowableProxyUtil.asString(fault)));
    }
  }

  /// The far end of one connection.
  public final class Peer {
    private final Line line;
    private final Connection connection;

    private Peer(Line line, Connection connection, Stage stage) {
      this.line = line;
      this.connection = connection;
      connection.open(mine ->
          stage.start(
              mine,
              _ -> {
                throw new IllegalStateException("the last stage");
              }));
    }

    /// Whether the connection reads now.
    public boolean isRead() {
      return line.isOpen() && line.config().isAutoRead() && !connection.isReadingPaused();
    }

    /// Whether the connection has ended.
    public boolean isGone() {
      return !line.isOpen();
    }

    /// Has `count` bytes arrive in one read, within the turn that runs. One alone comes on the
    /// heap, which is cheaper.
    public void send(byte[] bytes, int from, int count) {
      var piece = count == 1 ? buffers.heapBuffer(1) : buffers.directBuffer(count);
      line.pipeline().fireChannelRead(piece.writeBytes(bytes, from, count));
    }

    /// Ends the turn of the loop: all that was put off is done.
    public void turn() {
      var _ = executor.runNow();
    }

    /// Takes what is sent from now on, or leaves it.
    public void takes(boolean takes) {
      line.takes = takes;
      if (takes && line.isOpen()) line.unsafe().flush();
    }

    /// Has our FIN arrive.
    public void end() {
      if (line.isOpen()) line.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }

    /// Has the connection cut from the other side, if it is still there, and all of it end.
    public void vanish() {
      connection.reset(CutReason.PEER_GONE);
      turn();
    }

    /// Whether a fault of ours was the end of the connection or of anything on it.
    public long internalFaults() {
      return loop.cuts(CutReason.INTERNAL);
    }

    /// What was taken so far.
    public byte[] taken() {
      return line.taken.toByteArray();
    }
  }

  /// What stands for a socket.
  private static final class Line extends AbstractChannel implements DuplexChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false);

    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final ByteArrayOutputStream taken = new ByteArrayOutputStream();
    private boolean closed;
    private boolean outputShutdown;
    private boolean takes = true;

    Line() {
      super(null);
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
      return new Unconnectable();
    }

    private final class Unconnectable extends AbstractUnsafe {
      @Override
      public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
        promise.setFailure(new UnsupportedOperationException());
      }
    }

    @Override
    protected boolean isCompatible(EventLoop eventLoop) {
      return true;
    }

    @Override
    protected SocketAddress localAddress0() {
      return NOWHERE;
    }

    @Override
    protected SocketAddress remoteAddress0() {
      return NOWHERE;
    }

    @Override
    protected void doBind(SocketAddress address) {
      throw new UnsupportedOperationException();
    }

    @Override
    protected void doDisconnect() {
      doClose();
    }

    @Override
    protected void doClose() {
      closed = true;
    }

    @Override
    protected void doBeginRead() {}

    @Override
    protected void doWrite(ChannelOutboundBuffer out) throws IOException {
      while (takes && out.current() instanceof ByteBuf piece) {
        piece.readBytes(taken, piece.readableBytes());
        out.remove();
      }
    }

    @Override
    protected void doShutdownOutput() {
      outputShutdown = true;
    }

    @Override
    public ChannelConfig config() {
      return config;
    }

    @Override
    public boolean isOpen() {
      return !closed;
    }

    @Override
    public boolean isActive() {
      return !closed;
    }

    @Override
    public ChannelMetadata metadata() {
      return METADATA;
    }

    @Override
    public boolean isInputShutdown() {
      return false;
    }

    @Override
    public ChannelFuture shutdownInput() {
      return shutdownInput(newPromise());
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
      return promise.setSuccess();
    }

    @Override
    public boolean isOutputShutdown() {
      return outputShutdown;
    }

    @Override
    public ChannelFuture shutdownOutput() {
      return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
      ((AbstractUnsafe) unsafe()).shutdownOutput(promise);
      return promise;
    }

    @Override
    public boolean isShutdown() {
      return outputShutdown;
    }

    @Override
    public ChannelFuture shutdown() {
      return shutdown(newPromise());
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
      return shutdownOutput(promise);
    }
  }
}
