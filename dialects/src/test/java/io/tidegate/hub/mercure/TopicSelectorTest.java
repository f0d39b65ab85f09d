package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicSelectorTest {
  @ParameterizedTest
  @CsvSource({
    "*, https://example.com/books/1, true",
    "https://example.com/books/1, https://example.com/books/1, true",
    "https://example.com/books/1, https://example.com/books/12, false",
    "https://example.com/books/{id}, https://example.com/books/1, true",
    "https://example.com/books/{id}, https://example.com/books/a-b_c.d~e%20, true",
    "https://example.com/books/{id}, https://example.com/books/, true",
    "https://example.com/books/{id}, https://example.com/books/1/2, false",
    "https://example.com/books/{id}, https://example.com/books/1?x, false",
    "https://example.com/books/{id}, https://example.org/books/1, false",
    "https://example.com/books/{id}, https://example.com/books/{id}, true",
    "{scheme}://{host}/x, http://a.b/x, true",
    "{a}x{b}, axxb, true",
    "{a}x, axbx, true",
    "{a}xx, ax, false",
    "x{a}x, x, false",
    "x{a}x, xx, true",
    "a/{b}/c/{d}, a/1/c/2, true",
    "a/{b}/c/{d}, a/1/2/c/3, false",
    "{+path}, a/b, false",
    "{+path}, {+path}, true",
    "{a, {a, true",
    "{}, x, false"
  })
  void aSelectorMatches(String selector, String topic, boolean matches) {
    assertThat(TopicSelector.of(selector).matches(topic)).isEqualTo(matches);
  }

  @Test
  void aTemplateThatLooksHardIsJudgedAtOnce() {
    var selector = TopicSelector.of("{a}a".repeat(600) + "/");
    var topic = "a".repeat(Update.MOST_TOPIC_CHARS);

    Assertions.assertTimeout(
        Duration.ofSeconds(2),
        () -> {
          for (int i = 0; i < 1_000; i++) assertThat(selector.matches(topic)).isFalse();
        });
  }

  @Test
  void aPrivateUpdateIsSeenIfOneOfItsTopicsIsAllowed() {
    var books = List.of(TopicSelector.of("books/{id}"));
    var interest = new Interest(books, List.of(TopicSelector.of("users/ada")));

    assertThat(interest.sees(new Update(List.of("books/1"), false, null, null, 0))).isTrue();
    assertThat(interest.sees(new Update(List.of("films/1"), false, null, null, 0))).isFalse();
    assertThat(interest.sees(new Update(List.of("books/1"), true, null, null, 0))).isFalse();
    assertThat(interest.sees(new Update(List.of("books/1", "users/ada"), true, null, null, 0)))
        .isTrue();
    assertThat(interest.sees(new Update(List.of("users/ada"), true, null, null, 0))).isFalse();
  }
}
