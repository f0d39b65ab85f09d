package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tidegate.hub.HubConfig;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.dialects.HubRig;
import io.tidegate.hub.dialects.Peers;
import io.tidegate.hub.jwt.JwtKey;
import io.tidegate.hub.jwt.JwtVerifier;
import io.tidegate.hub.jwt.Tokens;
import io.tidegate.server.Answer;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Browser;
import io.tidegate.testkit.ChaosProxy;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@ExtendWith(Balanced.class)
class MercureSystemTest {
  private static final String PUBLISHER = Tokens.of("{\"mercure\":{\"publish\":[\"*\"]}}");
  private static final String BOOKS_ONLY =
      Tokens.of("{\"mercure\":{\"publish\":[\"books/{id}\"]}}");
  private static final String ADA =
      Tokens.of("{\"mercure\":{\"subscribe\":[\"users/ada\",\"films/{id}\"]}}");
  private static final String NOBODY = Tokens.of("{\"sub\":\"x\"}");

  private static HubRig rig() {
    return rig(TopicKind.Log.DEFAULT, MercureConfig::withAnonymous);
  }

  private static HubRig rig(TopicKind kind, UnaryOperator<MercureConfig> with) {
    var config = MercureConfig.of(new JwtVerifier(JwtKey.secret(Tokens.SECRET)));
    return new HubRig(
        HubConfig.DEFAULT.withTopic("mercure", kind),
        (server, hub) -> {
          var mercure = Mercure.on(hub, with.apply(config));
          server
              .get(Mercure.PATH, mercure.subscribe())
              .post(Mercure.PATH, mercure.publish())
              .get("/page", _ -> Answer.html("<!doctype html><title>page</title>"))
              .get("/book", _ -> mercure.discoverable(Answer.text("a book"), Mercure.PATH));
        });
  }

  private static String[] bearer(String token) {
    return new String[] {"Authorization", "Bearer " + token};
  }

  private static String publish(HubRig rig, String... form) throws Exception {
    var answer = rig.post(Mercure.PATH, bearer(PUBLISHER), form);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private static void tell(HubRig rig, String... form) throws Exception {
    var _ = publish(rig, form);
  }

  @Test
  void anUpdateReachesWhoAsksForOneOfItsTopicsAndNobodyElse() throws Exception {
    try (var rig = rig();
        var books = new EventLines(rig, "topic=books%2F%7Bid%7D");
        var other = new EventLines(rig, "topic=films%2F1&topic=last");
        var all = new EventLines(rig, "topic=*")) {
      var first = publish(rig, "topic", "books/1", "topic", "books/1?lang=fr", "data", "one");
      var last = publish(rig, "topic", "last", "data", "bye");

      assertThat(first).startsWith("urn:tidegate:");
      assertThat(books.next()).isEqualTo("id: " + first + "\ndata: one");
      assertThat(all.next()).isEqualTo("id: " + first + "\ndata: one");
      assertThat(all.next()).isEqualTo("id: " + last + "\ndata: bye");
      assertThat(other.next()).isEqualTo("id: " + last + "\ndata: bye");
    }
  }

  @Test
  void typeRetryIdAndLinesArriveAsEvents() throws Exception {
    try (var rig = rig();
        var all = new EventLines(rig, "topic=*")) {
      var id =
          publish(
              rig,
              "topic",
              "a",
              "type",
              "note",
              "retry",
              "250",
              "id",
              "urn:me:1",
              "data",
              "one\ntwo\r\nthree\rfour\n");
      var empty = publish(rig, "topic", "a");

      assertThat(id).isEqualTo("urn:me:1");
      assertThat(all.next())
          .isEqualTo(
              "event: note\nretry: 250\nid: urn:me:1\ndata: one\ndata: two\ndata: three\ndata: four\ndata: ");
      assertThat(all.next()).isEqualTo("id: " + empty + "\ndata: ");
    }
  }

  @Test
  void aPrivateUpdateIsForThoseWhoseTokenAllowsIt() throws Exception {
    try (var rig = rig();
        var ada = new EventLines(rig, "topic=*", "Authorization: Bearer " + ADA);
        var cookie = new EventLines(rig, "topic=films%2F1", "Cookie: mercureAuthorization=" + ADA);
        var anybody = new EventLines(rig, "topic=*")) {
      tell(rig, "topic", "users/eve", "private", "on", "data", "for eve");
      tell(rig, "topic", "films/1", "private", "on", "data", "for ada");
      tell(rig, "topic", "films/1", "data", "for all");

      assertThat(ada.next()).endsWith("data: for ada");
      assertThat(ada.next()).endsWith("data: for all");
      assertThat(cookie.next()).endsWith("data: for ada");
      assertThat(anybody.next()).endsWith("data: for all");
    }
  }

  @Test
  void whoComesBackGoesOnWhereItStood() throws Exception {
    try (var rig = rig()) {
      var first = publish(rig, "topic", "a", "data", "1");
      tell(rig, "topic", "a", "data", "2", "id", "urn:me:2");
      tell(rig, "topic", "b", "data", "3");
      tell(rig, "topic", "a", "private", "on", "data", "4");
      tell(rig, "topic", "a", "data", "5");

      try (var byField = new EventLines(rig, "topic=a", "Last-Event-ID: " + first);
          var byQuery = new EventLines(rig, "topic=a&lastEventID=urn:me:2");
          var earliest = new EventLines(rig, "topic=a&lastEventID=earliest")) {
        assertThat(byField.head().first("Last-Event-ID")).isEqualTo(first);
        assertThat(byField.next()).isEqualTo("id: urn:me:2\ndata: 2");
        assertThat(byField.next()).endsWith("data: 5");
        assertThat(byQuery.next()).endsWith("data: 5");
        assertThat(earliest.next()).endsWith("data: 1");
        assertThat(earliest.next()).endsWith("data: 2");
        assertThat(earliest.next()).endsWith("data: 5");
      }
    }
  }

  @Test
  void whoNamesWhatNobodyKnowsIsToldOfAGap() throws Exception {
    try (var rig = rig()) {
      tell(rig, "topic", "a", "data", "1");

      try (var lost = new EventLines(rig, "topic=a&lastEventID=urn:uuid:of-another-life")) {
        assertThat(lost.head().first("Last-Event-ID")).isEqualTo("earliest");
        assertThat(lost.next())
            .startsWith("event: gap\nid: urn:tidegate:")
            .endsWith("data: {\"cause\":\"unknown-position\",\"lost\":null}");
      }
    }
  }

  @Test
  void whoWasAwayForLongerThanTheLogReachesIsToldHowMuchIsMissing() throws Exception {
    var three = TopicKind.Log.DEFAULT.withMaxMessages(3);
    try (var rig = rig(three, MercureConfig::withAnonymous)) {
      var first = publish(rig, "topic", "a", "data", "1");
      for (int i = 2; i <= 6; i++) tell(rig, "topic", "a", "data", "" + i);

      try (var late = new EventLines(rig, "topic=a&lastEventID=" + first)) {
        assertThat(late.next())
            .startsWith("event: gap\nid: urn:tidegate:")
            .endsWith("data: {\"cause\":\"away\",\"lost\":2}");
        assertThat(late.next()).endsWith("data: 4");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', topic, a, 401, no token",
    "Basic, topic, a, 401, Authorization is no Bearer",
    "garbage, topic, a, 401, not a signed token",
    "nobody, topic, a, 403, a token without mercure.publish",
    "books, topic, films/1, 403, a topic that the token does not allow",
    "books, data, x, 400, Missing \"topic\" parameter"
  })
  void whoMayNotPublishIsToldWhy(String token, String name, String value, int status, String why)
      throws Exception {
    try (var rig = rig()) {
      var answer = post(rig, token, name, value);

      assertThat(answer.statusCode()).isEqualTo(status);
      assertThat(answer.body()).contains(why);
      assertThat(rig.hub.figures().published()).isZero();
    }
  }

  private static HttpResponse<String> post(HubRig rig, String token, String... form)
      throws Exception {
    var fields =
        switch (token) {
          case "" -> new String[0];
          case "Basic" -> new String[] {"Authorization", "Basic YTpi"};
          case "nobody" -> bearer(NOBODY);
          case "books" -> bearer(BOOKS_ONLY);
          default -> bearer(token);
        };
    return rig.post(Mercure.PATH, fields, form);
  }

  @Test
  void aCookiePublishesFromPagesThatWereNamedAlone() throws Exception {
    try (var rig =
        rig(TopicKind.Log.DEFAULT, config -> config.withPublishOrigins("https://a.example"))) {
      var cookie = "mercureAuthorization=" + PUBLISHER;
      String[][] fields = {
        {"Cookie", cookie, "Origin", "https://a.example"},
        {"Cookie", cookie, "Referer", "https://a.example/page?x"},
        {"Cookie", cookie, "Origin", "https://b.example"},
        {"Cookie", cookie}
      };
      int[] statuses = {200, 200, 403, 403};

      for (int i = 0; i < fields.length; i++)
        assertThat(rig.post(Mercure.PATH, fields[i], "topic", "a").statusCode())
            .isEqualTo(statuses[i]);
    }
  }

  @Test
  void withoutATokenNobodyIsLetInUnlessAllAre() throws Exception {
    try (var rig = rig(TopicKind.Log.DEFAULT, config -> config);
        var none = new EventLines(rig, "topic=a");
        var wrong = new EventLines(rig, "topic=a&authorization=" + NOBODY);
        var ada = new EventLines(rig, "topic=a&authorization=" + ADA)) {
      assertThat(none.head().status()).isEqualTo(401);
      assertThat(wrong.head().status()).isEqualTo(401);
      assertThat(ada.head().status()).isEqualTo(200);
    }
  }

  @Test
  void aStreamEndsWhenItsTokenCountsNoLonger() throws IOException {
    var soon = Instant.now().minus(JwtVerifier.SKEW).plusSeconds(5).getEpochSecond();
    var token = Tokens.of("{\"exp\":" + soon + ",\"mercure\":{\"subscribe\":[\"*\"]}}");
    try (var rig = rig(TopicKind.Log.DEFAULT, config -> config);
        var lines = new EventLines(rig, "topic=a&authorization=" + token)) {
      assertThatThrownBy(lines::next).hasMessageStartingWith("the stream ended");
      assertThat(rig.hub.figures().subscriptions()).isZero();
    }
  }

  @Test
  void aSubscriptionWithoutATopicOrWithTooManyIsRefused() throws IOException {
    try (var rig = rig();
        var none = new EventLines(rig, "x=y");
        var many = new EventLines(rig, "topic=a&".repeat(101))) {
      assertThat(none.head().status()).isEqualTo(400);
      assertThat(many.head().status()).isEqualTo(400);
    }
  }

  @Test
  void aPageLinksToItsHub() throws IOException {
    try (var rig = rig();
        var http = rig.raw()) {
      assertThat(http.get(rig.host(), "/book").head().first("Link"))
          .isEqualTo("</.well-known/mercure>; rel=\"mercure\"");
    }
  }

  @Test
  void anUpdateThatIsTooLongIsRefusedByName() throws Exception {
    var small = TopicKind.Log.DEFAULT.withMaxMessageBytes(1_000);
    try (var rig = rig(small, MercureConfig::withAnonymous)) {
      var answer =
          rig.post(Mercure.PATH, bearer(PUBLISHER), "topic", "a", "data", "x".repeat(1_001));

      assertThat(answer.statusCode()).isEqualTo(413);
    }
  }

  @Test
  void curlPublishesAndSubscribes() throws Exception {
    try (var rig = rig();
        var subscriber = Peers.curl("http://" + rig.host() + Mercure.PATH + "?topic=a")) {
      var _ = subscriber.awaitLine(line -> line.startsWith("id: "), HubRig.PATIENCE);
      try (var publisher =
          Peers.curl(
              "-H",
              "Authorization: Bearer " + PUBLISHER,
              "-d",
              "topic=a",
              "--data-urlencode",
              "data=é & more",
              "http://" + rig.host() + Mercure.PATH)) {
        assertThat(publisher.awaitExit(HubRig.PATIENCE)).isZero();
      }

      var line = subscriber.awaitLine(each -> each.startsWith("data: "), HubRig.PATIENCE);
      assertThat(line).isEqualTo("data: é & more");
    }
  }

  @Test
  void aPageInABrowserSeesUpdatesByCookie() throws Exception {
    try (var rig = rig(TopicKind.Log.DEFAULT, config -> config);
        var browser = Browser.open()) {
      browser.visit("http://" + rig.host() + "/page");
      var _ =
          browser.evaluate(
              """
              document.cookie = 'mercureAuthorization=%s; path=/.well-known/mercure', window.seen = [],
              window.events = new EventSource('%s?topic=' + encodeURIComponent('films/{id}'), { withCredentials: true }),
              events.onmessage = e => seen.push(e.lastEventId + ' ' + e.data), 1
              """
                  .formatted(ADA, Mercure.PATH));
      browser.await("events.readyState === 1");
      tell(rig, "topic", "films/1", "private", "on", "data", "hello", "id", "urn:me:1");
      tell(rig, "topic", "books/1", "data", "nothing to us");
      tell(rig, "topic", "films/2", "data", "again", "id", "urn:me:2");

      browser.await("seen.length === 2");
      assertThat(browser.evaluate("seen.join()")).isEqualTo("urn:me:1 hello,urn:me:2 again");
      var _ = browser.evaluate("events.close()");
    }
  }

  private static final String WATCH =
      """
      window.seen = [], window.events = new EventSource('%s?topic=a'),
      events.onmessage = e => seen.push(e.data),
      events.addEventListener('gap', e => seen.push('lost ' + JSON.parse(e.data).lost)), 1
      """
          .formatted(Mercure.PATH);

  private static String page(ChaosProxy proxy) {
    return "http://127.0.0.1:" + proxy.address().getPort() + "/page";
  }

  @Test
  void aPageThatLostItsConnectionGoesOnWhereItStood() throws Exception {
    try (var rig = rig();
        var proxy = ChaosProxy.open(rig.server.address());
        var browser = Browser.open()) {
      browser.visit(page(proxy));
      var _ = browser.evaluate(WATCH);
      browser.await("events.readyState === 1");
      tell(rig, "topic", "a", "data", "1", "retry", "100");
      browser.await("seen.length === 1");
      proxy.resetAll();
      tell(rig, "topic", "a", "data", "2");
      tell(rig, "topic", "b", "data", "of others");
      tell(rig, "topic", "a", "data", "3");

      browser.await("seen.length === 3");
      assertThat(browser.evaluate("seen.join()")).isEqualTo("1,2,3");
      var _ = browser.evaluate("events.close()");
    }
  }

  @Test
  void aPageThatWasAwayForTooLongIsToldHowMuchItHasMissed() throws Exception {
    var three = TopicKind.Log.DEFAULT.withMaxMessages(3);
    try (var rig = rig(three, MercureConfig::withAnonymous);
        var proxy = ChaosProxy.open(rig.server.address());
        var browser = Browser.open()) {
      browser.visit(page(proxy));
      var _ = browser.evaluate(WATCH);
      browser.await("events.readyState === 1");
      tell(rig, "topic", "a", "data", "1", "retry", "100");
      browser.await("seen.length === 1");
      proxy.freeze();
      proxy.resetAll();
      for (int i = 2; i <= 7; i++) tell(rig, "topic", "a", "data", "" + i);
      proxy.thaw();

      browser.await("seen.length === 5");
      assertThat(browser.evaluate("seen.join()")).isEqualTo("1,lost 3,5,6,7");
      var _ = browser.evaluate("events.close()");
    }
  }
}
