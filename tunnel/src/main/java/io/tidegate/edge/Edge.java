package io.tidegate.edge;

import io.tidegate.edge.keys.Key;
import io.tidegate.edge.keys.LoopbackKey;
import io.tidegate.edge.keys.TokenFile;
import io.tidegate.http.HttpStage;
import io.tidegate.http.h2.AnyHttpStage;
import io.tidegate.ledger.Ticker;
import io.tidegate.net.Listener;
import io.tidegate.net.Loops;
import io.tidegate.net.ProxyLimits;
import io.tidegate.net.ProxyStage;
import io.tidegate.net.Stage;
import io.tidegate.net.tls.PemCertificates;
import io.tidegate.net.tls.PemException;
import io.tidegate.net.tls.TlsConfig;
import io.tidegate.net.tls.TlsStage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The public side of tunnels: visitors come in by host name, agents by the link door.
///
/// What visitors and agents make it hold is charged to the loops' ledger. Safe for any thread.
public final class Edge implements AutoCloseable {
  private static final TlsConfig TLS = TlsConfig.DEFAULT.withApplicationProtocols("h2", "http/1.1");

  private static final Logger LOG = LoggerFactory.getLogger(Edge.class);
  private static final long HOUSEKEEPING_MILLIS = 1_000;

  private final Loops loops;
  private final EdgeConfig config;
  private final @Nullable TokenFile tokens;
  private final Directory directory;
  private final LinkDoor door;
  private final List<Listener> listeners = new ArrayList<>();
  private final List<Listener> redirects = new ArrayList<>();
  private final @Nullable PemCertificates certificates;
  private @Nullable LoopbackKey loopback;

  private Edge(Loops loops, EdgeConfig config) throws IOException {
    this.loops = loops;
    this.config = config;
    this.tokens = config.tokens() == null ? null : TokenFile.open(config.tokens());
    this.directory = new LocalDirectory(Ticker.SYSTEM, loops.root());
    this.certificates =
        config.tls() == null ? null : PemCertificates.open(config.tls().certificates());
    this.door = new LinkDoor(this);
  }

  /// Listens and serves.
  ///
  /// @throws IOException if an address cannot be bound, or the token file cannot be read
  public static Edge open(Loops loops, EdgeConfig config) throws IOException {
    var edge = new Edge(loops, config);
    try {
      edge.listen();
    } catch (IOException failed) {
      edge.close();
      throw failed;
    }
    return edge;
  }

  private void listen() throws IOException {
    var homes = new EdgeLoop[loops.count()];
    for (int i = 0; i < homes.length; i++) homes[i] = new EdgeLoop(loops.loop(i), config);
    var http = new AnyHttpStage(loops, config.limits(), new Door(directory, door, homes));
    var stages = stages(http);
    int port = 0;
    for (var address : config.listen()) {
      var wanted =
          address.getPort() == 0 && port != 0
              ? new InetSocketAddress(address.getAddress(), port)
              : address;
      var listener = Listener.open(loops, config.visitors().withAddress(wanted), stages);
      listeners.add(listener);
      port = listener.address().getPort();
    }
    if (config.tls() != null) redirect(config.tls().redirects(), homes);
    if (tokens == null) loopback = LoopbackKey.make(port);
    loops.loop(0).every(HOUSEKEEPING_MILLIS, this::housekeeping);
  }

  /// What a connection goes through, the protocol last.
  private List<Stage> stages(Stage http) {
    var stages = new ArrayList<Stage>();
    if (config.proxyProtocol()) stages.add(new ProxyStage(config::trusts, ProxyLimits.DEFAULT));
    if (certificates != null) stages.add(new TlsStage(loops, TLS, certificates));
    stages.add(http);
    return stages;
  }

  private void redirect(List<InetSocketAddress> addresses, EdgeLoop[] homes) throws IOException {
    var http = new HttpStage(loops, config.limits(), new Redirect(homes, port()));
    for (var address : addresses)
      redirects.add(
          Listener.open(loops, config.visitors().withAddress(address), List.<Stage>of(http)));
  }

  private void rereadCertificates(PemCertificates read) {
    try {
      if (read.reloadIfChanged()) LOG.info("The certificates were read again");
    } catch (PemException unusable) {
      LOG.warn("The certificates stay as they were: {}", unusable.getMessage());
    }
  }

  private void housekeeping() {
    directory.sweep();
    door.sweep();
    if (certificates != null) rereadCertificates(certificates);
    if (tokens != null && tokens.reloadIfChanged())
      LOG.info("The token file was read again: {} keys", tokens.keys().size());
  }

  /// Where it listens, with real ports.
  public List<InetSocketAddress> addresses() {
    return listeners.stream().map(Listener::address).toList();
  }

  /// Where it redirects to `https`, with real ports.
  public List<InetSocketAddress> redirectAddresses() {
    return redirects.stream().map(Listener::address).toList();
  }

  /// The port of the first listener.
  public int port() {
    return listeners.getFirst().address().getPort();
  }

  /// Where the tunnel `name` is found.
  String publicUrl(String name) {
    int usual = config.tls() == null ? 80 : 443;
    return config.scheme()
        + "://"
        + name
        + "."
        + config.domain()
        + (port() == usual ? "" : ":" + port());
  }

  @Nullable Key key(String token) {
    if (tokens != null) return tokens.find(token);
    return loopback == null ? null : loopback.find(token);
  }

  Loops loops() {
    return loops;
  }

  EdgeConfig config() {
    return config;
  }

  Directory directory() {
    return directory;
  }

  /// Live sessions, for the census.
  public Iterable<Session> sessions() {
    return door.sessions();
  }

  /// Open connections over all listeners.
  public int connectionCount() {
    return listeners.stream().mapToInt(Listener::connectionCount).sum();
  }

  /// Accepts no more and cuts what is open.
  @Override
  public void close() {
    for (var listener : listeners) listener.close();
    for (var listener : redirects) listener.close();
    directory.close();
    if (loopback != null) loopback.close();
    door.close();
    if (certificates != null) certificates.close();
  }
}
