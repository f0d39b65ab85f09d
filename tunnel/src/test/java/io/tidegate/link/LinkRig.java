package io.tidegate.link;

import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.ledger.Ticker;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Dialer;
import io.tidegate.net.Listener;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.SocketOptions;
import io.tidegate.net.Stage;
import io.tidegate.net.Transport;
import io.tidegate.net.WriteLimits;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.KernelMemory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A listener whose connections carry the edge's side of a link, and agents that dial it: each side
/// with a loop and a ledger of its own, over real sockets.
final class LinkRig implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(10);
  static final Budget BUDGET = new Budget(48L << 20, 48L << 20);

  /// One side: a loop, a tunnel's account, and the links that were opened on it.
  static final class Half implements AutoCloseable {
    final Loops loops;
    final Loop loop;
    final Account tunnel;
    final List<Ear> ears = new CopyOnWriteArrayList<>();
    LinkConfig config;

    Half(String name, LinkConfig config, Ticker ticker) {
      var settings = new LoopsConfig(name, 1, BUDGET, Transport.best(), false);
      this.loops = Loops.open(settings, ticker);
      this.loop = loops.loop(0);
      this.tunnel = loops.root().open("tunnel", new Budget(24L << 20, 24L << 20));
      this.config = config;
      Balanced.watch(tunnel);
      Balanced.watch(name + " unfilled", loops::unfilledBytes);
    }

    /// Runs `task` on the loop and gives its answer.
    <T> T call(Supplier<T> task) {
      var answer = new CompletableFuture<T>();
      var _ =
          loop.run(() -> {
            try {
              answer.complete(task.get());
            } catch (Throwable fault) {
              answer.completeExceptionally(fault);
            }
          });
      try {
        return answer.get(10, TimeUnit.SECONDS);
      } catch (Exception failed) {
        throw new AssertionError(failed);
      }
    }

    void run(Runnable task) {
      var _ =
          call(() -> {
            task.run();
            return true;
          });
    }

    Ear ear() {
      Eventually.await(SOON, () -> "no link", () -> !ears.isEmpty());
      return ears.getLast();
    }

    long held(Purse purse) {
      return tunnel.held(purse);
    }

    Link open(ByteStream wire, Link.Side side) {
      var ear = new Ear();
      ear.link = Link.open(wire, side, config, tunnel, ear);
      ears.add(ear);
      return ear.link;
    }

    @Override
    public void close() {
      loops.close();
    }
  }

  /// Notes what a link says; opened streams read into a [Sink] of their own.
  static final class Ear implements LinkListener {
    final List<Sink> sinks = new CopyOnWriteArrayList<>();
    final List<CutReason> ends = new CopyOnWriteArrayList<>();
    final List<Integer> farewells = new CopyOnWriteArrayList<>();
    final List<Control> lines = new CopyOnWriteArrayList<>();
    volatile boolean holding;
    volatile boolean controlled;
    volatile @Nullable ControlLines control;
    @Nullable Link link;

    @Override
    public ByteStream.Reader opened(LinkStream stream) {
      if (controlled) {
        control = ControlLines.accept(stream, handler());
        return control.reader();
      }
      var sink = new Sink(stream);
      sink.holding = holding;
      sinks.add(sink);
      return sink;
    }

    @Override
    public void closed(CutReason reason) {
      ends.add(reason);
    }

    @Override
    public void goingAway(int code) {
      farewells.add(code);
    }

    boolean isControlled() {
      return control != null;
    }

    ControlLines control() {
      var opened = control;
      if (opened == null) throw new AssertionError("no control stream");
      return opened;
    }

    ControlLines.Handler handler() {
      return new ControlLines.Handler() {
        @Override
        public void line(Control line) {
          lines.add(line);
        }

        @Override
        public void closed(@Nullable CutReason reason) {}
      };
    }

    Link link() {
      if (link == null) throw new AssertionError("no link");
      return link;
    }
  }

  final Half edge;
  final Half agent;
  final Listener listener;
  private final boolean webSocket;
  private final List<Integer> dialled = new CopyOnWriteArrayList<>();

  private LinkRig(LinkConfig config, Ticker ticker, boolean webSocket) throws IOException {
    this.webSocket = webSocket;
    this.edge = new Half("edge", config, ticker);
    this.agent = new Half("agent", config, ticker);
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    var settings = ListenerConfig.forVisitors(address);
    this.listener = Listener.open(edge.loops, settings, List.of(new LinkStage()));
  }

  static LinkConfig config() {
    return LinkConfig.forBudget(BUDGET, LinkConfig.floorFor(BUDGET));
  }

  static LinkRig open() throws IOException {
    return open(config());
  }

  static LinkRig open(LinkConfig config) throws IOException {
    return new LinkRig(config, Ticker.SYSTEM, false);
  }

  static LinkRig open(Ticker ticker) throws IOException {
    return new LinkRig(config(), ticker, false);
  }

  static LinkRig inWebSocket() throws IOException {
    return new LinkRig(config(), Ticker.SYSTEM, true);
  }

  private final class LinkStage implements Stage {
    @Override
    public int heapPriceBytes() {
      return 0;
    }

    @Override
    public ByteStream.Reader start(Connection connection, Next next) {
      connection.hasRequested();
      var wire = framed(connection, Link.Side.EDGE);
      return reader(wire, edge.open(wire, Link.Side.EDGE));
    }
  }

  private ByteStream framed(Connection connection, Link.Side side) {
    return webSocket ? new WebSocketWire(connection, side) : connection;
  }

  private static ByteStream.Reader reader(ByteStream wire, Link link) {
    return wire instanceof WebSocketWire framed ? framed.reader() : link.reader();
  }

  /// Dials the edge; the agent's link.
  Link dial() {
    var link = dial(listener.address());
    Eventually.await(
        SOON, () -> "no link at the edge", () -> edge.ears.size() == agent.ears.size());
    return link;
  }

  /// Dials `address` with the agent's side of a link.
  Link dial(InetSocketAddress address) {
    dialled.add(address.getPort());
    var opened = new CompletableFuture<Link>();
    var dialer =
        new Dialer(
            agent.loops.root(), SocketOptions.LINK, WriteLimits.DEFAULT, Duration.ofSeconds(5));
    agent.run(() -> {
      var _ =
          dialer.dial(
              agent.loop,
              address,
              new Dialer.Outcome() {
                @Override
                public ByteStream.Reader connected(Connection connection) {
                  var wire = framed(connection, Link.Side.AGENT);
                  var link = agent.open(wire, Link.Side.AGENT);
                  opened.complete(link);
                  return reader(wire, link);
                }

                @Override
                public void failed(Dialer.Failure failure) {
                  opened.completeExceptionally(new IOException(failure.detail()));
                }
              });
    });
    return opened.orTimeout(10, TimeUnit.SECONDS).join();
  }

  /// Opens a stream from the edge.
  Sink stream() {
    return edge.call(() -> {
      var sink = new Sink();
      sink.stream = edge.ear().link().openStream(sink);
      if (sink.stream == null) throw new AssertionError("no room for a stream");
      return sink;
    });
  }

  @Override
  public void close() {
    listener.close();
    edge.run(() -> edge.ears.forEach(ear -> ear.link().close()));
    agent.run(() -> agent.ears.forEach(ear -> ear.link().close()));
    try {
      Eventually.await(
          SOON,
          () -> "held: " + edge.tunnel + " " + agent.tunnel,
          () ->
              edge.held(Purse.DIRECT) + edge.held(Purse.HEAP) == 0
                  && agent.held(Purse.DIRECT) + agent.held(Purse.HEAP) == 0);
      Eventually.await(
          SOON,
          () -> "unfilled: " + edge.loop.unfilled() + " " + agent.loop.unfilled(),
          () -> edge.loop.unfilled() == 0 && agent.loop.unfilled() == 0);
    } finally {
      edge.close();
      agent.close();
    }
    Eventually.await(SOON, () -> "sockets in the kernel", () -> sockets() == 0);
  }

  /// What the kernel still has of the connections that were dialled, those that nobody holds any
  /// more included.
  private long sockets() {
    return dialled.stream().mapToLong(port -> KernelMemory.ofPort(port).sockets()).sum();
  }
}
