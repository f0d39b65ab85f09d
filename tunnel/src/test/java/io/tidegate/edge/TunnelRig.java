package io.tidegate.edge;

import io.tidegate.agent.Agent;
import io.tidegate.agent.AgentConfig;
import io.tidegate.agent.AgentListener;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Purse;
import io.tidegate.link.Control;
import io.tidegate.link.Leaks;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.net.tls.PemFile;
import io.tidegate.net.tls.PemPair;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.SecurePorts;
import io.tidegate.testkit.TestAuthority;
import io.tidegate.testkit.TestOrigin;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// An origin, an agent and an edge in one process, each of the latter with a ledger of its own,
/// joined by real sockets. At its end nothing may be charged to either ledger, nor a buffer be
/// lost.
public final class TunnelRig implements AutoCloseable {
  static final Budget BUDGET = new Budget(48L << 20, 38L << 20);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  static {
    Leaks.listen();
    try {
      System.setProperty("tidegate.keys", Files.createTempDirectory("tidegate-keys").toString());
    } catch (IOException failed) {
      throw new IllegalStateException(failed);
    }
  }

  final TestOrigin origin;
  final Loops edgeLoops;
  final Loops agentLoops;
  final Edge edge;
  final List<Agent> agents = new ArrayList<>();
  final Heard heard = new Heard();

  /// What the agents have said.
  static final class Heard implements AgentListener {
    final List<String> urls = new CopyOnWriteArrayList<>();
    final List<Control.Exchange> exchanges = new CopyOnWriteArrayList<>();
    final AtomicInteger hostRefusals = new AtomicInteger();
    final List<String> waits = new CopyOnWriteArrayList<>();
    final List<String> ends = new CopyOnWriteArrayList<>();

    @Override
    public void connected(String url) {
      urls.add(url);
    }

    @Override
    public void exchanged(Control.Exchange exchange) {
      exchanges.add(exchange);
    }

    @Override
    public void hostRefused() {
      var _ = hostRefusals.incrementAndGet();
    }

    @Override
    public void waiting(String tried, Duration next) {
      waits.add(tried);
    }

    @Override
    public void ended(Agent.End end, String why) {
      ends.add(end + ": " + why);
    }
  }

  /// Whether rigs that are opened from now on speak TLS, and with what; null for plain HTTP.
  static volatile @Nullable Secure secure;

  private final @Nullable Secure ownSecure = secure;
  private @Nullable AutoCloseable securePort;

  /// What a rig needs for TLS.
  record Secure(TestAuthority authority, PemPair pair) {}

  private TunnelRig(UnaryOperator<EdgeConfig> change, int loops, Transport transport)
      throws IOException {
    origin = TestOrigin.open();
    edgeLoops = Loops.open(new LoopsConfig("edge", loops, BUDGET, transport, false));
    agentLoops = Loops.open(new LoopsConfig("agent", loops, BUDGET, transport, false));
    var listen = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    var config = change.apply(EdgeConfig.onLoopback("localhost", listen));
    if (ownSecure != null)
      config = config.withTls(new EdgeTls(List.of(ownSecure.pair()), List.of()));
    edge = Edge.open(edgeLoops, config);
    if (ownSecure != null)
      securePort = SecurePorts.add(edge.port(), ownSecure.authority().trusting());
  }

  /// `http` or `https`.
  String scheme() {
    return ownSecure == null ? "http" : "https";
  }

  private AgentConfig through(int app) {
    var config = AgentConfig.of(URI.create(scheme() + "://127.0.0.1:" + edge.port()), app);
    if (ownSecure == null) return config;
    try {
      return config.withAuthorities(PemFile.certificates(ownSecure.authority().file()));
    } catch (IOException failed) {
      throw new java.io.UncheckedIOException(failed);
    }
  }

  static TunnelRig bare(UnaryOperator<EdgeConfig> change, int loops) throws IOException {
    return new TunnelRig(change, loops, Transport.best());
  }

  static TunnelRig bare(Transport transport) throws IOException {
    return new TunnelRig(UnaryOperator.identity(), 2, transport);
  }

  /// Without a tunnel, one loop each for edge and agent.
  public static TunnelRig overOneLoop() throws IOException {
    return bare(UnaryOperator.identity(), 1);
  }

  /// With a tunnel `demo` that is ready.
  static TunnelRig open() throws IOException {
    return open(UnaryOperator.identity(), UnaryOperator.identity(), 2);
  }

  static TunnelRig open(UnaryOperator<EdgeConfig> edge, UnaryOperator<AgentConfig> agent, int loops)
      throws IOException {
    var rig = new TunnelRig(edge, loops, Transport.best());
    var _ = rig.expose("demo", agent);
    return rig;
  }

  AgentConfig agentConfig(String name) {
    return through(origin.address().getPort()).withName(name);
  }

  Agent expose(String name, UnaryOperator<AgentConfig> change) {
    int before = heard.urls.size();
    var agent = Agent.start(agentLoops, change.apply(agentConfig(name)), heard);
    agents.add(agent);
    Eventually.await(
        PATIENCE,
        () -> "the tunnel: " + heard.waits + heard.ends,
        () -> heard.urls.size() > before);
    return agent;
  }

  /// As `name`, the app at `port` instead of the origin.
  public Agent expose(String name, int port) {
    return expose(name, _ -> through(port).withName(name));
  }

  public InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", edge.port());
  }

  public String host() {
    return host("demo");
  }

  String host(String name) {
    return name + ".localhost:" + edge.port();
  }

  /// The requests of which the edge has told agents.
  public List<Control.Exchange> exchanges() {
    return heard.exchanges;
  }

  RawHttp visit() throws IOException {
    return RawHttp.open(address(), PATIENCE);
  }

  long cuts(CutReason reason) {
    return edgeLoops.cuts(reason);
  }

  /// Connections at the edge that are no links.
  int visitors() {
    int links = 0;
    for (var session : edge.sessions()) links += session.linkCount();
    return Math.max(0, edge.connectionCount() - links);
  }

  /// What the edge holds, the unused credit of lines not counted.
  static long held(Loops loops, Purse purse) {
    var figures = Census.of(loops.root()).of(purse);
    return figures.held() - figures.unused();
  }

  static Path keys() {
    return Path.of(System.getProperty("tidegate.keys"));
  }

  @Override
  public void close() {
    for (var agent : agents) agent.close();
    edge.close();
    forgetPort();
    origin.close();
    try {
      awaitNothingCharged(edgeLoops);
      awaitNothingCharged(agentLoops);
    } finally {
      agentLoops.close();
      edgeLoops.close();
    }
    Leaks.failOnAny(1);
  }

  private void forgetPort() {
    try {
      if (securePort != null) securePort.close();
    } catch (Exception failed) {
      throw new IllegalStateException(failed);
    }
  }

  private static void awaitNothingCharged(Loops loops) {
    Eventually.await(
        Duration.ofSeconds(10),
        () -> "charged: " + Census.of(loops.root()),
        () ->
            held(loops, Purse.DIRECT) == 0
                && held(loops, Purse.HEAP) == 0
                && loops.unfilledBytes() == 0);
  }
}
