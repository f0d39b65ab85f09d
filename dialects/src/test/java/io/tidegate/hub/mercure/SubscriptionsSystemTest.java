package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.HubConfig;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.dialects.HubRig;
import io.tidegate.hub.jwt.JwtKey;
import io.tidegate.hub.jwt.JwtVerifier;
import io.tidegate.hub.jwt.Tokens;
import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Eventually;
import io.tidegate.testkit.RawHead;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// Who is told who asks for what.
@ExtendWith(Balanced.class)
class SubscriptionsSystemTest {
  private static final String HUB = "https://hub.example/.well-known/mercure";
  private static final String ALL = Mercure.SUBSCRIPTIONS;
  private static final String LOOKER =
      Tokens.of(
          "{\"mercure\":{\"subscribe\":[\"%s{/topic}{/subscriber}\"],\"payload\":{\"n\":7,\"s\":[\"x\",null,true]}}}"
              .formatted(ALL));
  private static final String OTHER = Tokens.of("{\"mercure\":{\"subscribe\":[\"books/1\"]}}");
  private static final String LOOKER_ONE =
      Tokens.access(
          ("{\"iss\":\"me\",\"aud\":\"%s\",\"exp\":4102444800,\"authorization_details\":[{\"type\":\"https://mercure.rocks/authorization-detail\","
                  + "\"actions\":[\"subscribe\"],\"topics\":[{\"match\":\"%s{/*}?\",\"match_type\":\"urlpattern\"}],\"payload\":{\"a\":1.5}}]}")
              .formatted(HUB, ALL));

  private static HubRig rig(UnaryOperator<MercureConfig> with) {
    var config = MercureConfig.of(new JwtVerifier(JwtKey.secret(Tokens.SECRET))).withAnonymous();
    return new HubRig(
        HubConfig.DEFAULT.withTopic("mercure", TopicKind.Log.DEFAULT),
        (server, hub) -> {
          var mercure = Mercure.on(hub, with.apply(config));
          server
              .get(Mercure.PATH, mercure.subscribe())
              .get(ALL, mercure.subscriptions())
              .get(ALL + "/{path...}", mercure.subscriptions());
        });
  }

  private static MercureConfig one(MercureConfig config) {
    return config.withSubscriptions().withVersion(new MercureVersion.One("me", URI.create(HUB)));
  }

  private record Told(RawHead head, String body) {}

  private static Told ask(HubRig rig, String path, String token, String... fields)
      throws IOException {
    try (var http = rig.raw()) {
      var more = String.join("", java.util.Arrays.stream(fields).map(f -> f + "\r\n").toList());
      http.send(
          "GET %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n%s\r\n"
              .formatted(path, token, more));
      var head = http.finalHead();
      return new Told(head, head.status() == 304 ? "" : http.body(head, "GET").text());
    }
  }

  @Test
  void whoseTokenAllowsItIsToldWhoComesAndGoes() throws Exception {
    var topic = ALL.replace("/", "%2F") + "%2F%7Btopic%7D%2F%7Bsubscriber%7D";
    try (var rig = rig(MercureConfig::withSubscriptions);
        var looker = new EventLines(rig, "topic=" + topic, "Authorization: Bearer " + LOOKER);
        var stranger = new EventLines(rig, "topic=*", "Authorization: Bearer " + OTHER)) {
      assertThat(looker.next()).contains("\"active\":true"); // itself
      assertThat(looker.next()).contains("\"topic\":\"*\""); // the stranger
      try (var reader = new EventLines(rig, "topic=books%2F%7Bid%7D")) {
        assertThat(reader.head().status()).isEqualTo(200);
        assertThat(looker.next())
            .contains(
                "data: {\"@context\":\"https://mercure.rocks/\",\"id\":\""
                    + ALL
                    + "/books%2F%7Bid%7D/urn%3Auuid%3A")
            .endsWith("\"topic\":\"books/{id}\",\"active\":true}");
      }

      assertThat(looker.next()).endsWith("\"topic\":\"books/{id}\",\"active\":false}");
      assertThat(rig.hub.figures().subscriptions()).isEqualTo(2);
      assertThat(stranger.head().status()).isEqualTo(200);
    }
  }

  @Test
  void theListNamesThemAndItsPositionLosesNothing() throws Exception {
    try (var rig = rig(MercureConfig::withSubscriptions);
        var reader =
            new EventLines(
                rig, "topic=books%2F%7Bid%7D&topic=x", "Authorization: Bearer " + LOOKER)) {
      assertThat(reader.head().status()).isEqualTo(200);
      Eventually.await(HubRig.PATIENCE, () -> "two", () -> rig.hub.figures().published() == 2);
      var all = ask(rig, ALL, LOOKER);
      var some = ask(rig, ALL + "/books%2F%7Bid%7D", LOOKER);
      var id = some.body().replaceAll("(?s).*\"id\":\"([^\"]*urn%3A[^\"]*)\".*", "$1");
      var single = ask(rig, id, LOOKER);

      assertThat(all.head().first("Content-Type")).isEqualTo("application/ld+json");
      assertThat(all.body())
          .startsWith(
              "{\"@context\":\"https://mercure.rocks/\",\"id\":\""
                  + ALL
                  + "\",\"type\":\"Subscriptions\",\"lastEventID\":\"urn:tidegate:")
          .contains("\"topic\":\"x\"", "\"payload\":{\"n\":7,\"s\":[\"x\",null,true]}");
      assertThat(some.body())
          .contains("\"topic\":\"books/{id}\"")
          .doesNotContain("\"topic\":\"x\"");
      assertThat(single.body()).startsWith("{\"@context\"").contains("\"type\":\"Subscription\"");
      assertThat(ask(rig, ALL + "/x/urn%3Auuid%3Anobody", LOOKER).head().status()).isEqualTo(404);
      var etag = all.head().first("ETag");
      assertThat(ask(rig, ALL, LOOKER, "If-None-Match: " + etag).head().status()).isEqualTo(304);
    }
  }

  @Test
  void versionOneNamesKindsAndLinksToItsCursor() throws Exception {
    try (var rig = rig(SubscriptionsSystemTest::one);
        var looker =
            new EventLines(
                rig,
                "match_urlpattern=" + ALL.replace("/", "%2F") + "%2F*",
                "Authorization: Bearer " + LOOKER_ONE);
        var reader = new EventLines(rig, "match=https%3A%2F%2Fexample.com%2Fa")) {
      assertThat(reader.head().status()).isEqualTo(200);
      assertThat(looker.next()).startsWith("event: mercure\nid: urn:tidegate:");
      assertThat(looker.next())
          .endsWith(
              "\"match_type\":\"exact\",\"match\":\"https://example.com/a\",\"active\":true}");
      var told = ask(rig, ALL + "/exact/https%3A%2F%2Fexample.com%2Fa", LOOKER_ONE);

      assertThat(told.head().first("Content-Type")).isEqualTo("application/json");
      assertThat(told.head().first("Link"))
          .startsWith("<" + HUB + ">; rel=\"mercure\"; last-event-id=\"urn:tidegate:")
          .endsWith("\"; type=\"mercure\"; content-type=\"application/json\"");
      assertThat(told.body()).contains("\"type\":\"subscriptions\",\"subscriptions\":[{\"id\":");
      assertThat(ask(rig, ALL + "/regexp/a", LOOKER_ONE).head().status()).isEqualTo(400);
    }
  }

  @Test
  void whoMayNotOrWhereItIsOffIsToldSo() throws Exception {
    try (var rig = rig(MercureConfig::withSubscriptions);
        var off = rig(config -> config);
        var http = rig.raw()) {
      assertThat(ask(rig, ALL, OTHER).head().status()).isEqualTo(403);
      assertThat(ask(rig, ALL, "garbage").head().status()).isEqualTo(401);
      assertThat(http.get("x", ALL).head().status()).isEqualTo(401);
      assertThat(ask(off, ALL, LOOKER).head().status()).isEqualTo(404);
      try (var reader = new EventLines(off, "topic=a")) {
        assertThat(reader.head().status()).isEqualTo(200);
        assertThat(off.hub.figures().published()).isZero();
      }
    }
  }

  @Test
  void moreThanAPageIsToldInPages() throws Exception {
    var hundred =
        IntStream.range(0, 100).mapToObj(i -> "topic=t" + i).collect(Collectors.joining("&"));
    try (var rig = rig(MercureConfig::withSubscriptions)) {
      var readers = new java.util.ArrayList<EventLines>();
      try {
        for (int i = 0; i < 11; i++) readers.add(new EventLines(rig, hundred));
        Eventually.await(
            HubRig.PATIENCE, () -> "1,100", () -> rig.hub.figures().published() == 1_100);
        var first = ask(rig, ALL, LOOKER);
        var next = Objects.requireNonNull(first.head().first("Link"));

        assertThat(first.body().split("\"active\"", -1)).hasSize(Subscriptions.MOST_OF_A_PAGE + 1);
        assertThat(next).startsWith("<" + ALL + "?after=urn:uuid:").endsWith(">; rel=\"next\"");
        var second = ask(rig, next.substring(1, next.indexOf('>')), LOOKER);
        assertThat(second.body().split("\"active\"", -1)).hasSize(101);
        assertThat(second.head().first("Link")).isNull();
      } finally {
        for (var reader : readers) reader.close();
      }
    }
  }
}
