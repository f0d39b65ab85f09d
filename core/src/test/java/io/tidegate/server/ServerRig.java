package io.tidegate.server;

import io.tidegate.ledger.Budget;
import io.tidegate.net.ListenerConfig;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.net.WriteLimits;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.Consumer;

/// A server of the library for one test, on a free port; at its end nothing is held.
public final class ServerRig implements AutoCloseable {
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  public final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  public ServerRig(Consumer<ServerConfig> with) {
    this(new Budget(64L << 20, 64L << 20), with);
  }

  public ServerRig(Budget budget, Consumer<ServerConfig> with) {
    this(budget, WriteLimits.DEFAULT, with);
  }

  public ServerRig(Budget budget, WriteLimits limits, Consumer<ServerConfig> with) {
    var anyPort = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    try {
      server =
          HttpServer.start(config -> {
            config.loops(new LoopsConfig("server", 1, budget, Transport.best(), false));
            config.grace(Duration.ofMillis(200));
            with.accept(config.listen(ListenerConfig.forVisitors(anyPort).withWriteLimits(limits)));
          });
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  public InetSocketAddress address() {
    return server.address();
  }

  public RawHttp raw() throws IOException {
    return RawHttp.open(address(), PATIENCE);
  }

  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + address().getPort() + path);
  }

  public HttpResponse<String> get(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)));
  }

  public HttpResponse<String> post(String path, String body) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  public HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(
        request.timeout(PATIENCE).build(),
        HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  public HttpResponse<byte[]> bytes(HttpRequest.Builder request) throws Exception {
    return client.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  public static void await(String what, java.util.function.BooleanSupplier condition) {
    Eventually.await(PATIENCE, () -> what, condition);
  }

  private boolean holdsNothing() {
    var census = server.census();
    return census.direct().held() - census.direct().unused() == 0
        && census.heap().held() - census.heap().unused() == 0;
  }

  @Override
  public void close() {
    client.close();
    try {
      Eventually.await(PATIENCE, () -> "held:\n" + server.census(), this::holdsNothing);
    } finally {
      server.close();
    }
  }
}
