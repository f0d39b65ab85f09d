package io.tidegate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.Hub;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.Publication;
import io.tidegate.hub.TopicKind;
import io.tidegate.ledger.Purse;
import io.tidegate.net.LoopsConfig;
import io.tidegate.server.HttpServer;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Browser;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawBody;
import io.tidegate.testkit.RawHttp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// The page that shows a hub live, in a browser and to those who never read it.
@ExtendWith(Balanced.class)
class HubPageSystemTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final HubConfig TOPICS =
      HubConfig.DEFAULT
          .withTopic("cam/*", TopicKind.Latest.DEFAULT)
          .withTopic("**", TopicKind.Log.DEFAULT.withRingBytes(128 << 10));

  /// A hub with its page, in this process.
  private record Served(Hub hub, HubService service, HttpServer server) implements AutoCloseable {
    static Served of(@Nullable String token, Duration interval) throws IOException {
      var hub = Hub.open(TOPICS);
      var service = new HubService(hub, true, token, false, new HubOrigins(), interval);
      var loops = LoopsConfig.forCommand("hub-page").withCount(2);
      var server =
          HttpServer.start(s ->
              service.describe(
                  s.listen("127.0.0.1", 0).loops(loops).grace(Duration.ofMillis(100))));
      service.serves(server);
      return new Served(hub, service, server);
    }

    String host() {
      return "127.0.0.1:" + server.address().getPort();
    }

    RawHttp get(String path, String... fields) throws IOException {
      var http = RawHttp.open(server.address(), PATIENCE);
      var more = String.join("", java.util.Arrays.stream(fields).map(f -> f + "\r\n").toList());
      http.send("GET " + path + " HTTP/1.1\r\nHost: " + host() + "\r\n" + more + "\r\n");
      return http;
    }

    int status(String path, String... fields) throws IOException {
      try (var http = get(path, fields)) {
        return http.finalHead().status();
      }
    }

    void publish(String topic, int bytes) {
      var _ = hub.publish(topic, Publication.text("x".repeat(bytes)));
    }

    @Override
    public void close() {
      server.close();
      service.close();
      hub.close();
      Eventually.await(
          PATIENCE, () -> "the page holds " + service.feed().census(), () -> holds() == 0);
    }

    private long holds() {
      var census = service.feed().census();
      return census.direct().held() + census.heap().held();
    }
  }

  /// Reads events until one holds `text`.
  private static String await(RawBody body, String text) throws IOException {
    var seen = new StringBuilder();
    var piece = new byte[16 << 10];
    while (seen.indexOf(text) < 0 || seen.indexOf("\n\n", seen.indexOf(text)) < 0) {
      int read = body.read(piece);
      assertThat(read).isPositive();
      seen.append(new String(piece, 0, read, StandardCharsets.UTF_8));
    }
    return seen.toString();
  }

  @Test
  void thePageShowsATopicItsRatesAndASleepersLagAndDrops() throws Exception {
    try (var served = Served.of(null, Duration.ofMillis(200));
        var sleeper = served.get("/events/chat/asleep");
        var reader = served.get("/events/chat/lively");
        var publisher = Executors.newSingleThreadScheduledExecutor();
        var browser = Browser.open()) {
      var asleep = sleeper.body(sleeper.finalHead(), "GET");
      var lively = reader.body(reader.finalHead(), "GET");
      Eventually.await(PATIENCE, () -> "no two", () -> served.hub.figures().subscriptions() == 2);
      var reading = Thread.ofVirtual().start(() -> drain(lively));
      var _ =
          publisher.scheduleAtFixedRate(
              () -> {
                served.publish("chat/lively", 100);
                for (int i = 0; i < 4; i++) served.publish("chat/asleep", 30_000);
              },
              0,
              20,
              TimeUnit.MILLISECONDS);

      browser.visit("http://" + served.host() + "/");

      browser.await("document.getElementById('state').textContent === 'live'");
      browser.await(cell("topics", "chat/lively", 2) + " > 1");
      browser.await(cell("topics", "chat/lively", 3) + " > 1");
      browser.await(cell("topics", "chat/asleep", 5) + " > 100");
      browser.await(cell("slowest", "chat/asleep", 2) + " > 100");
      browser.await("parseFloat(document.getElementById('published').textContent) > 10");
      browser.await("document.getElementById('published-line').getAttribute('points').length > 20");
      assertThat(text(browser, "subscriptions")).isEqualTo("2");
      assertThat(text(browser, "rings-direct-text")).matches("Buffers: .* of .*iB");
      assertThat(text(browser, "connections-heap-text")).matches("Entries: .* of .*iB");
      var awake = Thread.ofVirtual().start(() -> drain(asleep));
      browser.await(cell("topics", "chat/asleep", 6) + " > 100");
      browser.await("parseFloat(document.getElementById('gaps').textContent) > 0");
      assertThat(browser.evaluate("document.documentElement.scrollWidth <= innerWidth"))
          .isEqualTo("true");
      Files.write(Path.of("target", "hub.png"), browser.screenshot());
      reader.close();
      sleeper.close();
      reading.join();
      awake.join();
    }
  }

  private static void drain(RawBody body) {
    var piece = new byte[4096];
    try {
      int read = body.read(piece);
      while (read > 0) read = body.read(piece);
    } catch (IOException _) {
      // closed here, or cut: it has read what there was
    }
  }

  /// The number in the row whose first cell is `name`.
  private static String cell(String table, String name, int column) {
    return "[...document.querySelectorAll('#%s tr')].filter(row => row.cells[0].textContent === '%s').map(row => Number(row.cells[%d].textContent.replaceAll(',', '')))[0]"
        .formatted(table, name, column);
  }

  private static String text(Browser browser, String id) throws IOException {
    return browser.evaluate("document.getElementById('" + id + "').textContent");
  }

  @Test
  void aHubWithATokenShowsNothingWithoutIt() throws Exception {
    try (var served = Served.of("sesame", Duration.ofMillis(200));
        var browser = Browser.open("--window-size=400,800")) {
      assertThat(served.status("/live")).isEqualTo(401);
      assertThat(served.status("/live", "Authorization: Bearer x")).isEqualTo(401);
      assertThat(served.status("/live", "Authorization: Bearer sesame")).isEqualTo(200);

      browser.visit("http://" + served.host() + "/");

      browser.await("!document.getElementById('door').hidden");
      assertThat(browser.evaluate("document.getElementById('view').hidden")).isEqualTo("true");
      enter(browser, "open");
      browser.await("document.getElementById('refused').textContent === 'That is not it.'");
      enter(browser, "sesame");
      browser.await("document.getElementById('state').textContent === 'live'");
      browser.await("document.getElementById('door').hidden");
      assertThat(browser.evaluate("location.href")).doesNotContain("sesame");
      assertThat(
              browser.evaluate(
                  "innerWidth < 600 && document.documentElement.scrollWidth <= innerWidth"))
          .isEqualTo("true");
    }
  }

  private static void enter(Browser browser, String token) throws IOException {
    var _ =
        browser.evaluate(
            "(() => { const field = document.getElementById('token'); field.value = '%s'; field.form.requestSubmit(); })()"
                .formatted(token));
  }

  @Test
  void thePageNeedsNothingFromElsewhereAndLetsNothingElseRun() throws Exception {
    try (var served = Served.of(null, Duration.ofSeconds(1));
        var http = RawHttp.open(served.server.address())) {
      var page = http.get(served.host(), "/");

      assertThat(page.status()).isEqualTo(200);
      assertThat(page.head().first("Content-Security-Policy"))
          .contains("default-src 'none'", "script-src 'sha256-", "style-src 'sha256-")
          .doesNotContain("unsafe");
      assertThat(page.body()).doesNotContain("https://", "http://", " style=", " onclick=");
      assertThat(served.status("/live", "Origin: http://evil.example")).isEqualTo(403);
      assertThat(served.status("/", "Sec-Fetch-Site: cross-site")).isEqualTo(403);
    }
  }

  @Test
  void fiftyWhoNeverReadThePageCostWhatIsBoundedAndOneWhoReadsGoesOn() throws Exception {
    try (var served = Served.of(null, Duration.ofMillis(5))) {
      for (int i = 0; i < 300; i++) served.publish("topic/" + "n".repeat(180) + i, 10);
      var asleep = new ArrayList<RawHttp>();
      try {
        for (int i = 0; i < 50; i++) asleep.add(served.get("/live"));
        for (var one : asleep) assertThat(one.finalHead().status()).isEqualTo(200);
        try (var reader = served.get("/live")) {
          var body = reader.body(reader.finalHead(), "GET");
          long most = 0;
          for (int i = 0; i < 200; i++) {
            var _ = await(body, "\"topicCount\":300");
            most = Math.max(most, served.service.feed().census().direct().held());
          }

          assertThat(most).isBetween(50_000L, HubFeed.BUDGET.directBytes());
          assertThat(served.server.loops().chargedBytes(Purse.DIRECT)).isLessThan(50 * 64 << 10);
        }
      } finally {
        asleep.forEach(RawHttp::close);
      }
      Eventually.await(
          PATIENCE, () -> "figures are made for nobody", () -> !served.service.feed().isRunning());
      assertThat(served.hub.figures().cut()).isZero();
    }
  }
}
