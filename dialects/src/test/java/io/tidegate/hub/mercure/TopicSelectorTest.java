package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
    "{+path}, a/b, true",
    "https://example.com/users/foo/{?topic},"
        + " https://example.com/users/foo/?topic=https%3A%2F%2Fexample.com%2Fbooks%2F1, true",
    "https://example.com/users/foo/{?topic}, https://example.com/users/foo/, true",
    "https://example.com/users/foo/{?topic}, https://example.com/users/foo/?other=1, false",
    "https://example.com/users/foo/{?topic}, https://example.com/users/foo/?topic=a/b, false",
    "'/a{?x,y}', /a?x=1&y=2, true",
    "'/a{?x,y}', /a?y=2, true",
    "'/a{?x,y}', /a?x=1, true",
    "'/a{?x,y}', /a?y=2&x=1, false",
    "'/a{?x,y}', /a?x=1y=2, false",
    "'/a{?x,y}', /a?, false",
    "/a{?x*}, /a?k=1&l=2&m=3, true",
    "/a{?x*}, /a&k=1, false",
    "/a?f=1{&x}, /a?f=1&x=2, true",
    "'/a{;x,y}', /a;x=1;y, true",
    "'/a{;x,y}', /a;y=, true",
    "'/a{/b,c}', /a/1/2, true",
    "'/a{/b,c}', /a/1, true",
    "'/a{/b,c}', /a/1/2/3, false",
    "/a{/b*}, /a/1/2/3, true",
    "/a{.format}, /a.json, true",
    "/a{.format}, /a, true",
    "/a{.format}, /a/json, false",
    "/a{#section}, /a#one/two, true",
    "/a{+rest}/z, /a/b/c/z, true",
    "/a{+rest}/z, /a/b/c/y, false",
    "'{a,b}', 'x,y', true",
    "'{a,b}', 'x,y,z', false",
    "'{a*}', 'x,y,z', true",
    "'{a:3}-', 'abc-', true",
    "{a:0}, x, false",
    "{=a}, x, false",
    "{a b}, x, false",
    "a}b{+c}, a}bx, false",
    "{+path}, {+path}, true",
    "{a, {a, true",
    "{}, x, false"
  })
  void aSelectorMatches(String selector, String topic, boolean matches) {
    assertThat(TopicSelector.of(selector).matches(topic)).isEqualTo(matches);
  }

  @Test
  void aTemplateWithOperatorsIsJudgedInTimeThatItsTopicsLengthBounds() {
    var selector =
        TopicSelector.of("{+a*}a{+b*}a{+c*}a{+d*}a{+e*}a{+f*}a{+g*}" + "a".repeat(900) + "b");
    var topic = "a".repeat(Update.MOST_TOPIC_CHARS);

    Assertions.assertTimeout(
        Duration.ofSeconds(2),
        () -> {
          for (int i = 0; i < 20; i++) assertThat(selector.matches(topic)).isFalse();
        });
  }

  @Test
  void aTemplateOfTooManyVariablesIsRefused() {
    assertThatThrownBy(() -> TopicSelector.of("{+a*}".repeat(40)))
        .hasMessage("a template of too many variables");
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
