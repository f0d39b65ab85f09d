package io.tidegate.agent;

import io.tidegate.client.Backoff;
import io.tidegate.edge.keys.LoopbackKey;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Purse;
import io.tidegate.link.Control;
import io.tidegate.link.LinkHandshake;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.net.tls.TlsClient;
import io.tidegate.net.tls.TlsEngine;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Exposes a local app through an edge: keeps one session with a link to each of the edge's loops,
/// and comes back by itself.
///
/// Its decisions are taken on loop 0, its links live on loops in turn. Safe for any thread.
public final class Agent implements AutoCloseable {
  /// Tries beyond the edge's loops to reach each of them.
  private static final int EXTRA_TRIES = 4;

  /// The most links that are kept, however many loops the edge has.
  private static final int MOST_LINKS = 4;

  /// Why an agent has ended for good.
  public enum End {
    /// It was closed here.
    CLOSED,
    /// The edge does not know the token, or none may be sent there.
    TOKEN,
    /// The name is another key's, or not allowed.
    NAME,
    /// A newer session of the same key took the name.
    SUPERSEDED,
    /// The configuration cannot work.
    USAGE,
    /// The edge's certificate is not trusted, and never was since the start.
    UNTRUSTED
  }

  private final Loops loops;
  private final AgentConfig config;
  private final AgentListener listener;
  private final HostCheck hostCheck;
  private final Loop home;
  private final Account account;
  private final Backoff.Tries tries = Backoff.DEFAULT.tries(ThreadLocalRandom.current());
  private final CompletableFuture<End> end = new CompletableFuture<>();
  private final List<AgentLink> links = new ArrayList<>();
  private final List<AgentLink> worn = new ArrayList<>();
  private final Deadline retry;
  private @Nullable AppDialer dialer;
  private @Nullable TlsClient tls;
  private volatile String token;
  private volatile String name;
  private volatile String session = LinkHandshake.newSessionId();
  private volatile int generation;
  private boolean webSocket;
  private boolean tokenReread;
  private boolean stoodOnce;
  private long stoodNanos;
  private int triesLeft;
  private int calls;
  private boolean connecting;
  private boolean over;

  private Agent(Loops loops, AgentConfig config, AgentListener listener) {
    this.loops = loops;
    this.config = config;
    this.listener = listener;
    this.hostCheck = new HostCheck(config.hostHeader().isEmpty(), listener);
    this.home = loops.loop(0);
    var root = loops.root();
    this.account = root.open("agent", new Budget(root.limit(Purse.DIRECT), root.limit(Purse.HEAP)));
    this.name = config.name();
    this.token = config.token();
    this.webSocket = config.wire() == AgentConfig.Wire.WEBSOCKET;
    this.retry = home.deadline(this::connect);
  }

  /// Starts exposing; returns at once.
  public static Agent start(Loops loops, AgentConfig config, AgentListener listener) {
    var agent = new Agent(loops, config, listener);
    var _ = agent.home.later(agent::begin);
    return agent;
  }

  private void begin() {
    try {
      dialer = new AppDialer(addresses(config.app()), account, config.connectTimeout());
    } catch (UnknownHostException unknown) {
      end(End.USAGE, "cannot resolve the app's host " + config.app().host());
      return;
    }
    try {
      if (config.isSecure()) tls = TlsClient.open(TlsEngine.best(), config.authorities());
    } catch (SSLException unusable) {
      end(End.USAGE, "cannot use the authorities: " + unusable.getMessage());
      return;
    }
    connect();
  }

  private static List<InetSocketAddress> addresses(AgentConfig.App app)
      throws UnknownHostException {
    if (app.host() != null) {
      return Stream.of(InetAddress.getAllByName(app.host()))
          .map(host -> new InetSocketAddress(host, app.port()))
          .toList();
    }
    return List.of(
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), app.port()),
        new InetSocketAddress(InetAddress.ofLiteral("::1"), app.port()));
  }

  AgentConfig config() {
    return config;
  }

  Account account() {
    return account;
  }

  String session() {
    return session;
  }

  String token() {
    return token;
  }

  String wantedName() {
    return name;
  }

  AppDialer dialer() {
    return java.util.Objects.requireNonNull(dialer);
  }

  HostCheck hostCheck() {
    return hostCheck;
  }

  /// What links are secured by; null where the edge is called without TLS.
  @Nullable TlsClient tls() {
    return tls;
  }

  boolean holds(int claim, int of) {
    return claim == 0 && of == generation;
  }

  /// Completes when the agent has ended and does not come back.
  public CompletableFuture<End> end() {
    return end;
  }

  /// Opens a link, unless one is being opened.
  private void connect() {
    if (over || connecting) return;
    InetSocketAddress edge;
    try {
      var known = InetAddress.getAllByName(config.edge().getHost());
      edge = new InetSocketAddress(known[Math.floorMod(calls++, known.length)], config.edgePort());
    } catch (UnknownHostException unknown) {
      retryLater("cannot resolve " + config.edge().getHost(), tries.failed());
      return;
    }
    boolean local = edge.getAddress().isLoopbackAddress();
    if (config.token().isEmpty() && local)
      token = java.util.Objects.requireNonNullElse(LoopbackKey.read(config.edgePort()), "");
    if (!token.isEmpty() && !local && !config.insecure() && !config.isSecure()) {
      end(
          End.TOKEN,
          "a token is not sent to plain http:// off this machine; --insecure does it all the same");
      return;
    }
    connecting = true;
    AgentLink.open(this, loops.next(), edge, webSocket);
  }

  /// A link could not be opened.
  void failed(AgentLink link, String why, AgentLink.Failure failure) {
    var _ =
        home.later(() -> {
          connecting = false;
          if (over) return;
          switch (failure) {
            case PASSING -> passing(why);
            case TOKEN -> wrongToken(why);
            case WIRE -> otherWire(link, why);
            case UNTRUSTED -> untrusted(why);
          }
        });
  }

  private void passing(String why) {
    if (links.isEmpty()) retryLater(why, tries.failed());
    else triesLeft = 0;
  }

  /// Another edge may have started on this machine meanwhile, with a new key: it is read once more.
  private void wrongToken(String why) {
    if (config.token().isEmpty() && !tokenReread) {
      tokenReread = true;
      retryLater(why, tries.failed());
    } else {
      end(
          End.TOKEN,
          why + (token.isEmpty() ? "; give one with --token @FILE or TIDEGATE_TOKEN" : ""));
    }
  }

  /// A certificate that was good before may be again: the edge's operator is about to notice.
  private void untrusted(String why) {
    if (stoodOnce) passing(why);
    else end(End.UNTRUSTED, why);
  }

  /// Something on the way does not pass a raw upgrade, or a WebSocket's: the other is tried at
  /// once, and kept if it works.
  private void otherWire(AgentLink link, String why) {
    boolean tried = link.isWebSocket();
    if (config.wire() == AgentConfig.Wire.AUTO && !tried && links.isEmpty()) {
      webSocket = true;
      connect();
    } else {
      webSocket = config.wire() == AgentConfig.Wire.WEBSOCKET;
      passing(why);
    }
  }

  private void retryLater(String why, Duration pause) {
    listener.waiting(why, pause);
    retry.in(pause);
  }

  /// A link stands and its claim is granted.
  void opened(AgentLink link, Control.Registered registered) {
    generation = registered.generation();
    var _ = home.later(() -> stands(link, registered));
  }

  private void stands(AgentLink link, Control.Registered registered) {
    connecting = false;
    if (over) {
      link.end();
      return;
    }
    if (!isCurrent(link)) {
      link.end();
      if (!retry.isArmed()) connect();
      return;
    }
    boolean first = links.isEmpty();
    retireWorn();
    links.add(link);
    name = registered.name();
    tokenReread = false;
    stoodOnce = true;
    if (first) {
      stoodNanos = home.nanos();
      triesLeft = Math.min(MOST_LINKS, link.edgeLoops()) - 1 + EXTRA_TRIES;
      listener.connected(registered.url());
    }
    widen(link);
  }

  /// Whether `link` was opened for the session that runs now: the one before may have ended while
  /// it was on its way, and must take nothing from its successor.
  private boolean isCurrent(AgentLink link) {
    return link.session().equals(session);
  }

  /// Opens links until each of the edge's loops has one; a second to the same loop is let go.
  private void widen(AgentLink newest) {
    boolean spare =
        links.stream().anyMatch(other -> other != newest && other.edgeLoop() == newest.edgeLoop());
    if (spare) {
      links.remove(newest);
      newest.retire();
    }
    if (links.size() < Math.min(MOST_LINKS, newest.edgeLoops()) && triesLeft-- > 0) connect();
  }

  void exchanged(Control.Exchange exchange) {
    listener.exchanged(exchange);
  }

  /// The edge wants a fresh link in place of `old`, which goes on until the fresh one stands.
  void rotate(AgentLink old) {
    var _ = home.later(() -> replace(old));
  }

  private void replace(AgentLink old) {
    if (over || !links.contains(old) || worn.contains(old)) return;
    worn.add(old);
    triesLeft = 1 + EXTRA_TRIES;
    connect();
  }

  /// The links that were to be replaced take no new streams from now on; theirs run to their end.
  private void retireWorn() {
    for (var old : worn) {
      if (links.remove(old)) old.retire();
    }
    worn.clear();
  }

  /// `link` takes no new streams: another is opened while its own run on.
  void goesAway(AgentLink link) {
    var _ =
        home.later(() -> {
          if (over || !links.remove(link)) return;
          triesLeft = 1 + EXTRA_TRIES;
          connect();
        });
  }

  /// A link that stood has ended.
  void lost(AgentLink link, CutReason reason) {
    var _ =
        home.later(() -> {
          if (over || !links.remove(link)) return;
          triesLeft = 1 + EXTRA_TRIES;
          if (links.isEmpty()) restart(reason);
          else connect();
        });
  }

  /// The session ended with its last link; the next one claims the name anew.
  private void restart(CutReason reason) {
    session = LinkHandshake.newSessionId();
    var uptime = Duration.ofNanos(home.nanos() - stoodNanos);
    retryLater("the link ended: " + reason.text(), tries.ended(uptime));
  }

  /// The edge refused the claim.
  void refused(AgentLink link, String reason) {
    var _ =
        home.later(() -> {
          if (isCurrent(link)) end(End.NAME, reason);
        });
  }

  void superseded(AgentLink link, String lost) {
    var _ =
        home.later(() -> {
          if (isCurrent(link))
            end(End.SUPERSEDED, "a newer session of the same key has taken '" + lost + "'");
        });
  }

  private void end(End why, String reason) {
    if (over) return;
    over = true;
    retry.close();
    links.forEach(AgentLink::end);
    links.clear();
    if (tls != null) tls.close();
    listener.ended(why, reason);
    end.complete(why);
  }

  /// Ends the session; its names are free for the next one of the same key.
  @Override
  public void close() {
    if (!home.run(() -> end(End.CLOSED, "closed"))) return;
    try {
      var _ = end.get(5, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException stuck) {
      throw new IllegalStateException("The agent's loop did not answer", stuck);
    }
  }
}
