package io.tidegate.http.message;

import static io.tidegate.http.message.Scans.bytes;
import static io.tidegate.http.message.Scans.response;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Http1ResponseScannerTest {
  private final Http1ResponseScanner scanner = new Http1ResponseScanner(HeadLimits.DEFAULT);

  @ParameterizedTest
  @ValueSource(strings = {"200 OK", "200 ", "200", "200 Tr\u00e8s bien", "200  two\twords "})
  void theReasonMayBeAnyTextOrMissing(String status) {
    assertThat(response("GET", "HTTP/1.1 " + status, "Content-Length: 1").head().status())
        .isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "GET, 200, Content-Length: 5, LENGTH, true",
    "GET, 200, Transfer-Encoding: chunked, CHUNKED, true",
    "GET, 200, X: y, UNTIL_CLOSE, false",
    "GET, 500, Connection: close, UNTIL_CLOSE, false",
    "GET, 200, 'Content-Length: 5\r\nConnection: close', LENGTH, false",
    "HEAD, 200, Content-Length: 5, NONE, true",
    "HEAD, 200, Transfer-Encoding: chunked, NONE, true",
    "GET, 304, Content-Length: 5, NONE, true",
    "GET, 204, X: y, NONE, true",
    "GET, 204, Content-Length: 0, NONE, true",
    "GET, 204, Content-Length: 5, NONE, false",
    "GET, 204, Transfer-Encoding: chunked, NONE, false",
    "GET, 100, X: y, NONE, true",
    "GET, 103, Content-Length: 5, NONE, false",
    "CONNECT, 200, Content-Length: 5, NONE, true",
    "CONNECT, 407, Content-Length: 5, LENGTH, true"
  })
  void methodAndStatusDecideTheFraming(
      String method, int status, String field, Framing.Kind framing, boolean keepAlive) {
    var response = response(method, "HTTP/1.1 " + status + " x", field);

    assertThat(response.framing().kind()).isEqualTo(framing);
    assertThat(response.keepAlive()).isEqualTo(keepAlive);
  }

  @Test
  void anHttp10AnswerKeepsTheConnectionOnlyIfItSaysSo() {
    assertThat(response("GET", "HTTP/1.0 200 OK", "Content-Length: 1").keepAlive()).isFalse();
    assertThat(
            response("GET", "HTTP/1.0 200 OK", "Content-Length: 1", "Connection: keep-alive")
                .keepAlive())
        .isTrue();
  }

  @Test
  void interimAnswersAreFollowedByTheFinalOneInTheSameBytes() {
    byte[] wire =
        bytes(
            "HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");

    assertThat(scanner.scan("GET", wire, 0, wire.length)).isEqualTo(Scan.HEAD);
    assertThat(scanner.response().head().isInterim()).isTrue();
    int next = scanner.consumed();
    assertThat(scanner.scan("GET", wire, next, wire.length)).isEqualTo(Scan.HEAD);

    assertThat(scanner.response().head().isInterim()).isFalse();
    assertThat(next + scanner.consumed()).isEqualTo(wire.length - 3);
  }

  @Test
  void aSwitchOfProtocolsIsFinal() {
    var response = response("GET", "HTTP/1.1 101 x", "Connection: upgrade", "Upgrade: websocket");

    assertThat(response.upgrade()).isTrue();
    assertThat(response.head().isInterim()).isFalse();
    assertThat(response.framing()).isEqualTo(Framing.NONE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r",
        "HTTP/2",
        "h",
        "HTTP/1.x",
        "HTTP/1.10",
        "HTTP/1.1\t",
        "HTTP/1.1 20 ",
        "HTTP/1.1 2000",
        "HTTP/1.1 0",
        "HTTP/1.1 6",
        "HTTP/1.1 200\n",
        "HTTP/1.1 200 OK\n",
        "HTTP/1.1 200 O\0",
        "HTTP/1.1 200 OK\r\n ",
        "HTTP/1.1 200 OK\r\nX: a\n",
        "HTTP/1.1 200 OK\r\nX ",
        "HTTP/1.1 200 OK\r\nX: a\r\n ",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nConnection: Content-Length\r\nContent-Length: 1\r\n\r\n"
      })
  void aWrongAnswerIsRefusedAtItsLastByteAndNotBefore(String wire) {
    byte[] bytes = bytes(wire);
    assertThat(scanner.scan("GET", bytes, 0, bytes.length)).isEqualTo(Scan.BAD);
    assertThat(scanner.bad().status()).isEqualTo(502);

    scanner.reset();
    for (int to = 0; to < bytes.length; to++) {
      assertThat(scanner.scan("GET", bytes, 0, to)).isEqualTo(Scan.NEED_MORE);
    }
    assertThat(scanner.scan("GET", bytes, 0, bytes.length)).isEqualTo(Scan.BAD);
  }

  @Test
  void aHeadWithoutEndIsRefusedAtTheLimit() {
    byte[] wire = bytes("HTTP/1.1 200 OK\r\nX: " + "a".repeat(HeadLimits.DEFAULT.headBytes()));

    assertThat(scanner.scan("GET", wire, 0, wire.length)).isEqualTo(Scan.BAD);
  }
}
