package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.http.semantics.Origins;
import io.tidegate.hub.HubConfig;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.dialects.HubRig;
import io.tidegate.hub.jwt.JwtKey;
import io.tidegate.hub.jwt.JwtVerifier;
import io.tidegate.hub.jwt.Tokens;
import io.tidegate.server.Answer;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Browser;
import io.tidegate.testkit.ChaosProxy;
import java.io.IOException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Pages of one origin and a hub of another, with a browser that sees to the rules between them.
@ExtendWith(Balanced.class)
class MercureOriginsSystemTest {
  private static final String BOTH =
      Tokens.of("{\"mercure\":{\"publish\":[\"*\"],\"subscribe\":[\"a\"]}}");
  private static final JwtVerifier TOKENS = new JwtVerifier(JwtKey.secret(Tokens.SECRET));

  /// Where the page comes from: another port, so another origin, yet a host whose cookies are those
  /// of the hub's.
  private static HubRig pages() {
    return new HubRig(
        HubConfig.DEFAULT,
        (server, _) -> server.get("/page", _ -> Answer.html("<!doctype html><title>x</title>")));
  }

  private static HubRig hub(Origins origins, UnaryOperator<MercureConfig> with) {
    return new HubRig(
        HubConfig.DEFAULT.withTopic("mercure", TopicKind.Log.DEFAULT),
        (server, hub) -> {
          var mercure = Mercure.on(hub, with.apply(MercureConfig.of(TOKENS)));
          server
              .cors(Mercure.cors(origins))
              .get(Mercure.PATH, mercure.subscribe())
              .post(Mercure.PATH, mercure.publish());
        });
  }

  private static String origin(HubRig rig) {
    return "http://" + rig.host();
  }

  private static void tell(HubRig rig, String data) throws Exception {
    var fields = new String[] {"Authorization", "Bearer " + BOTH};
    var answer =
        rig.post(Mercure.PATH, fields, "topic", "a", "private", "on", "retry", "100", "data", data);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  /// Opens a stream of topic `a`, and keeps what comes in `seen`.
  private static void watch(Browser browser, String host, boolean credentials) throws IOException {
    var _ =
        browser.evaluate(
            """
            window.seen = [], window.events = new EventSource('http://%s%s?topic=a', { withCredentials: %s }),
            events.onmessage = e => seen.push(e.data), 1
            """
                .formatted(host, Mercure.PATH, credentials));
  }

  private static void remember(Browser browser) throws IOException {
    var _ =
        browser.evaluate(
            "document.cookie = 'mercureAuthorization=%s; path=/.well-known/mercure', 1"
                .formatted(BOTH));
  }

  @Test
  void anEventSourceOfAListedOriginBringsItsCookieAndComesBackWhereItStood() throws Exception {
    try (var pages = pages();
        var hub = hub(Origins.of(origin(pages)), config -> config);
        var proxy = ChaosProxy.open(hub.server.address());
        var browser = Browser.open()) {
      browser.visit(origin(pages) + "/page");
      remember(browser);
      watch(browser, "127.0.0.1:" + proxy.address().getPort(), true);
      browser.await("events.readyState === 1");
      tell(hub, "1");
      browser.await("seen.length === 1");
      proxy.resetAll();
      tell(hub, "2");

      browser.await("seen.length === 2");
      assertThat(browser.evaluate("seen.join()")).isEqualTo("1,2");
      var _ = browser.evaluate("events.close()");
    }
  }

  @Test
  void anEventSourceOfAnyOriginSeesWhatIsForAllAndNoMore() throws Exception {
    try (var pages = pages();
        var hub = hub(Origins.any(), MercureConfig::withAnonymous);
        var browser = Browser.open()) {
      browser.visit(origin(pages) + "/page");
      remember(browser);
      watch(browser, hub.host(), true);
      browser.await("events.readyState === 2");
      watch(browser, hub.host(), false);
      browser.await("events.readyState === 1");
      tell(hub, "private");
      var fields = new String[] {"Authorization", "Bearer " + BOTH};
      assertThat(hub.post(Mercure.PATH, fields, "topic", "a", "data", "open").statusCode())
          .isEqualTo(200);

      browser.await("seen.length === 1");
      assertThat(browser.evaluate("seen.join()")).isEqualTo("open");
      var _ = browser.evaluate("events.close()");
    }
  }

  @Test
  void aPageOfAnOriginThatIsNotListedSeesNothing() throws Exception {
    try (var pages = pages();
        var hub = hub(Origins.of("https://app.example"), MercureConfig::withAnonymous);
        var browser = Browser.open()) {
      browser.visit(origin(pages) + "/page");
      watch(browser, hub.host(), false);

      browser.await("events.readyState === 2");
      assertThat(browser.evaluate(publishing(hub, "'Bearer " + BOTH + "'"))).isEqualTo("TypeError");
      assertThat(hub.hub.figures().published()).isZero();
    }
  }

  /// Publishes by fetch: with this token, or with the cookie.
  private static String publishing(HubRig hub, String token) {
    return """
    fetch('http://%s%s', { method: 'POST', credentials: 'include', body: new URLSearchParams({ topic: 'a', data: 'x' }),
      headers: %s ? { Authorization: %s } : {} }).then(async r => r.status + ' ' + await r.text(), e => e.name)
    """
        .formatted(hub.host(), Mercure.PATH, token, token);
  }

  @Test
  void aPagePublishesWithATokenAndWithACookieIfItMay() throws Exception {
    try (var pages = pages();
        var strict = hub(Origins.of(origin(pages)), config -> config);
        var open =
            hub(Origins.of(origin(pages)), config -> config.withPublishOrigins(origin(pages)));
        var browser = Browser.open()) {
      browser.visit(origin(pages) + "/page");
      remember(browser);

      assertThat(browser.evaluate(publishing(strict, "'Bearer " + BOTH + "'")))
          .startsWith("200 urn:tidegate:");
      assertThat(browser.evaluate(publishing(strict, "''")))
          .startsWith("403 ")
          .contains("pages of this origin may not publish with a cookie");
      assertThat(browser.evaluate(publishing(open, "''"))).startsWith("200 urn:tidegate:");
      assertThat(browser.evaluate(publishing(open, "'Bearer garbage'"))).startsWith("401 ");
    }
  }

  @Test
  void aClientThatFetchesNamesItsTokenAndReadsWhereItStands() throws Exception {
    try (var pages = pages();
        var hub = hub(Origins.of(origin(pages)), config -> config);
        var browser = Browser.open()) {
      tell(hub, "1");
      browser.visit(origin(pages) + "/page");

      var seen =
          browser.evaluate(
              """
              fetch('http://%s%s?topic=a', { headers: { Authorization: 'Bearer %s', 'Last-Event-ID': 'earliest', 'Cache-Control': 'no-cache' } })
                .then(async r => {
                  const reader = r.body.pipeThrough(new TextDecoderStream()).getReader();
                  let text = '';
                  while (!text.includes('data: 1')) text += (await reader.read()).value;
                  await reader.cancel();
                  return r.headers.get('Last-Event-ID') + ' ' + r.headers.get('Content-Type');
                }, e => e.name)
              """
                  .formatted(hub.host(), Mercure.PATH, BOTH));

      assertThat(seen).isEqualTo("earliest text/event-stream");
    }
  }

  @Test
  void whoMayPublishWithACookieIsNamed() {
    var config = MercureConfig.of(TOKENS);

    assertThatThrownBy(() -> config.withPublishOrigins("*"))
        .hasMessage("who may publish with a cookie is named");
    assertThatThrownBy(() -> config.withPublishOrigins("null")).hasMessage("not an origin: null");
  }
}
