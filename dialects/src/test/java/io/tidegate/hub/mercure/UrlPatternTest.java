package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UrlPatternTest {
  private static final String ORIGIN = "https://hub.example:8443";

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
    "/books/:id, urn:isbn:1, false",
  })
  void aTopicMatchesByTheSegmentsOfItsPath(String pattern, String topic, boolean matches) {
    var parsed = Objects.requireNonNull(UrlPattern.parse(pattern, ORIGIN));

    assertThat(parsed.matches(topic)).isEqualTo(matches);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "books/:id",
        "https://example.com",
        "https://:host/books",
        "https://*.example.com/books",
        "https://example.com/:id(\\d+)",
        "https://example.com/:id?",
        "https://example.com/:id*",
        "https://example.com/:id+",
        "https://example.com/:id.json",
        "https://example.com/{a}/b",
        "https://example.com/*/b",
        "https://example.com/a?b=:c",
        "*://example.com/a",
        ""
      })
  void whatIsNotUnderstoodIsNoPattern(String pattern) {
    assertThat(UrlPattern.parse(pattern, ORIGIN)).isNull();
  }
}
