package io.tidegate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.http.semantics.Cors;
import io.tidegate.http.semantics.HttpError;
import io.tidegate.http.semantics.Origins;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Browser;
import io.tidegate.testkit.RawHead;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Balanced.class)
class CorsSystemTest {
  private static final String APP = "https://app.example";
  private static final Cors LISTED =
      Cors.of(Origins.of(APP, "https://*.app.example")).withExposedFields("Link", "ETag");

  private static ServerRig rig(Cors cors) {
    return new ServerRig(s ->
        s.cors(cors)
            .get("/a", _ -> Answer.text("a").withField("Link", "</b>; rel=next"))
            .post("/a", _ -> "posted")
            .get("/loop", Handler.onLoop(_ -> "loop"))
            .get(
                "/denied",
                _ -> {
                  throw new HttpError(401, "no token");
                })
            .get("/live", _ -> Answer.written("text/plain", out -> out.write('x'))));
  }

  private static RawHead ask(ServerRig rig, String method, String path, String... fields)
      throws IOException {
    try (var http = rig.raw()) {
      var more = String.join("", List.of(fields).stream().map(f -> f + "\r\n").toList());
      http.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n");
      return http.finalHead();
    }
  }

  /// Who may read it, whether with cookies, what else of it, and what it varies by.
  private static List<String> told(RawHead head) {
    var names =
        List.of(
            "Access-Control-Allow-Origin",
            "Access-Control-Allow-Credentials",
            "Access-Control-Expose-Headers",
            "Vary");
    var told = new ArrayList<String>();
    for (var name : names) told.add(head.first(name) == null ? "" : head.first(name));
    return told;
  }

  @Test
  void aPageOfAListedOriginReadsEveryAnswerErrorsIncluded() throws IOException {
    try (var rig = rig(LISTED)) {
      for (var path : List.of("/a", "/loop", "/denied", "/live", "/nothing"))
        assertThat(told(ask(rig, "GET", path, "Origin: " + APP)))
            .as(path)
            .containsExactly(APP, "true", "Link, ETag", "Origin");
      assertThat(told(ask(rig, "DELETE", "/a", "Origin: https://x.app.example")).getFirst())
          .isEqualTo("https://x.app.example");
    }
  }

  @Test
  void othersAreToldNothingButThatAnswersVary() throws IOException {
    String[][] strangers = {
      {},
      {"Origin: https://evil.example"},
      {"Origin: null"},
      {"Origin: http://app.example"},
      {"Origin: " + APP, "Origin: " + APP}
    };
    try (var rig = rig(LISTED)) {
      for (var fields : strangers)
        assertThat(told(ask(rig, "GET", "/a", fields))).containsExactly("", "", "", "Origin");
    }
  }

  @Test
  void everyOriginIsAStarWithoutCookies() throws IOException {
    try (var rig = rig(Cors.of(Origins.any()))) {
      assertThat(told(ask(rig, "GET", "/a", "Origin: null"))).containsExactly("*", "", "", "");
      assertThat(told(ask(rig, "GET", "/a"))).as("in a cache").containsExactly("*", "", "", "");
    }
  }

  @Test
  void aBrowserThatAsksBeforehandIsToldWhatAPathHas() throws IOException {
    var method = "Access-Control-Request-Method: ";
    try (var rig = rig(LISTED.withMaxAge(Duration.ofSeconds(5)))) {
      var posts = ask(rig, "OPTIONS", "/a", "Origin: " + APP, method + "POST");
      var deletes = ask(rig, "OPTIONS", "/a", "Origin: " + APP, method + "DELETE");
      var stranger = ask(rig, "OPTIONS", "/a", "Origin: https://b.example", method + "POST");
      var none = ask(rig, "OPTIONS", "/a", "Origin: " + APP);
      var odd = ask(rig, "OPTIONS", "/a", "Origin: " + APP, method + "P ST");

      assertThat(posts.status()).isEqualTo(204);
      assertThat(told(posts)).startsWith(APP, "true");
      assertThat(posts.first("Access-Control-Allow-Methods")).isEqualTo("POST");
      assertThat(posts.first("Access-Control-Allow-Headers"))
          .isEqualTo("Authorization, Cache-Control, Content-Type, Last-Event-ID");
      assertThat(posts.first("Access-Control-Max-Age")).isEqualTo("5");
      assertThat(deletes.first("Access-Control-Allow-Methods"))
          .isEqualTo("GET, HEAD, OPTIONS, POST");
      assertThat(stranger.status()).isEqualTo(403);
      assertThat(stranger.raw()).doesNotContain("Access-Control");
      assertThat(none.first("Allow")).isEqualTo("GET, HEAD, OPTIONS, POST");
      assertThat(none.first("Access-Control-Allow-Methods")).isNull();
      assertThat(odd.first("Access-Control-Allow-Methods")).isNull();
    }
  }

  @Test
  void withoutItPagesOfOthersAreToldNothing() throws IOException {
    try (var rig = new ServerRig(s -> s.get("/a", _ -> "a"))) {
      var head = ask(rig, "GET", "/a", "Origin: " + APP);
      var asked = ask(rig, "OPTIONS", "/a", "Origin: " + APP, "Access-Control-Request-Method: GET");

      assertThat(told(head)).containsExactly("", "", "", "");
      assertThat(asked.first("Allow")).isEqualTo("GET, HEAD, OPTIONS");
      assertThat(asked.raw()).doesNotContain("Access-Control");
    }
  }

  @Test
  void cookiesFromEverywhereAreNoConfiguration() {
    var any = Cors.of(Origins.any());

    assertThatThrownBy(
            () -> new Cors(Origins.any(), true, any.requestFields(), List.of(), any.maxAge()))
        .hasMessage("credentials want their origins listed");
    assertThatThrownBy(() -> any.withExposedFields("a b")).hasMessage("not a field's name: a b");
    assertThatThrownBy(() -> any.withMaxAge(Duration.ofDays(2)))
        .hasMessageStartingWith("maxAge not in 0..1 day");
  }

  @Test
  void aBrowserObeys() throws IOException {
    try (var page = new ServerRig(s -> s.get("/", _ -> Answer.html("<!doctype html>page")));
        var rig = rig(Cors.of(Origins.of(origin(page))).withExposedFields("Link"));
        var strange = rig(LISTED);
        var browser = Browser.open()) {
      browser.visit(page.uri("/").toString());

      assertThat(browser.evaluate(fetch(rig, "/a", "{ credentials: 'include' }")))
          .isEqualTo("200 </b>; rel=next a");
      assertThat(
              browser.evaluate(
                  fetch(rig, "/a", "{ method: 'POST', headers: { Authorization: 'Bearer x' } }")))
          .isEqualTo("200 null posted");
      assertThat(browser.evaluate(fetch(rig, "/denied", "{}"))).isEqualTo("401 null no token\n");
      assertThat(browser.evaluate(fetch(rig, "/a", "{ headers: { 'X-Other': 'x' } }")))
          .isEqualTo("TypeError");
      assertThat(browser.evaluate(fetch(strange, "/a", "{}"))).isEqualTo("TypeError");
    }
  }

  private static String origin(ServerRig rig) {
    return "http://127.0.0.1:" + rig.address().getPort();
  }

  private static String fetch(ServerRig rig, String path, String options) {
    return "fetch('%s', %s).then(async r => r.status + ' ' + r.headers.get('Link') + ' ' + await r.text(), e => e.name)"
        .formatted(rig.uri(path), options);
  }
}
