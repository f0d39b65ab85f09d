package io.tidegate.sleeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TargetTest {
  @ParameterizedTest
  @CsvSource({
    "http://a.example, a.example, 80, a.example, /, false, false",
    "HTTPS://a.example/x?y=1#z, a.example, 443, a.example, /x?y=1, true, false",
    "ws://a.example:81/live, a.example, 81, a.example:81, /live, false, true",
    "wss://[::1]:8443, ::1, 8443, [::1]:8443, /, true, true"
  })
  void aUrlSaysWhereAndHow(
      String url,
      String host,
      int port,
      String authority,
      String path,
      boolean secure,
      boolean webSocket) {
    var target = Target.parse(url);

    assertThat(target.host()).isEqualTo(host);
    assertThat(target.port()).isEqualTo(port);
    assertThat(target.authority()).isEqualTo(authority);
    assertThat(target.path()).isEqualTo(path);
    assertThat(target.isSecure()).isEqualTo(secure);
    assertThat(target.isWebSocket()).isEqualTo(webSocket);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost:8080", "ftp://a.example/", "http:///x", "", "http://a b/"})
  void whatIsNoneIsRefusedWithAnExample(String text) {
    assertThatThrownBy(() -> Target.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a URL to sleep at: '" + text + "'; write it like ws://");
  }

  @Test
  void aUserIsRefusedForItWouldBePassedOver() {
    assertThatThrownBy(() -> Target.parse("http://user:pass@a.example/"))
        .hasMessageContaining("use --header");
  }

  @ParameterizedTest
  @ValueSource(strings = {"no colon", "A B: c", "A: b\r\nC: d", ": x"})
  void aFieldThatWouldForgeTheRequestIsRefused(String field) {
    var target = Target.parse("http://a.example/");

    assertThatThrownBy(() -> new SleeperConfig(target, 65_536, List.of(field), List.of(), null))
        .hasMessageStartingWith("not a header: ");
  }

  @Test
  void messagesAreForWebSockets() {
    var target = Target.parse("http://a.example/");

    assertThatThrownBy(() -> new SleeperConfig(target, 65_536, List.of(), List.of("x"), null))
        .hasMessageStartingWith("--send is for WebSockets");
  }
}
