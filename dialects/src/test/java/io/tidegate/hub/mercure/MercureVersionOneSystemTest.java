package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.HubConfig;
import io.tidegate.hub.TopicKind;
import io.tidegate.hub.dialects.HubRig;
import io.tidegate.hub.jwt.JwtKey;
import io.tidegate.hub.jwt.JwtVerifier;
import io.tidegate.hub.jwt.Tokens;
import io.tidegate.testkit.Balanced;
import java.net.URI;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The names and tokens of draft-dunglas-mercure-08.
@ExtendWith(Balanced.class)
class MercureVersionOneSystemTest {
  private static final String HUB = "https://hub.example/.well-known/mercure";
  private static final String LATER = "\"exp\":4102444800";
  private static final String FOR_US = "\"iss\":\"me\",\"aud\":\"" + HUB + "\"," + LATER;
  private static final String PUBLISHER = token(FOR_US, "publish", "{\"match\":\"*\"}");
  private static final String ADA =
      token(
          FOR_US,
          "subscribe",
          "{\"match\":\"https://example.com/users/ada/*\",\"match_type\":\"urlpattern\"}");

  private static String token(String claims, String action, String topic) {
    return Tokens.access(
        "{%s,\"authorization_details\":[{\"type\":\"https://mercure.rocks/authorization-detail\",\"actions\":[\"%s\",\"dance\"],\"topics\":[%s]}]}"
            .formatted(claims, action, topic));
  }

  private static HubRig rig() {
    var config =
        MercureConfig.of(new JwtVerifier(JwtKey.secret(Tokens.SECRET)))
            .withAnonymous()
            .withVersion(new MercureVersion.One("me", URI.create(HUB)));
    return new HubRig(
        HubConfig.DEFAULT.withTopic("mercure", TopicKind.Log.DEFAULT),
        (server, hub) -> {
          var mercure = Mercure.on(hub, config);
          server.get(Mercure.PATH, mercure.subscribe()).post(Mercure.PATH, mercure.publish());
        });
  }

  private static HttpResponse<String> post(HubRig rig, String token, String... form)
      throws Exception {
    return rig.post(Mercure.PATH, new String[] {"Authorization", "Bearer " + token}, form);
  }

  private static String publish(HubRig rig, String... form) throws Exception {
    var answer = post(rig, PUBLISHER, form);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  @Test
  void aSubscriberAsksByMatchAndGoesOnBehindItsLastEvent() throws Exception {
    try (var rig = rig();
        var exact = new EventLines(rig, "match=https%3A%2F%2Fexample.com%2Fbooks%2F1");
        var pattern =
            new EventLines(
                rig,
                "match_exact=last&match_urlpattern=https%3A%2F%2Fexample.com%2Fbooks%2F%3Aid");
        var all = new EventLines(rig, "match=*&topic=not-a-name-here")) {
      var first = publish(rig, "topic", "https://example.com/books/1", "data", "one");
      var _ = publish(rig, "topic", "https://example.com/books/2", "data", "two");
      var _ = publish(rig, "topic", "last", "data", "bye");

      assertThat(exact.next()).isEqualTo("id: " + first + "\ndata: one");
      assertThat(pattern.next()).endsWith("data: one");
      assertThat(pattern.next()).endsWith("data: two");
      assertThat(pattern.next()).endsWith("data: bye");
      assertThat(all.next()).endsWith("data: one");
      try (var back = new EventLines(rig, "match=last&last_event_id=" + first);
          var old = new EventLines(rig, "match=last&lastEventID=" + first)) {
        assertThat(back.head().first("Mercure-Last-Event-ID")).isEqualTo(first);
        assertThat(back.next()).endsWith("data: bye");
        assertThat(old.head().first("Mercure-Last-Event-ID")).isNull();
      }
    }
  }

  @Test
  void aTokensDetailsSayWhatPrivateUpdatesItSees() throws Exception {
    try (var rig = rig();
        var ada = new EventLines(rig, "match=*", "Authorization: Bearer " + ADA);
        var cookie =
            new EventLines(rig, "match=*", "Cookie: __Secure-mercure_access_token=" + ADA);
        var anybody = new EventLines(rig, "match=*&authorization=" + ADA)) {
      var _ =
          publish(rig, "topic", "https://example.com/users/eve/1", "private", "on", "data", "eve");
      var _ =
          publish(rig, "topic", "https://example.com/users/ada/1", "private", "on", "data", "ada");
      var _ = publish(rig, "topic", "x", "data", "all");

      assertThat(ada.next()).endsWith("data: ada");
      assertThat(cookie.next()).endsWith("data: ada");
      assertThat(anybody.next()).endsWith("data: all");
      var refused = post(rig, ADA, "topic", "x");
      assertThat(refused.statusCode()).isEqualTo(403);
      assertThat(refused.headers().firstValue("WWW-Authenticate"))
          .hasValue("Bearer error=\"insufficient_scope\"");
    }
  }

  @Test
  void aTokenThatIsNotForThisHubOrNotUnderstoodCountsForNothing() throws Exception {
    var everything = "{\"match\":\"*\"}";
    String[] tokens = {
      Tokens.of("{" + FOR_US + "}"),
      token("\"iss\":\"me\",\"aud\":\"https://other.example\"," + LATER, "publish", everything),
      token("\"iss\":\"you\",\"aud\":\"" + HUB + "\"," + LATER, "publish", everything),
      token("\"iss\":\"me\",\"aud\":\"" + HUB + "\"", "publish", everything),
      token(FOR_US, "publish", "{\"match\":\"*\",\"match_type\":\"regexp\"}"),
      token(FOR_US, "publish", "{\"match\":\"*\"},{\"match\":7}"),
      token(FOR_US, "publish", "{\"match\":\"/:id(a)\",\"match_type\":\"urlpattern\"}"),
      token(FOR_US, "publish", "")
    };
    try (var rig = rig()) {
      for (var token : tokens) {
        var refused = post(rig, token, "topic", "x");
        assertThat(refused.statusCode()).as(refused.body()).isEqualTo(401);
        assertThat(refused.headers().firstValue("WWW-Authenticate"))
            .hasValue("Bearer error=\"invalid_token\"");
      }
      var none = rig.post(Mercure.PATH, new String[0], "topic", "x");
      assertThat(none.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
      var list = "\"iss\":\"me\",\"aud\":[\"x\",\"" + HUB + "\"]," + LATER;
      assertThat(post(rig, token(list, "publish", everything), "topic", "x").statusCode())
          .isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "topic=a",
        "match_regexp=a",
        "Match=a",
        "matching=a",
        "match_urlpattern=(a)",
        "match_URLPattern=/a",
        "match=a&match_urlpattern=/:id(a*)"
      })
  void whatIsNotUnderstoodIsRefusedAndNotPassedOver(String query) throws Exception {
    try (var rig = rig();
        var refused = new EventLines(rig, query)) {
      assertThat(refused.head().status()).isEqualTo(400);
    }
  }

  @Test
  void aPublisherMayNotNameWhatIsTheHubs() throws Exception {
    String[][] forms = {
      {"topic", "*"},
      {"topic", "https://any.example/.well-known/mercure/subscriptions/x"},
      {"topic", "a", "type", "mercure"}
    };
    try (var rig = rig()) {
      for (var form : forms) assertThat(post(rig, PUBLISHER, form).statusCode()).isEqualTo(400);
    }
  }
}
