package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.TopicKind;
import io.tidegate.net.LoopsConfig;
import io.tidegate.server.HttpServer;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.RawHead;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import picocli.CommandLine;

@ExtendWith(Balanced.class)
class HubOriginsSystemTest {
  private static final String APP = "https://app.example";

  private record Served(Hub hub, HubService service, HttpServer server) implements AutoCloseable {
    static Served of(@Nullable String token, String... options) throws IOException {
      var origins = CommandLine.populateCommand(new HubOrigins(), options);
      var hub = Hub.open(HubConfig.DEFAULT.withTopic("**", TopicKind.Log.DEFAULT));
      var service = new HubService(hub, true, token, false, origins, Duration.ofSeconds(1));
      var loops = LoopsConfig.forCommand("origins").withCount(1);
      var server =
          HttpServer.start(s -> {
            service.describe(s.listen("127.0.0.1", 0).loops(loops).grace(Duration.ofMillis(100)));
            new HubDialects().describe(s, hub, origins, token != null, false);
          });
      service.serves(server);
      return new Served(hub, service, server);
    }

    RawHead ask(String method, String path, String origin, String... fields) throws IOException {
      try (var http = RawHttp.open(server.address())) {
        var more = String.join("", java.util.Arrays.stream(fields).map(f -> f + "\r\n").toList());
        http.send(
            method
                + (" " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + server.address().getPort())
                + ("\r\nOrigin: " + origin + "\r\nSec-Fetch-Site: cross-site\r\n")
                + (more + "\r\n"));
        return http.finalHead();
      }
    }

    int status(String method, String path, String origin, String... fields) throws IOException {
      return ask(method, path, origin, fields).status();
    }

    @Override
    public void close() {
      server.close();
      service.close();
      hub.close();
    }
  }

  private static final String[] HELLO = {"Content-Type: text/plain", "Content-Length: 0"};

  private static final String[] SOCKET = {
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
  };

  @Test
  void withoutOptionsPagesOfOthersAreKeptOut() throws IOException {
    try (var hub = Served.of(null)) {
      assertThat(hub.status("GET", "/healthz", APP)).isEqualTo(403);
      assertThat(hub.ask("OPTIONS", "/healthz", APP, "Access-Control-Request-Method: GET").raw())
          .doesNotContain("Access-Control");
    }
  }

  @Test
  void pagesThatAreNamedUseAllRoutes() throws IOException {
    try (var hub = Served.of(null, "--cors-origin", APP + ",https://*.b.example")) {
      var events = hub.ask("GET", "/events/chat", APP);
      var posted = hub.ask("POST", "/publish/chat", "https://x.b.example", HELLO);

      assertThat(events.status()).isEqualTo(200);
      assertThat(events.first("Access-Control-Allow-Origin")).isEqualTo(APP);
      assertThat(events.first("Access-Control-Allow-Credentials")).isEqualTo("true");
      assertThat(posted.status()).isEqualTo(202);
      assertThat(posted.first("Access-Control-Expose-Headers")).contains("Tidegate-Position");
      assertThat(hub.status("GET", "/ws/chat", APP, SOCKET)).isEqualTo(101);
      assertThat(hub.status("GET", "/connection/websocket", APP, SOCKET)).isEqualTo(101);
      assertThat(hub.status("GET", "/healthz", "https://evil.example")).isEqualTo(403);
      assertThat(hub.status("GET", "/ws/chat", "https://evil.example", SOCKET)).isEqualTo(403);
    }
  }

  @Test
  void everyPageReadsOnlyWhereThereIsNoToken() throws IOException {
    try (var hub = Served.of(null, "--cors-origin", "*")) {
      var events = hub.ask("GET", "/events/chat", "https://any.example");

      assertThat(events.first("Access-Control-Allow-Origin")).isEqualTo("*");
      assertThat(events.first("Access-Control-Allow-Credentials")).isNull();
      assertThat(hub.status("POST", "/publish/chat", APP, HELLO)).isEqualTo(403);
      assertThat(hub.status("GET", "/ws/chat", APP, SOCKET)).isEqualTo(403);
    }
  }

  @Test
  void everyPagePublishesThatShowsTheToken() throws IOException {
    try (var hub = Served.of("key", "--cors-origin", "*")) {
      var asked = hub.ask("OPTIONS", "/publish/a/b", APP, "Access-Control-Request-Method: POST");

      assertThat(asked.status()).isEqualTo(204);
      assertThat(asked.first("Access-Control-Allow-Headers")).contains("Authorization");
      assertThat(hub.status("POST", "/publish/chat", APP, HELLO)).isEqualTo(401);
      assertThat(
              hub.status(
                  "POST", "/publish/chat", APP, HELLO[0], HELLO[1], "Authorization: Bearer key"))
          .isEqualTo(202);
    }
  }

  @Test
  void whatIsNoOriginIsSaidInALine() {
    var none = CommandLine.populateCommand(new HubOrigins(), "--cors-origin", "app.example");
    assertThatThrownBy(none::sockets)
        .isInstanceOf(CommandFailure.class)
        .hasMessage("--cors-origin: not an origin: app.example");
    var all = CommandLine.populateCommand(new HubOrigins(), "--publish-origin", "*");
    assertThatThrownBy(all::publishers)
        .hasMessage("--publish-origin: name the origins; * lets any page use the cookie");
  }
}
