package io.tidegate.client;

import io.tidegate.http.HandlerThreads;
import io.tidegate.http.message.Fields;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Census;
import io.tidegate.net.Connection;
import io.tidegate.net.CutReason;
import io.tidegate.net.Loop;
import io.tidegate.net.Loops;
import io.tidegate.net.LoopsConfig;
import io.tidegate.websocket.WebSocket;
import io.tidegate.websocket.WebSocketListener;
import io.tidegate.websocket.WebSockets;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Opens WebSockets to servers, none of which can run this process out of memory.
///
/// ```java
/// try (var client = WebSocketClient.start(ClientConfig.DEFAULT);
///     var socket = client.open(URI.create("wss://example.org/live"))) {
///   for (var message : socket) { … }
/// }
/// ```
///
/// A server that breaks a rule, or a bound, costs its own connection and no other. Safe for any
/// thread.
public final class WebSocketClient implements AutoCloseable {
  /// For closing handshakes when the client closes.
  private static final Duration GRACE = Duration.ofSeconds(5);

  private static final long LOOK_AGAIN_NANOS = 10_000_000;

  private final Loops loops;
  private final boolean ownsLoops;
  private final HandlerThreads threads;
  private final WebSockets sockets;
  private final Account account;
  private final Openings openings;

  private WebSocketClient(Loops loops, boolean ownsLoops, ClientConfig config) throws IOException {
    var tls = config.tls().open();
    this.loops = loops;
    this.ownsLoops = ownsLoops;
    this.threads = HandlerThreads.of(loops);
    this.sockets = new WebSockets(loops, threads);
    this.account = loops.root().open("websocket client", config.budget());
    this.openings = new Openings(loops, config, account, sockets, tls, new Resolver());
  }

  /// Starts a client on loops of its own, one a core, within a quarter of the heap and half of the
  /// direct memory.
  ///
  /// @throws IOException if certificates or their key cannot be used
  public static WebSocketClient start(ClientConfig config) throws IOException {
    return start(LoopsConfig.forLibrary("client"), config);
  }

  /// Starts a client on loops of its own.
  ///
  /// @throws IOException if certificates or their key cannot be used
  public static WebSocketClient start(LoopsConfig loops, ClientConfig config) throws IOException {
    var opened = Loops.open(loops);
    try {
      return new WebSocketClient(opened, true, config);
    } catch (IOException | RuntimeException fault) {
      opened.close();
      throw fault;
    }
  }

  /// Starts a client on `loops`, which it does not close.
  ///
  /// @throws IOException if certificates or their key cannot be used
  public static WebSocketClient on(Loops loops, ClientConfig config) throws IOException {
    return new WebSocketClient(loops, false, config);
  }

  /// Opens a WebSocket whose messages the caller receives, by one thread: up to 16 messages or 64
  /// KiB wait for it, then no more are read. Waits for the handshake, so it must not be called on
  /// an event loop. [WebSocket#close] by the thread that receives also ends the time of the message
  /// that it has.
  ///
  /// @throws ConnectFailedException if it could not be opened
  /// @throws InterruptedException if the thread was interrupted; the attempt is given up
  /// @throws IllegalArgumentException if `target` is no `ws` or `wss` with a host
  public WebSocket open(URI target) throws ConnectFailedException, InterruptedException {
    return await(target, null);
  }

  /// Opens a WebSocket whose messages `listener` takes, on a virtual thread that lasts as long as
  /// there is something to tell: an idle one has none. Waits for the handshake, so it must not be
  /// called on an event loop.
  ///
  /// @throws ConnectFailedException if it could not be opened
  /// @throws InterruptedException if the thread was interrupted; the attempt is given up
  /// @throws IllegalArgumentException if `target` is no `ws` or `wss` with a host
  public WebSocket open(URI target, WebSocketListener listener)
      throws ConnectFailedException, InterruptedException {
    return await(target, listener);
  }

  private WebSocket await(URI target, @Nullable WebSocketListener listener)
      throws ConnectFailedException, InterruptedException {
    demandNoLoop();
    var opened = new CompletableFuture<WebSocket>();
    var fields = openings.config.fields();
    var attempt = openings.begin(target, fields, listener, new Waiter(target, opened));
    try {
      return opened.get();
    } catch (InterruptedException interrupted) {
      attempt.abandon();
      var _ = opened.thenAccept(WebSocket::close);
      throw interrupted;
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof ConnectFailedException why) throw why;
      throw new IllegalStateException(failed);
    }
  }

  private record Waiter(URI target, CompletableFuture<WebSocket> opened) implements Opener.Outcome {
    @Override
    public void opened(WebSocket socket) {
      var _ = opened.complete(socket);
    }

    @Override
    public void failed(ConnectFailure why) {
      var _ = opened.completeExceptionally(new ConnectFailedException(target, why));
    }
  }

  private void demandNoLoop() {
    for (int i = 0; i < loops.count(); i++) {
      if (loops.loop(i).isHere()) throw new IllegalStateException("an event loop must not wait");
    }
  }

  /// Opens without waiting, for those who keep connections; with the fields of the config.
  public Opener opener() {
    return opener(() -> openings.config.fields());
  }

  /// As above, with what `fields` gives in place of the config's, asked for at each attempt by its
  /// caller: for tokens that do not last.
  public Opener opener(Supplier<Fields> fields) {
    return (target, listener, outcome) -> openings.begin(target, fields.get(), listener, outcome);
  }

  /// What the user's code runs on.
  public HandlerThreads threads() {
    return threads;
  }

  /// What requests say besides, as its config has it.
  public Fields fields() {
    return openings.config.fields();
  }

  /// What the connections of this client are charged to.
  public Account account() {
    return account;
  }

  /// Its loops: what was cut and why is counted there.
  public Loops loops() {
    return loops;
  }

  /// Who holds how much now.
  public Census census() {
    return Census.of(account);
  }

  /// Opens no more, gives up what is being opened, closes what is open with 1001, and cuts what is
  /// not closed then within 5 s; interrupts listeners that still run. Returns within 15 s.
  @Override
  public void close() {
    openings.close();
    var until = System.nanoTime() + GRACE.toNanos();
    onEach(Connection::drain);
    while (isBusy() && System.nanoTime() - until < 0) LockSupport.parkNanos(LOOK_AGAIN_NANOS);
    onEach(connection -> connection.reset(CutReason.CLOSING));
    openings.resolver.close();
    threads.close();
    sockets.close();
    openings.tls.close();
    if (ownsLoops) loops.close();
    account.close();
  }

  private interface Each {
    void take(Connection connection);
  }

  private void onEach(Each each) {
    for (int i = 0; i < loops.count(); i++) {
      var loop = loops.loop(i);
      var _ = loop.run(() -> forEach(loop, each));
    }
  }

  private void forEach(Loop loop, Each each) {
    loop.forEachConnection(connection -> {
      if (connection.attached() == openings) each.take(connection);
    });
  }

  private boolean isBusy() {
    return openings.count() > 0 || countOpen() > 0;
  }

  /// Asks each loop, and waits for its answer.
  private int countOpen() {
    int sum = 0;
    for (int i = 0; i < loops.count(); i++) {
      var loop = loops.loop(i);
      var answer = new CompletableFuture<Integer>();
      var asked =
          loop.run(() -> {
            var count = new int[1];
            forEach(loop, _ -> count[0]++);
            var _ = answer.complete(count[0]);
          });
      if (asked)
        sum += answer.completeOnTimeout(0, 1, java.util.concurrent.TimeUnit.SECONDS).join();
    }
    return sum;
  }
}
