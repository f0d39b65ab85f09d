package io.tidegate.http.semantics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
  @ParameterizedTest
  @CsvSource({
    "https://a.example, https://a.example, true",
    "https://a.example, HTTPS://A.EXAMPLE, true",
    "https://a.example, https://a.example:443, true",
    "https://a.example:443, https://a.example, true",
    "https://a.example, http://a.example, false",
    "https://a.example, https://a.example:444, false",
    "https://a.example, https://a.example.evil, false",
    "https://a.example, https://b.a.example, false",
    "https://a.example, https://a.example/, false",
    "https://a.example, https://x@a.example, false",
    "https://a.example, null, false",
    "https://a.example, '', false",
    "https://a.example, ://, false",
    "http://[::1]:3000, http://[0::1]:3000, true",
    "https://*.a.example, https://b.a.example, true",
    "https://*.a.example, https://c.b.a.example, true",
    "https://*.a.example, https://a.example, false",
    "https://*.a.example, https://evila.example, false",
    "https://*.a.example, http://b.a.example, false",
    "https://*.a.example, https://b.a.example:8443, false",
    "https://*.a.example:8443, https://b.a.example:8443, true",
    "capacitor://localhost, capacitor://localhost, true",
    "*, https://whoever.example, true",
    "*, null, true"
  })
  void anOriginIsAmongThose(String named, String origin, boolean contained) {
    assertThat(Origins.of(named).contains(origin)).isEqualTo(contained);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "a.example",
        "https://",
        "https://a.example/",
        "https://a.example/page",
        "https://a b",
        "https://*",
        "https://*.",
        "https://*.*.example",
        "https://a.*.example",
        "https://*.127.0.0.1",
        "h*s://a.example",
        "https://a.example:0",
        "https://a.example:70000",
        ""
      })
  void whatIsNoOriginIsRefused(String name) {
    assertThatThrownBy(() -> Origins.of(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("not an origin: " + name);
  }

  @Test
  void anOriginOfAThousandCharactersIsNoneOfThem() {
    var tooLong = "https://" + "a.".repeat(500) + "example";

    assertThat(Origins.of("https://*.example").contains(tooLong)).isFalse();
  }

  @Test
  void moreThanAHundredAreRefused() {
    var names = java.util.stream.IntStream.rangeClosed(1, 101).mapToObj(i -> "https://h" + i);

    assertThatThrownBy(() -> Origins.of(names.toArray(String[]::new)))
        .hasMessage("more than 100 origins");
  }

  @ParameterizedTest
  @CsvSource({
    "https://a.example/page?x=//, https://a.example",
    "https://a.example, https://a.example",
    "http://a.example:8080?x, http://a.example:8080",
    "https://a.example@evil.example/, ",
    "about:blank, ",
    "/page, ",
    "'', "
  })
  void aPagesUrlHasAnOrigin(String url, String origin) {
    assertThat(Origins.ofPage(url)).isEqualTo(origin);
  }
}
