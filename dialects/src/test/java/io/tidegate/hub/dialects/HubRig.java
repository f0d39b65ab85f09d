package io.tidegate.hub.dialects;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.ledger.Budget;
import io.tidegate.net.LoopsConfig;
import io.tidegate.net.Transport;
import io.tidegate.server.HttpServer;
import io.tidegate.server.ServerConfig;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.function.BiConsumer;

/// A hub on a server for one test, on a free port; at its end neither holds anything.
public final class HubRig implements AutoCloseable {
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  public final Hub hub;
  public final HttpServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  public HubRig(HubConfig config, BiConsumer<ServerConfig, Hub> routes) {
    hub = Hub.open(config);
    try {
      var budget = new Budget(64L << 20, 64L << 20);
      server =
          HttpServer.start(s -> {
            s.loops(new LoopsConfig("dialects", 1, budget, Transport.best(), false));
            s.grace(Duration.ofMillis(200));
            routes.accept(s.listen("127.0.0.1", 0), hub);
          });
    } catch (IOException fault) {
      throw new UncheckedIOException(fault);
    }
  }

  public String host() {
    return "127.0.0.1:" + server.address().getPort();
  }

  public RawHttp raw() throws IOException {
    return RawHttp.open(server.address(), PATIENCE);
  }

  public RawWebSocket socket(String path) throws IOException {
    return RawWebSocket.open(server.address(), host(), path);
  }

  /// Posts a form of names and values in turn.
  public HttpResponse<String> post(String path, String[] fields, String... form) throws Exception {
    var body = new StringBuilder();
    for (int i = 0; i < form.length; i += 2)
      body.append(i == 0 ? "" : "&")
          .append(form[i])
          .append('=')
          .append(URLEncoder.encode(form[i + 1], StandardCharsets.UTF_8));
    var request =
        HttpRequest.newBuilder(URI.create("http://" + host() + path))
            .timeout(PATIENCE)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(body.toString()));
    if (fields.length > 0) request.headers(fields);
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
  }

  private boolean holdsNothing() {
    var census = server.census();
    return census.direct().held() - census.direct().unused() == 0
        && census.heap().held() - census.heap().unused() == 0;
  }

  @Override
  public void close() {
    client.close();
    server.close();
    hub.close();
    Eventually.await(PATIENCE, () -> "the server holds " + server.census(), this::holdsNothing);
    var census = hub.census();
    Eventually.await(
        PATIENCE,
        () -> "the hub holds " + hub.census(),
        () -> hub.census().direct().held() == 0 && hub.census().heap().held() == 0);
    if (census == null) throw new AssertionError("no census");
  }
}
