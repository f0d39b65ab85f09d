package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.TopicKind;
import io.tidegate.net.LoopsConfig;
import io.tidegate.server.HttpServer;
import io.tidegate.testkit.RawHttp;
import io.tidegate.testkit.RawWebSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class HubDialectsSystemTest {
  private static final HubConfig LOGS = HubConfig.DEFAULT.withTopic("**", TopicKind.Log.DEFAULT);

  @TempDir private Path folder;

  private record Served(Hub hub, HttpServer server) implements AutoCloseable {
    static Served of(HubConfig config, boolean hasOwner, boolean isPrivate, String... options)
        throws IOException {
      var dialects = CommandLine.populateCommand(new HubDialects(), options);
      var hub = Hub.open(config);
      try {
        var loops = LoopsConfig.forCommand("dialects").withCount(1);
        return new Served(
            hub,
            HttpServer.start(s -> {
              s.listen("127.0.0.1", 0).loops(loops).grace(Duration.ofMillis(100));
              dialects.describe(s, hub, new HubOrigins(), hasOwner, isPrivate);
            }));
      } catch (RuntimeException failed) {
        hub.close();
        throw failed;
      }
    }

    int status(String path) throws IOException {
      try (var http = RawHttp.open(server.address())) {
        http.send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return http.finalHead().status();
      }
    }

    String saysTo(String... commands) throws IOException {
      try (var socket = RawWebSocket.open(server.address(), "localhost", "/connection/websocket")) {
        var last = "";
        for (var command : commands) {
          socket.sendText(command);
          var frame = socket.read();
          last = frame.opcode() == 8 ? "closed " + frame.closeCode() : frame.text();
        }
        return last;
      }
    }

    @Override
    public void close() {
      server.close();
      hub.close();
    }
  }

  private static final String CONNECT = "{\"id\":1,\"connect\":{}}";
  private static final String SUBSCRIBE = "{\"id\":2,\"subscribe\":{\"channel\":\"a\"}}";
  private static final String PUBLISH = "{\"id\":3,\"publish\":{\"channel\":\"a\",\"data\":1}}";

  private String key(String text) throws IOException {
    return Files.writeString(folder.resolve("key"), text).toString();
  }

  @Test
  void withoutAKeyCentrifugosClientsAreLetInAndThereIsNoMercure() throws IOException {
    try (var open = Served.of(LOGS, false, false);
        var owned = Served.of(LOGS, true, false);
        var hidden = Served.of(LOGS, true, true)) {
      assertThat(open.status("/.well-known/mercure?topic=a")).isEqualTo(404);
      assertThat(open.saysTo(CONNECT, SUBSCRIBE)).contains("\"recoverable\":true");
      assertThat(open.saysTo(CONNECT, PUBLISH)).isEqualTo("{\"id\":3,\"publish\":{}}");
      assertThat(owned.saysTo(CONNECT, SUBSCRIBE)).contains("\"recoverable\":true");
      assertThat(owned.saysTo(CONNECT, PUBLISH)).contains("\"code\":103");
      assertThat(hidden.status("/connection/websocket")).isEqualTo(404);
    }
  }

  @Test
  void withAKeyBothAskForTokens() throws IOException {
    var key = key("a secret that is long enough, by far\n");
    try (var strict = Served.of(LOGS, false, false, "--jwt-key", key);
        var open = Served.of(LOGS, false, false, "--jwt-key", key, "--anonymous");
        var hidden = Served.of(LOGS, true, true, "--jwt-key", key, "--anonymous")) {
      assertThat(strict.status("/.well-known/mercure?topic=a")).isEqualTo(401);
      assertThat(strict.saysTo(CONNECT)).isEqualTo("closed 3500");
      assertThat(open.status("/.well-known/mercure?topic=a")).isEqualTo(200);
      assertThat(open.saysTo(CONNECT, SUBSCRIBE)).contains("\"recoverable\":true");
      assertThat(hidden.status("/.well-known/mercure?topic=a")).isEqualTo(401);
      assertThat(hidden.saysTo(CONNECT)).isEqualTo("closed 3500");
    }
  }

  @Test
  void withTheHubsUrlAndAnIssuerMercuresVersionOneIsSpoken() throws IOException {
    var key = key("a secret that is long enough, by far\n");
    var url = "https://hub.example/.well-known/mercure";
    String[] whole = {
      "--jwt-key", key, "--anonymous", "--mercure-url", url, "--mercure-issuer", "me"
    };
    try (var one = Served.of(LOGS, false, false, whole)) {
      assertThat(one.status("/.well-known/mercure?match=a")).isEqualTo(200);
      assertThat(one.status("/.well-known/mercure?topic=a")).isEqualTo(400);
      assertThat(one.status("/.well-known/mercure?match_regexp=a")).isEqualTo(400);
    }
    assertThatThrownBy(() -> Served.of(LOGS, false, false, "--jwt-key", key, "--mercure-url", url))
        .isInstanceOf(CommandFailure.class)
        .hasMessage("--mercure-url, --mercure-issuer and --jwt-key go together");
    assertThatThrownBy(() ->
            Served.of(
                LOGS,
                false,
                false,
                "--jwt-key",
                key,
                "--mercure-url",
                "/relative",
                "--mercure-issuer",
                "me"))
        .hasMessage("--mercure-url: not a URL: /relative");
  }

  @Test
  void aKeyThatIsNoneOrAHubWithoutALogIsSaidInALine() throws IOException {
    var weak = key("short");

    assertThatThrownBy(() -> Served.of(LOGS, false, false, "--jwt-key", weak))
        .isInstanceOf(CommandFailure.class)
        .hasMessage("--jwt-key " + weak + ": a secret for HS256 has at least 32 bytes: 5");
    var absent = folder.resolve("absent").toString();
    assertThatThrownBy(() -> Served.of(LOGS, false, false, "--jwt-key", absent))
        .hasMessage("--jwt-key " + absent + " cannot be read");
    var good = key("a secret that is long enough, by far");
    var pictures = HubConfig.DEFAULT.withTopic("**", TopicKind.Latest.DEFAULT);
    assertThatThrownBy(() -> Served.of(pictures, false, false, "--jwt-key", good))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("add the line 'mercure/* log' to --topics");
  }
}
