package io.tidegate.client;

import io.netty.buffer.ByteBuf;
import io.tidegate.client.ConnectFailure.Step;
import io.tidegate.http.Requester;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.Http1Response;
import io.tidegate.http.message.RequestHead;
import io.tidegate.http.message.ResponseHead;
import io.tidegate.ledger.Gate;
import io.tidegate.net.ByteStream;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Deadline;
import io.tidegate.net.Dialer;
import io.tidegate.net.Loop;
import io.tidegate.net.Scope;
import io.tidegate.net.tls.TlsClient;
import io.tidegate.websocket.ClientHandshake;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.WebSockets;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One WebSocket on its way to be open: lookup, TCP, proxy, TLS, upgrade, each within its deadline.
///
/// It belongs to one loop, and an open WebSocket keeps nothing of it. A failure is told when the
/// connection has given back what it held.
final class Opening implements Opener.Attempt, Dialer.Outcome {
  /// What it costs the heap purse: itself, request and handshake, the lookup's answer, scratch.
  static final int HEAP_BYTES = 4 * 1024;

  /// What a server may still send of an answer that refuses us.
  private static final int LAST_BYTES = 64 * 1024;

  private final Openings shared;
  private final ClientConfig config;
  private final Loop loop;
  private final Asked asked;
  private final Opener.Outcome outcome;
  private final Gate.Pass pass;
  private final Deadline clock;
  private final ArrayDeque<InetSocketAddress> addresses = new ArrayDeque<>(2);
  private Step step = Step.RESOLVE;
  private Duration timeout = Duration.ZERO;
  private long dueNanos;
  private CutReason lastFault = CutReason.APP_UNREACHABLE;
  private @Nullable AutoCloseable pending;
  private @Nullable Connection connection;
  private Scope.@Nullable Removal owned;
  private @Nullable ConnectFailure why;

  /// Opened, or failed.
  private boolean over;

  /// What is wanted.
  record Asked(
      Target target,
      ClientHandshake handshake,
      RequestHead request,
      @Nullable WebSocketListener listener) {}

  Opening(Openings shared, Loop loop, Asked asked, Opener.Outcome outcome, Gate.Pass pass) {
    this.shared = shared;
    this.config = shared.config;
    this.loop = loop;
    this.asked = asked;
    this.outcome = outcome;
    this.pass = pass;
    this.clock = loop.deadline(this::tooSlow);
  }

  void begin() {
    if (loop.later(this::resolve)) return;
    over = true;
    why = Diagnosis.passing(Step.ABANDONED, "the event loop has ended");
    report();
  }

  private void step(Step next, Duration most) {
    step = next;
    timeout = most;
    dueNanos = loop.nanos() + most.toNanos();
    clock.in(most);
  }

  private void tooSlow() {
    fail(Diagnosis.tooSlow(step, timeout), CutReason.HANDSHAKE_TIMEOUT);
  }

  // ---- the way to a connection

  private void resolve() {
    if (over) return;
    step(Step.RESOLVE, config.timeouts().resolve());
    var proxy = config.proxy();
    var name = proxy == null ? asked.target().name() : Target.bare(proxy.host());
    int port = proxy == null ? asked.target().port() : proxy.port();
    pending =
        shared.resolver.resolve(
            name,
            found -> {
              var _ = loop.later(() -> resolved(name, port, found));
            });
  }

  private void resolved(String name, int port, List<InetAddress> found) {
    if (over) return;
    pending = null;
    if (found.isEmpty()) {
      fail(Diagnosis.passing(Step.RESOLVE, "no address of " + name), CutReason.CLOSING);
      return;
    }
    for (var address : found) addresses.add(new InetSocketAddress(address, port));
    step(Step.CONNECT, config.timeouts().connect());
    dialNext();
  }

  private void dialNext() {
    if (over) return;
    var next = addresses.poll();
    if (next == null) {
      fail(Diagnosis.notDialled(lastFault), CutReason.CLOSING);
      return;
    }
    var dialer =
        new Dialer(
            shared.line(loop),
            config.options(),
            config.writeLimits(),
            share(),
            config.connectionLimits());
    pending = dialer.dial(loop, next, this);
  }

  /// Of the time that is left: as much as any address behind this one.
  private Duration share() {
    long left = Math.max(1, dueNanos - loop.nanos());
    return Duration.ofNanos(left / (addresses.size() + 1));
  }

  @Override
  public void failed(Dialer.Failure failure) {
    lastFault = failure.reason();
    switch (lastFault) {
      case MEMORY_REFUSED, NO_DESCRIPTOR -> fail(Diagnosis.notDialled(lastFault), lastFault);
      default -> {
        var _ = loop.later(this::dialNext);
      }
    }
  }

  @Override
  public ByteStream.Reader connected(Connection opened) {
    pending = null;
    connection = opened;
    opened.attach(shared);
    owned = opened.own(this::gone);
    return switch (config.proxy()) {
      case null -> secure(opened);
      case Proxy.HttpConnect http -> {
        step(Step.PROXY, config.timeouts().proxy());
        yield HttpTunnel.start(opened, http, asked.target(), config.head(), new Passing(opened));
      }
      case Proxy.Socks5 socks -> {
        step(Step.PROXY, config.timeouts().proxy());
        yield SocksHandshake.start(opened, socks, asked.target(), new Passing(opened));
      }
    };
  }

  private final class Passing implements Passage {
    private final Connection through;

    Passing(Connection through) {
      this.through = through;
    }

    @Override
    public ByteStream.Reader passed() {
      return over ? new Deaf(through) : secure(through);
    }

    @Override
    public void refused(ConnectFailure failure) {
      fail(failure, null);
    }

    @Override
    public void lost(CutReason reason) {
      fail(Diagnosis.lost(Step.PROXY, reason, false), reason);
    }
  }

  // ---- TLS and the upgrade

  private ByteStream.Reader secure(Connection plain) {
    if (!asked.target().secure()) return ask(plain);
    var most = config.timeouts().tls();
    step(Step.TLS, most);
    // our own clock comes first, and knows the step
    return shared.tls.start(plain, asked.target().host(), most.multipliedBy(2), new Securing());
  }

  private final class Securing implements TlsClient.Outcome {
    @Override
    public ByteStream.Reader secured(Connection secure) {
      return over ? new Deaf(secure) : ask(secure);
    }

    @Override
    public void refused(TlsClient.Refusal refusal) {
      // the connection ends by itself, behind our alert
      fail(Diagnosis.untrusted(refusal), null);
    }
  }

  private ByteStream.Reader ask(Connection ready) {
    step(Step.HANDSHAKE, config.timeouts().handshake());
    var requester = Requester.over(ready, config.head());
    requester.send(asked.request(), Framing.NONE, true, new Asking(ready));
    return requester.reader();
  }

  private final class Asking implements Requester.Answer {
    private final Connection ready;

    Asking(Connection ready) {
      this.ready = ready;
    }

    @Override
    public void interim(ResponseHead head) {}

    @Override
    public void head(ResponseHead head, Framing framing) {
      fail(Diagnosis.answered(Step.HANDSHAKE, head), null);
    }

    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      piece.release();
      ready.released(bytes);
    }

    @Override
    public void end(Fields trailers) {}

    @Override
    public void lost(CutReason reason, boolean begun) {
      fail(Diagnosis.lost(Step.HANDSHAKE, reason, asked.target().secure() && !begun), reason);
    }

    @Override
    public ByteStream.Reader upgraded(ResponseHead head, ByteStream stream) {
      if (over) return new Deaf(stream);
      var answer = new Http1Response(head, 1, Framing.NONE, true, true);
      return switch (asked.handshake().judge(answer)) {
        case ClientHandshake.Outcome.Opened(var protocol) -> opened(ready, answer, protocol);
        case ClientHandshake.Outcome.Failed(var status, var reason) -> {
          var failure = new ConnectFailure(Step.HANDSHAKE, false, status, null, reason);
          fail(failure, CutReason.BAD_MESSAGE);
          yield new Deaf(stream);
        }
      };
    }
  }

  private ByteStream.Reader opened(Connection ready, Http1Response answer, String protocol) {
    var opened = join(ready, answer, protocol);
    if (opened == null) {
      fail(Diagnosis.local("as many handlers run as may"), CutReason.HANDLER_LIMIT);
      return new Deaf(ready);
    }
    over = true;
    clock.close();
    if (owned != null) owned.close();
    ready.rest();
    shared.leave(this, pass);
    outcome.opened(opened.socket());
    return opened.reader();
  }

  private WebSockets.@Nullable Opened join(
      Connection ready, Http1Response answer, String protocol) {
    var deflate = asked.handshake().agreed(answer);
    var listener = asked.listener();
    var settings = config.webSocket();
    return listener == null
        ? shared.sockets.open(ready, settings, protocol, deflate)
        : shared.sockets.open(ready, settings, protocol, deflate, listener);
  }

  // ---- failure

  /// Ends it for `failure`, the first of which counts. `cut` resets the connection; null ends it in
  /// order, behind what the server still says.
  private void fail(ConnectFailure failure, @Nullable CutReason cut) {
    if (over) return;
    over = true;
    why = failure;
    clock.close();
    giveUpPending();
    var open = connection;
    if (open == null) {
      report();
    } else if (cut != null) {
      open.reset(cut);
    } else {
      // who calls this is reading the answer
      var _ = loop.later(() -> open.endAndDiscard(null, LAST_BYTES));
    }
  }

  private void giveUpPending() {
    var last = pending;
    pending = null;
    if (last == null) return;
    try {
      last.close();
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// The connection has ended, whatever ended it.
  private void gone() {
    if (!over) {
      over = true;
      clock.close();
      why = Diagnosis.lost(step, CutReason.PEER_GONE, false);
    }
    // behind the end of its account
    if (!loop.later(this::report)) report();
  }

  private void report() {
    shared.leave(this, pass);
    var failure = why;
    if (failure != null) outcome.failed(failure);
  }

  @Override
  public void abandon() {
    var given = Diagnosis.passing(Step.ABANDONED, "it was given up");
    var _ = loop.run(() -> fail(given, CutReason.CLOSING));
  }

  /// Reads into nothing until the connection ends.
  private record Deaf(ByteStream stream) implements ByteStream.Reader {
    @Override
    public void bytes(ByteBuf piece) {
      int bytes = piece.readableBytes();
      piece.release();
      stream.released(bytes);
    }

    @Override
    public void end() {}

    @Override
    public void closed(@Nullable CutReason reason) {}
  }
}
