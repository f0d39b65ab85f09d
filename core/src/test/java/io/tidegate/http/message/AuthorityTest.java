package io.tidegate.http.message;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityTest {
  @ParameterizedTest
  @CsvSource({
    "Example.COM, example.com, 0",
    "example.com., example.com, 0",
    "example.com.:8080, example.com, 8080",
    "a_b-c.localhost:1, a_b-c.localhost, 1",
    "xn--bcher-kva.example, xn--bcher-kva.example, 0",
    "127.0.0.1:65535, 127.0.0.1, 65535",
    "1.example, 1.example, 0",
    "[::1], [::1], 0",
    "[::FFFF:7f00:1], [::ffff:127.0.0.1], 0",
    "[::ffff:127.0.0.1], [::ffff:127.0.0.1], 0",
    "[2001:DB8:0:0:0:0:0:1]:443, [2001:db8::1], 443"
  })
  void anAuthorityHasOneSpelling(String sent, String host, int port) {
    var authority = Objects.requireNonNull(Authority.parse(sent));

    assertThat(authority.host()).isEqualTo(host);
    assertThat(authority.portOr(0)).isEqualTo(port);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "a..b",
        ".a",
        "a..",
        "-a",
        "a-",
        "a.-b",
        "a b",
        "a,b",
        "a/b",
        "a?b",
        "a#b",
        "u@a",
        "a%41",
        "b\u00fccher",
        "a:",
        ":80",
        "a:0",
        "a:65536",
        "a:+1",
        "a:1:2",
        "a:99999999",
        "[",
        "[]",
        "[::1",
        "::1",
        "[::1]x",
        "[::1]:",
        "[::g]",
        "[::1%eth0]",
        "[1:2:3]",
        "[127.0.0.1]",
        "127.1",
        "2130706433",
        "127.0.0.01",
        "127.0.0.256",
        "1.2.3.4.5",
        "a.1",
        "127.0.0.1.",
        "a\0",
        "a\u0661"
      })
  void whatIsNoAuthorityIsRefused(String sent) {
    assertThat(Authority.parse(sent)).isNull();
  }

  @Test
  void labelsAndNamesAreBounded() {
    String label = "a".repeat(63);
    String longest = label + "." + label + "." + label + "." + "a".repeat(61);

    assertThat(Authority.parse(label)).isNotNull();
    assertThat(Authority.parse(label + "a")).isNull();
    assertThat(Authority.parse(longest + ".")).isNotNull();
    assertThat(Authority.parse(longest + "a")).isNull();
  }

  @Test
  void loopbackIsALiteralOfThisMachine() {
    assertThat(Objects.requireNonNull(Authority.parse("127.9.9.9")).isLoopback()).isTrue();
    assertThat(Objects.requireNonNull(Authority.parse("[0:0::1]:80")).isLoopback()).isTrue();
    assertThat(Objects.requireNonNull(Authority.parse("127.example")).isLoopback()).isFalse();
    assertThat(Objects.requireNonNull(Authority.parse("localhost")).isLiteral()).isFalse();
    assertThat(Objects.requireNonNull(Authority.parse("8.8.8.8")).isLiteral()).isTrue();
  }

  @Test
  void whatIsAcceptedIsStrictAndReadsBackAsItself() {
    var random = new Random(11);
    String alphabet = "abAB019-_.:[]%@ ,/\u00e4\0";
    int accepted = 0;
    for (int round = 0; round < 200_000; round++) {
      var text = new StringBuilder();
      for (int length = random.nextInt(9); length > 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      var authority = Authority.parse(text.toString());
      if (authority != null) {
        accepted++;
        assertThat(authority.host()).matches("[a-z0-9_.-]+|\\[[0-9a-f:.]+]").doesNotEndWith(".");
        assertThat(Authority.parse(authority.toString())).isEqualTo(authority);
      }
    }
    assertThat(accepted).isGreaterThan(1_000);
  }
}
