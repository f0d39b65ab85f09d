package io.tidegate.websocket;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.netty.buffer.Unpooled;
import io.tidegate.http.HandshakeKey;
import io.tidegate.http.message.FieldName;
import io.tidegate.http.message.Fields;
import io.tidegate.http.message.Framing;
import io.tidegate.http.message.HeadBuilder;
import io.tidegate.http.message.HeadLimits;
import io.tidegate.http.message.Http1RequestScanner;
import io.tidegate.http.message.Http1ResponseScanner;
import io.tidegate.http.message.Http1Writer;
import io.tidegate.http.message.Http1Writer.Then;
import io.tidegate.http.message.Scan;
import io.tidegate.websocket.ClientHandshake.Outcome;
import io.tidegate.websocket.ClientHandshake.Outcome.Failed;
import io.tidegate.websocket.ClientHandshake.Outcome.Opened;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientHandshakeTest {
  private static final String ACCEPT = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=|";
  private static final String UPGRADE = "Upgrade: websocket|Connection: Upgrade|";

  private final HeadBuilder heads = new HeadBuilder();

  private static Outcome judge(String lines) {
    var handshake =
        ClientHandshake.withKey("dGhlIHNhbXBsZSBub25jZQ==", List.of("one", "two"), Fields.EMPTY);
    var bytes = (lines.replace("|", "\r\n") + "\r\n").getBytes(ISO_8859_1);
    var scanner = new Http1ResponseScanner(HeadLimits.DEFAULT);
    assertThat(scanner.scan("GET", bytes, 0, bytes.length)).isEqualTo(Scan.HEAD);
    return handshake.judge(scanner.response());
  }

  @Test
  void theAnswerOfTheRfcOpens() {
    assertThat(judge("HTTP/1.1 101 Switching Protocols|" + UPGRADE + ACCEPT))
        .isEqualTo(new Opened(""));
  }

  @Test
  void aSubprotocolThatWasAskedForIsTaken() {
    assertThat(
            judge(
                "HTTP/1.1 101 |upgrade: WebSocket|connection: UPGRADE|"
                    + ACCEPT
                    + "Sec-WebSocket-Protocol: two|"))
        .isEqualTo(new Opened("two"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '>',
      value = {
        "200 |                          > 200 > the server answered 200",
        "302 |Location: /else|          > 302 > the server answered 302",
        "401 |U A                       > 401 > the server answered 401",
        "101 |A                         > 101 > 101 without an upgrade",
        "101 |Upgrade: websocket|A      > 101 > 101 without an upgrade",
        "101 |Connection: Upgrade|A     > 101 > 101 without an upgrade",
        "101 |U Upgrade: h2c|A          > 101 > 101 without an upgrade",
        "101 |Upgrade: h2c|Connection: Upgrade|A > 101 > 101 to another protocol",
        "101 |U                         > 101 > Sec-WebSocket-Accept does not answer our key",
        "101 |U Sec-WebSocket-Accept: S3pPLMBiTxaQ9kYGzzhZRbK+xOo=| > 101 > Sec-WebSocket-Accept does not answer our key",
        "101 |U A A                     > 101 > Sec-WebSocket-Accept does not answer our key",
        "101 |U A Sec-WebSocket-Extensions: permessage-deflate| > 101 > an extension that was not asked for",
        "101 |U A Sec-WebSocket-Protocol: three| > 101 > a subprotocol that was not asked for",
        "101 |U A Sec-WebSocket-Protocol: one, two| > 101 > a subprotocol that was not asked for",
        "101 |U A Sec-WebSocket-Protocol: one|Sec-WebSocket-Protocol: two| > 101 > a subprotocol that was not asked for",
        "101 |U A Sec-WebSocket-Protocol:| > 101 > a subprotocol that was not asked for",
      })
  void aWrongAnswerFails(String shorthand, int status, String reason) {
    var lines =
        shorthand.replace("U ", UPGRADE).replaceAll("U$", UPGRADE).replaceAll("A( |$)", ACCEPT);

    assertThat(judge("HTTP/1.1 " + lines)).isEqualTo(new Failed(status, reason));
  }

  @Test
  void bothSidesAgreeOverTheWire() {
    var more = heads.fields().field(FieldName.AUTHORIZATION, "Bearer token").buildFields();
    var client = ClientHandshake.begin(List.of("one", "two"), more);
    var server = ServerHandshake.DEFAULT.withProtocols("two");
    var wire = Unpooled.buffer();

    Http1Writer.write(client.request("/a?b", "host:81", heads), Framing.NONE, Then.UPGRADE, wire);
    var requests = new Http1RequestScanner(HeadLimits.DEFAULT);
    assertThat(requests.scan(wire.array(), 0, wire.writerIndex())).isEqualTo(Scan.HEAD);
    var answer = server.answer(requests.request(), heads);
    wire.clear();
    Http1Writer.write(answer.head(), Framing.NONE, Then.UPGRADE, wire);
    var answers = new Http1ResponseScanner(HeadLimits.DEFAULT);
    assertThat(answers.scan("GET", wire.array(), 0, wire.writerIndex())).isEqualTo(Scan.HEAD);

    assertThat(client.judge(answers.response())).isEqualTo(new Opened("two"));
    assertThat(requests.request().head().fields().value(FieldName.AUTHORIZATION))
        .isEqualTo("Bearer token");
  }

  @Test
  void eachHandshakeHasItsOwnKey() {
    var first = ClientHandshake.begin(List.of(), Fields.EMPTY).request("/", "a", heads);
    var second = ClientHandshake.begin(List.of(), Fields.EMPTY).request("/", "a", heads);

    assertThat(first.fields().value(FieldName.SEC_WEBSOCKET_KEY))
        .matches(HandshakeKey::isValid)
        .isNotEqualTo(second.fields().value(FieldName.SEC_WEBSOCKET_KEY));
    assertThat(first.fields().has(FieldName.SEC_WEBSOCKET_PROTOCOL)).isFalse();
  }

  @Test
  void whatBelongsToTheHandshakeIsNotTheCallers() {
    var upgrade = heads.fields().field(FieldName.UPGRADE, "h2c").buildFields();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClientHandshake.begin(List.of(), upgrade));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClientHandshake.begin(List.of("a", "a"), Fields.EMPTY));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ClientHandshake.begin(List.of("a,b"), Fields.EMPTY));
  }
}
