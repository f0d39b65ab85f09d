package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Objects;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UrlPatternTest {
  private static final String HUB = "https://hub.example:8443/.well-known/mercure";

  @ParameterizedTest
  @CsvSource({
    "https://example.com/books/:id, https://example.com/books/1, true",
    "https://example.com/books/:id, https://example.com/books/1?lang=fr#top, true",
    "https://example.com/books/:id, https://example.com/books/, false",
    "https://example.com/books/:id, https://example.com/books/1/pages, false",
    "https://example.com/books/:id, http://example.com/books/1, false",
    "https://example.com/books/:id/pages/:page, https://example.com/books/1/pages/2, true",
    "https://example.com/books/:id/pages/:page, https://example.com/books//pages/2, false",
    "https://example.com/books/:id/pages/:page, https://example.com/books/1/leaves/2, false",
    "https://example.com/users/42/*, https://example.com/users/42/books/1, true",
    "https://example.com/users/42/*, https://example.com/users/42/, true",
    "https://example.com/users/42/*, https://example.com/users/421, false",
    "https://example.com/:a/*, https://example.com/x/y/z, true",
    "https://example.com/books/1, https://example.com/books/1, true",
    "https://example.com/books/1, https://example.com/books/12, false",
    "/books/:id, https://hub.example:8443/books/1, true",
    "/books/:id, /books/1, true",
    "/books/:id, https://hub.example/books/1, false",
    "https://hub.example:8443/books/:id, /books/1, true",
    "/books/:id, books/1, false",
    "/.well-known/:id, books/1, false",
    "/.well-known/mercure/:id, mercure/1, true",
    "/.well-known/mercure, ?x, true",
    "/books/:id, urn:isbn:1, false",
  })
  void aTopicMatchesByTheSegmentsOfItsPath(String pattern, String topic, boolean matches) {
    var parsed = Objects.requireNonNull(UrlPattern.parse(pattern, HUB));

    assertThat(parsed.matches(topic)).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "books/:id",
        "https://example.com/:id(\\d+)",
        "https://example.com/(a+)+$",
        "https://u:p@example.com/",
        "https://example.com/a#b",
        "https://example.com/{a",
        "https://example.com/a}",
        "https://example.com/{:a:b}",
        "https://example.com/a/../b",
        "https://example.com/a+",
        "https:///a",
        "://example.com/a",
        "urn:isbn:1",
        "https://example.com/\\",
        ""
      })
  void whatIsNotUnderstoodIsNoPattern(String pattern) {
    assertThat(UrlPattern.parse(pattern, HUB)).isNull();
  }

  @Test
  void aPatternThatLooksHardIsJudgedInTimeThatItsTopicsLengthBounds() {
    var pattern = UrlPattern.parse("https://e.x/" + "{a*}+{a*}+{*a}+".repeat(6) + "b", HUB);
    var topic = "https://e.x/" + "a".repeat(1_900);
    var selector = Objects.requireNonNull(pattern);

    Assertions.assertTimeout(
        Duration.ofSeconds(2),
        () -> {
          for (int i = 0; i < 20; i++) assertThat(selector.matches(topic)).isFalse();
        });
    assertThat(UrlPattern.parse("https://e.x/" + "{a*}+".repeat(40), HUB)).isNull();
  }
}
