package io.tidegate.demo;

import io.tidegate.http.Exchange;
import io.tidegate.http.HttpLimits;
import io.tidegate.http.HttpStage;
import io.tidegate.http.LoopHandler;
import io.tidegate.http.message.FieldName;
import io.tidegate.net.Listener;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.Loops;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/// An app to look at through a tunnel: a page, a WebSocket, events, a download, an upload, and the
/// process's memory account by account. On the loops it was opened on.
public final class SampleApp implements LoopHandler, AutoCloseable {
  private static final int MOST_CONNECTIONS = 1_024;
  private static final long MOST_DOWNLOAD_BYTES = 10L << 30;
  private static final long MOST_SLOW_MILLIS = 60_000;
  private static final String POLICY =
      "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
          + "connect-src 'self' ws: wss:; base-uri 'none'; frame-ancestors 'none'";

  private final byte[] page;
  private final CensusPage census;
  private final Listener listener;

  private SampleApp(Loops loops, HttpLimits limits) throws IOException {
    this.page = read("page.html");
    this.census = new CensusPage(loops);
    var free = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    var config = ListenerConfig.forVisitors(free).withMaxConnections(MOST_CONNECTIONS);
    this.listener = Listener.open(loops, config, List.of(new HttpStage(loops, limits, this)));
  }

  /// Serves the app at a free port of 127.0.0.1.
  ///
  /// @throws IOException if none can be bound
  public static SampleApp open(Loops loops) throws IOException {
    return open(loops, HttpLimits.DEFAULT);
  }

  /// The same, with other limits.
  ///
  /// @throws IOException if no port can be bound
  public static SampleApp open(Loops loops, HttpLimits limits) throws IOException {
    return new SampleApp(loops, limits);
  }

  private static byte[] read(String name) {
    try (var in = SampleApp.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Where it listens.
  public int port() {
    return listener.address().getPort();
  }

  @Override
  public void handle(Exchange exchange) {
    var query = Query.of(exchange.request().target());
    var method = exchange.request().method();
    if (query.path().equals("/upload")) upload(exchange, method);
    else if (method.equals("GET") || method.equals("HEAD")) get(exchange, query);
    else notAllowed(exchange, "GET, HEAD");
  }

  private void get(Exchange exchange, Query query) {
    switch (query.path()) {
      case "/" -> page(exchange);
      case "/ws" -> EchoSocket.open(exchange);
      case "/events" -> Events.send(exchange);
      case "/download" ->
          Download.send(exchange, query.number("bytes", MOST_DOWNLOAD_BYTES, 100_000_000));
      case "/census.json" -> Reply.json(exchange, census.on(exchange.connection().loop()));
      case "/json" -> Reply.json(exchange, greeting());
      case "/slow" -> slow(exchange, query.number("millis", MOST_SLOW_MILLIS, 3_000));
      default -> Reply.text(exchange, 404, "no such page");
    }
  }

  private void page(Exchange exchange) {
    var head =
        Reply.head(200, "text/html; charset=utf-8")
            .field("Content-Security-Policy", POLICY)
            .field("X-Content-Type-Options", "nosniff");
    Reply.bytes(exchange, head, page);
  }

  private static void upload(Exchange exchange, String method) {
    if (method.equals("POST") || method.equals("PUT")) Upload.take(exchange);
    else notAllowed(exchange, "POST, PUT");
  }

  private static void notAllowed(Exchange exchange, String allowed) {
    var head = Reply.head(405, "text/plain; charset=utf-8").field(FieldName.ALLOW, allowed);
    Reply.bytes(exchange, head, Reply.utf8("only " + allowed + "\n"));
  }

  private static byte[] greeting() {
    return Reply.utf8(
        "{\"message\":\"Hello through the tunnel\",\"time\":\"" + Instant.now() + "\"}\n");
  }

  private static void slow(Exchange exchange, long millis) {
    var later =
        exchange
            .connection()
            .loop()
            .deadline(() -> Reply.text(exchange, 200, "this took " + millis + " ms"));
    exchange.own(later);
    later.in(Duration.ofMillis(millis));
  }

  /// Ends what is open.
  @Override
  public void close() {
    listener.close();
  }
}
