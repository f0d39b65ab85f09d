package io.tidegate.server;

import io.tidegate.http.HandlerThreads;
import io.tidegate.http.HttpStage;
import io.tidegate.http.h2.AnyHttpStage;
import io.tidegate.http.h2.Http2Stage;
import io.tidegate.ledger.Account;
import io.tidegate.ledger.Budget;
import io.tidegate.ledger.Census;
import io.tidegate.ledger.Purse;
import io.tidegate.net.Listener;
import io.tidegate.net.Loops;
import io.tidegate.net.Stage;
import io.tidegate.net.tls.TlsStage;
import io.tidegate.websocket.WebSockets;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/// An HTTP server that no peer can run out of memory.
///
/// ```java
/// try (var server = HttpServer.start(s -> s.listen("127.0.0.1", 8080).get("/", call -> "hello"))) {
///   server.ended().toCompletableFuture().join();
/// }
/// ```
///
/// It takes a quarter of the heap and half of the direct memory, unless told otherwise. Safe for
/// any thread.
public final class HttpServer implements AutoCloseable {
  private final Loops loops;
  private final HandlerThreads threads;
  private final WebSockets sockets;
  private final Account held;
  private final Duration grace;
  private final List<Listener> listeners = new ArrayList<>();
  private final CompletableFuture<Void> ended = new CompletableFuture<>();

  /// Says what a server is made of.
  @FunctionalInterface
  public interface Description {
    /// Adds to `server` where it listens and what it answers.
    void of(ServerConfig server) throws IOException;
  }

  private HttpServer(ServerConfig config) {
    this.loops = Loops.open(config.loops);
    this.threads = HandlerThreads.of(loops);
    this.held =
        loops
            .root()
            .open(
                "held by handlers",
                new Budget(loops.root().limit(Purse.DIRECT), loops.root().limit(Purse.HEAP)));
    this.sockets = new WebSockets(loops, threads);
    this.grace = config.grace;
    loops.onBroken(this::broken);
  }

  /// Starts what `with` describes; it accepts when this returns.
  ///
  /// @throws IOException if an address cannot be bound
  /// @throws IllegalArgumentException if there is no listener, or two routes for the same
  public static HttpServer start(Description with) throws IOException {
    var config = new ServerConfig();
    with.of(config);
    if (config.doors.isEmpty()) throw new IllegalArgumentException("no listener: call listen");
    var router = config.router();
    var server = new HttpServer(config);
    try {
      server.open(config, router);
    } catch (Throwable fault) {
      server.close();
      throw fault;
    }
    return server;
  }

  private void open(ServerConfig config, Router router) throws IOException {
    var services =
        new Services(held, config.json, sockets, threads, config.sendChunkBytes, config.cors);
    var dispatch = new Dispatch(router, config.faults, services, loops);
    var http =
        new AnyHttpStage(
            new HttpStage(loops, config.limits, dispatch),
            new Http2Stage(loops, config.limits, config.http2, dispatch));
    for (var door : config.doors) {
      var stages = new ArrayList<Stage>();
      if (door.certificates() != null)
        stages.add(new TlsStage(loops, door.tls(), door.certificates()));
      stages.add(http);
      listeners.add(Listener.open(loops, door.listener(), stages));
    }
  }

  /// The address of the first listener, with its real port.
  public InetSocketAddress address() {
    return listeners.getFirst().address();
  }

  /// The addresses of all listeners, in the order in which they were given.
  public List<InetSocketAddress> addresses() {
    return listeners.stream().map(Listener::address).toList();
  }

  /// What it runs on, for pages that show its figures.
  public Loops loops() {
    return loops;
  }

  /// Who holds how much now.
  public Census census() {
    return Census.of(loops.root());
  }

  /// Completes when the server has ended: with nothing once it was closed, with the cause if it
  /// broke.
  public CompletionStage<Void> ended() {
    return ended.minimalCompletionStage();
  }

  private void broken(Throwable cause) {
    var _ = ended.completeExceptionally(cause);
    Thread.ofPlatform().name("tidegate-server-broken").start(this::close);
  }

  /// Accepts no more, lets open requests go on for the grace period, then cuts them and interrupts
  /// their handlers. Streams of events and pictures end at once, and WebSockets are told 1001.
  /// Returns within the grace period and 10 s.
  @Override
  public void close() {
    var until = System.nanoTime() + grace.toNanos();
    try {
      for (var listener : listeners) listener.beginDrain();
      drain(until);
      for (var listener : listeners) listener.close();
      threads.close();
      sockets.close();
    } finally {
      loops.close();
      var _ = ended.complete(null);
    }
  }

  private void drain(long untilNanos) {
    try {
      for (var listener : listeners)
        listener.drain(Duration.ofNanos(Math.max(0, untilNanos - System.nanoTime())));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
