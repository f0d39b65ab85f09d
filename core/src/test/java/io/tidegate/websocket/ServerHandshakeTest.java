package io.tidegate.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.Http1RequestScanner;
import io.tidegate.http.message.Scan;
import io.tidegate.websocket.ServerHandshake.Answer.Accepted;
import io.tidegate.websocket.ServerHandshake.Answer.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Requests as bytes, as a peer sends them: the corpus of handshakes, and who is let in.
class ServerHandshakeTest {
  private static final String KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==|";
  private static final String VERSION = "Sec-WebSocket-Version: 13|";
  private static final String UPGRADE = "Upgrade: websocket|Connection: Upgrade|";
  private static final String GOOD =
      "GET /chat HTTP/1.1|Host: a.example|" + UPGRADE + KEY + VERSION;

  private final HeadBuilder heads = new HeadBuilder();
  private ServerHandshake handshake = ServerHandshake.DEFAULT;

  /// What becomes of a request whose lines end with `|`: `101` or the status of the refusal; a `!`
  /// marks what the HTTP scanner itself refuses.
  private String statusOf(String lines) {
    var bytes = (lines.replace("|", "\r\n") + "\r\n").getBytes(ISO_8859_1);
    var scanner = new Http1RequestScanner(HeadLimits.DEFAULT);
    if (scanner.scan(bytes, 0, bytes.length) == Scan.BAD) return scanner.bad().status() + "!";
    answer = handshake.answer(scanner.request(), heads);
    return String.valueOf(answer.head().status());
  }

  private ServerHandshake.Answer answer = new Accepted(heads.response(101).buildResponse(), "");

  // The four that are right

  @Test
  void theRequestOfTheRfcIsAnsweredAsTheRfcSays() {
    assertThat(statusOf(GOOD)).isEqualTo("101");

    assertThat(answer.head().fields().value(FieldName.SEC_WEBSOCKET_ACCEPT))
        .isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assertThat(answer.head().fields().value(FieldName.UPGRADE)).isEqualTo("websocket");
    assertThat(answer.head().fields().has(FieldName.SEC_WEBSOCKET_PROTOCOL)).isFalse();
    assertThat(answer.head().fields().has(FieldName.SEC_WEBSOCKET_EXTENSIONS)).isFalse();
  }

  @Test
  void tokensAreCaseInsensitiveAndMayStandInAList() {
    var request =
        "GET / HTTP/1.1|host: a|UPGRADE: h2c, WebSocket|connection: keep-alive, UPGRADE|"
            + KEY
            + VERSION;

    assertThat(statusOf(request)).isEqualTo("101");
  }

  @Test
  void anUnknownSubprotocolIsIgnored() {
    handshake = handshake.withProtocols("chat");

    assertThat(statusOf(GOOD + "Sec-WebSocket-Protocol: other|")).isEqualTo("101");
    assertThat(((Accepted) answer).protocol()).isEmpty();
    assertThat(answer.head().fields().has(FieldName.SEC_WEBSOCKET_PROTOCOL)).isFalse();
  }

  @Test
  void theFirstSubprotocolOfTheClientThatIsSpokenHereIsChosen() {
    handshake = handshake.withProtocols("two", "three");

    var status = statusOf(GOOD + "Sec-WebSocket-Protocol: one, three|Sec-WebSocket-Protocol: two|");

    assertThat(status).isEqualTo("101");
    assertThat(((Accepted) answer).protocol()).isEqualTo("three");
    assertThat(answer.head().fields().value(FieldName.SEC_WEBSOCKET_PROTOCOL)).isEqualTo("three");
  }

  // What is refused

  @ParameterizedTest
  @MethodSource("io.tidegate.websocket.HandshakeCorpus#wrong")
  void aWrongRequestIsRefused(String fault, String request, String status) {
    assertThat(statusOf(request)).as(fault).isEqualTo(status);
  }

  @Test
  void whoComesWithAnotherVersionIsToldTheRightOne() {
    assertThat(statusOf(GOOD.replace("Version: 13", "Version: 8"))).isEqualTo("426");

    assertThat(answer.head().fields().value(FieldName.SEC_WEBSOCKET_VERSION)).isEqualTo("13");
    assertThat(answer.head().fields().value(FieldName.UPGRADE)).isEqualTo("websocket");
    assertThat(((Refused) answer).reason()).isEqualTo("Sec-WebSocket-Version is not 13");
  }

  // Extensions are declined

  @ParameterizedTest
  @ValueSource(
      strings = {
        "permessage-deflate",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; what_is_this=\"10\"",
        "x-webkit-deflate-frame, permessage-deflate ; a = b , ,c",
      })
  void anExtensionIsDeclined(String offer) {
    assertThat(statusOf(GOOD + "Sec-WebSocket-Extensions: " + offer + "|")).isEqualTo("101");
    assertThat(answer.head().fields().has(FieldName.SEC_WEBSOCKET_EXTENSIONS)).isFalse();
  }

  // Origins

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://a.example",
        "https://a.example",
        "HTTP://A.Example",
        "http://a.example:80"
      })
  void aPageOfTheSameHostIsLetIn(String origin) {
    assertThat(statusOf(GOOD + "Origin: " + origin + "|")).isEqualTo("101");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://a.example:8080",
        "http://a.example.evil.example",
        "http://evil.example/a.example",
        "http://x@a.example",
        "http://b.a.example",
        "a.example",
        "://a.example",
        "file://",
        "null",
      })
  void anyOtherPageIsNot(String origin) {
    assertThat(statusOf(GOOD + "Origin: " + origin + "|")).isEqualTo("403");
  }

  @Test
  void aPageOfTheSamePortIsLetIn() {
    var request = GOOD.replace("a.example", "a.example:8080");

    assertThat(statusOf(request + "Origin: http://a.example:8080|")).isEqualTo("101");
    assertThat(statusOf(request + "Origin: http://a.example|")).isEqualTo("403");
  }

  @Test
  void aListedOriginIsLetInWithItsOwnSchemeAndPortOnly() {
    handshake = handshake.withOrigins(OriginPolicy.sameOriginOr("https://App.example"));

    assertThat(statusOf(GOOD + "Origin: https://app.example|")).isEqualTo("101");
    assertThat(statusOf(GOOD + "Origin: https://app.example:443|")).isEqualTo("101");
    assertThat(statusOf(GOOD + "Origin: http://app.example|")).isEqualTo("403");
    assertThat(statusOf(GOOD + "Origin: https://app.example:8443|")).isEqualTo("403");
    assertThat(statusOf(GOOD + "Origin: http://a.example|")).isEqualTo("101");
  }

  @Test
  void anyOriginMeansNullToo() {
    handshake = handshake.withOrigins(OriginPolicy.any());

    assertThat(statusOf(GOOD + "Origin: null|")).isEqualTo("101");
    assertThat(statusOf(GOOD + "Origin: https://else.example|")).isEqualTo("101");
  }

  @Test
  void whatIsNoOriginOrTokenIsACallersBug() {
    assertThatIllegalArgumentException().isThrownBy(() -> OriginPolicy.sameOriginOr("app.example"));
    assertThatIllegalArgumentException().isThrownBy(() -> OriginPolicy.sameOriginOr("*"));
    assertThatIllegalArgumentException().isThrownBy(() -> handshake.withProtocols("a b"));
    assertThatIllegalArgumentException().isThrownBy(() -> handshake.withProtocols(""));
  }
}
