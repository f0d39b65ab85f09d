package io.tidegate.http.semantics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tidegate.http.semantics.SetCookie.SameSite;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SetCookieTest {
  @Test
  void aCookieIsKeptFromScriptsAndOtherSitesUnlessTold() {
    assertThat(SetCookie.of("a", "b")).hasToString("a=b; Path=/; HttpOnly; SameSite=Lax");
  }

  @Test
  void eachAttributeIsWrittenWhereItWasSet() {
    var cookie =
        SetCookie.of("a", "b=c")
            .withPath("/x")
            .withMaxAge(Duration.ofMinutes(2))
            .withSecure()
            .withSameSite(SameSite.STRICT);

    assertThat(cookie)
        .hasToString("a=b=c; Path=/x; Max-Age=120; Secure; HttpOnly; SameSite=Strict");
    assertThat(SetCookie.forget("a")).hasToString("a=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a=b", "a;b", "a,b", "a\"b", "a\r", "a\n", "a\0", "ä"})
  void aNameIsAToken(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> SetCookie.of(name, "v"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {" ", "a b", "a;b", "a,b", "\"a\"", "a\\b", "a\r", "a\n", "a\0", "ä", "\t"})
  void aValueCannotEndItself(String value) {
    assertThatIllegalArgumentException().isThrownBy(() -> SetCookie.of("a", value));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "/a;b", "/a b", "/a\r\n", "/ä", "/\0"})
  void aPathCannotEndItself(String path) {
    assertThatIllegalArgumentException().isThrownBy(() -> SetCookie.of("a", "b").withPath(path));
  }

  @Test
  void noCookieDiesBeforeItLives() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> SetCookie.of("a", "b").withMaxAge(Duration.ofSeconds(-1)));
  }
}
