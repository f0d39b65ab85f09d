package io.tidegate.hub.mercure;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.testkit.Balanced;
import io.tidegate.testkit.Browser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/// URL patterns judged as Chromium's `URLPattern` judges them.
@ExtendWith(Balanced.class)
class UrlPatternSystemTest {
  private static final String HUB = "https://hub.example/.well-known/mercure";

  private static final List<String> PATTERNS =
      List.of(
          "https://example.com/books/:id",
          "https://example.com/books/:id?",
          "https://example.com/books/:id*",
          "https://example.com/books/:id+",
          "https://example.com/books/:id.json",
          "https://example.com/:a-:b",
          "https://example.com/*/pages",
          "https://example.com/books/*",
          "https://example.com/books/*?",
          "https://example.com/books{/:id}?",
          "https://example.com/books{/:id}?/pages",
          "https://example.com/{books/}?:id",
          "https://example.com/{x:id}*",
          "https://example.com/{ab}+",
          "https://*.example.com/*",
          "https://:sub.example.com/:id",
          "https://{:sub.}?example.com/books/:id",
          "https://example.com:*/books/:id",
          "https://example.com:443/books/:id",
          "https://example.com:8443/books/:id",
          "http{s}?://example.com/books/:id",
          "*://example.com/books/:id",
          "https://EXAMPLE.com/Books/:id",
          "https://example.com/books/:id?lang=:lang",
          "https://example.com/books\\?lang=*",
          "https://example.com/books?*",
          "https://example.com/é/:id",
          "https://example.com/a b",
          "https://example.com/",
          "https://example.com",
          "https://example.com/.well-known/mercure/subscriptions/*",
          "/books/:id",
          "/.well-known/mercure/subscriptions/:type/:match/:subscriber",
          "/*");

  private static final List<String> TOPICS =
      List.of(
          "https://example.com/books/1",
          "https://example.com/books/1/2/3",
          "https://example.com/books/",
          "https://example.com/books",
          "https://example.com/books/pages",
          "https://example.com/books/1/pages",
          "https://example.com/books/1.json",
          "https://example.com/a-b",
          "https://example.com/a-b-c",
          "https://example.com/1",
          "https://example.com/x1x2",
          "https://example.com/abab",
          "https://example.com/aba",
          "https://example.com",
          "https://example.com?lang=fr",
          "https://example.com/books?lang=fr",
          "https://example.com/books/1?lang=fr",
          "https://example.com/books/1?lang=fr#top",
          "https://example.com/books/1?",
          "https://example.com/books/1#",
          "https://example.com:443/books/1",
          "https://example.com:8443/books/1",
          "http://example.com/books/1",
          "http://example.com:80/books/1",
          "https://EXAMPLE.COM/books/1",
          "https://example.com/Books/1",
          "https://a.example.com/1",
          "https://a.b.example.com/1",
          "https://a.example.com/books/1",
          "https://u:p@example.com/books/1",
          "https://example.com/x/../books/1",
          "https://example.com/x/%2e%2E/books/./1",
          "https:\\\\example.com\\books\\1",
          "https://example.com/é/1",
          "https://example.com/%C3%A9/1",
          "https://example.com/a b",
          "https://example.com/a%20b",
          "https://exämple.com/books/1",
          "https://example.org/books/1",
          "https://hub.example/books/1",
          "/books/1",
          "//example.com/books/1",
          "books/1",
          "mercure/subscriptions/exact/a/b",
          "/.well-known/mercure/subscriptions/exact/https%3A%2F%2Fexample.com%2Fa/urn%3Auuid%3A1",
          "?x",
          "urn:isbn:1",
          "https://",
          "https://a b/",
          "");

  @Test
  void patternsMatchAsTheyDoInABrowser() throws IOException {
    List<String> theirs;
    try (var browser = Browser.open()) {
      theirs = List.of(browser.evaluate(script()).split(" ", -1));
    }
    var differences = new ArrayList<String>();
    int i = 0;
    for (var pattern : PATTERNS) {
      var ours = UrlPattern.parse(pattern, HUB);
      assertThat(ours).as(pattern).isNotNull();
      for (var topic : TOPICS) {
        var their = theirs.get(i++);
        if (!Boolean.toString(ours != null && ours.matches(topic)).equals(their))
          differences.add(pattern + " and " + topic + ": " + their);
      }
    }

    assertThat(theirs).hasSize(PATTERNS.size() * TOPICS.size()).contains("true", "false");
    assertThat(differences).isEmpty();
  }

  private static String script() {
    return "[%s].flatMap(p => [%s].map(t => new URLPattern(p, '%s').test(t, '%s'))).join(' ')"
        .formatted(quoted(PATTERNS), quoted(TOPICS), HUB, HUB);
  }

  private static String quoted(List<String> texts) {
    return texts.stream()
        .map(text -> "'" + text.replace("\\", "\\\\") + "'")
        .collect(Collectors.joining(","));
  }
}
