package io.tidegate.http.message;

import static io.tidegate.http.message.Scans.badRequest;
import static io.tidegate.http.message.Scans.bytes;
import static io.tidegate.http.message.Scans.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Http1RequestScannerTest {
  private final Http1RequestScanner scanner = new Http1RequestScanner(HeadLimits.DEFAULT);

  @Test
  void aRequestIsTakenApart() {
    var request =
        request("POST /a?b=c HTTP/1.1", "Accept: x", "Host: A.example:81", "content-length: 12");

    assertThat(request.head().method()).isEqualTo("POST");
    assertThat(request.head().target()).isEqualTo("/a?b=c");
    assertThat(request.head().authority()).isEqualTo("A.example:81");
    assertThat(request.head().fields()).hasToString("Accept: x\r\ncontent-length: 12\r\n");
    assertThat(request.framing()).isEqualTo(Framing.length(12));
    assertThat(request.minorVersion()).isEqualTo(1);
  }

  @Test
  void fieldsAreKeptInOneSpelling() {
    var fields =
        request("GET / HTTP/1.1", "Host: a", "A:b", "C: \t d e \t", "F:", "G:  ").head().fields();

    assertThat(fields).hasToString("A: b\r\nC: d e\r\nF: \r\nG: \r\n");
  }

  @ParameterizedTest
  @CsvSource({
    "http://b:8080/x?y, /x?y, b:8080",
    "HTTP://b, /, b",
    "https://b?y, /?y, b",
    "http://[::1]:80/, /, [::1]:80"
  })
  void anAbsoluteTargetGivesTheHost(String sent, String target, String authority) {
    var head = request("GET " + sent + " HTTP/1.1", "Host: other").head();

    assertThat(head.target()).isEqualTo(target);
    assertThat(head.authority()).isEqualTo(authority);
    assertThat(head.fields().size()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", "ftp://a/", "http:/a", "http://", "http:///x", "http://a:0/"})
  void aTargetOfNoKnownFormIsRefused(String target) {
    assertThat(badRequest("GET " + target + " HTTP/1.1", "Host: a").status()).isEqualTo(400);
  }

  @Test
  void connectTakesAHostAndAPortAndNoBody() {
    assertThat(request("CONNECT b:443 HTTP/1.1", "Host: a").head().authority()).isEqualTo("b:443");
    assertThat(badRequest("CONNECT b HTTP/1.1", "Host: a").status()).isEqualTo(400);
    assertThat(badRequest("CONNECT b:443 HTTP/1.1", "Host: a", "Content-Length: 1").status())
        .isEqualTo(400);
  }

  @ParameterizedTest
  @CsvSource({
    "1.1, x, true",
    "1.1, close, false",
    "1.1, 'a, CLOSE', false",
    "1.1, 'keep-alive, close', false",
    "1.0, x, false",
    "1.0, keep-alive, true",
    "1.0, 'keep-alive, close', false"
  })
  void connectionDecidesWhatFollows(String version, String connection, boolean keepAlive) {
    var request = request("GET / HTTP/" + version, "Host: a", "Connection: " + connection);

    assertThat(request.keepAlive()).isEqualTo(keepAlive);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "host",
        "Content-Length",
        "TRANSFER-ENCODING",
        "forwarded",
        "X-Forwarded-For",
        "a;b",
        "\"a\""
      })
  void connectionMustNotNameWhatTheNextHopNeeds(String name) {
    var bad = badRequest("GET / HTTP/1.1", "Host: a", "Connection: keep-alive, " + name);

    assertThat(bad.status()).isEqualTo(400);
  }

  @Test
  void fieldsNamedByConnectionAreKnown() {
    var fields =
        request(
                "GET / HTTP/1.1",
                "Host: a",
                "X-a: 1",
                "Connection: x-A ,, te",
                "TE: trailers",
                "X: 2")
            .head()
            .fields();

    assertThat(fields.isNamedByConnection(0)).isTrue();
    assertThat(fields.isNamedByConnection(2)).isTrue();
    assertThat(fields.isNamedByConnection(3)).isFalse();
  }

  @Test
  void anUpgradeIsAskedForByBothFieldsInHttp11() {
    var asked =
        request("GET / HTTP/1.1", "Host: a", "Connection: Upgrade", "Upgrade: h2c, WebSocket");

    assertThat(asked.asksFor("websocket")).isTrue();
    assertThat(asked.asksFor("yamux")).isFalse();
    assertThat(request("GET / HTTP/1.1", "Host: a", "Upgrade: websocket").asksFor("websocket"))
        .isFalse();
    assertThat(
            request("GET / HTTP/1.0", "Host: a", "Connection: upgrade", "Upgrade: websocket")
                .upgrade())
        .isFalse();
  }

  @Test
  void onlyHttp11WaitsForContinue() {
    assertThat(request("PUT / HTTP/1.1", "Host: a", "Expect: 100-Continue").expectContinue())
        .isTrue();
    assertThat(request("PUT / HTTP/1.0", "Host: a", "Expect: 100-continue").expectContinue())
        .isFalse();
  }

  @Test
  void aFaultIsRefusedAtItsByteAndForGood() {
    byte[] wire = bytes("GET / HTTP/1.1\r\nX\0");

    assertThat(scanner.scan(wire, 0, wire.length - 1)).isEqualTo(Scan.NEED_MORE);
    assertThat(scanner.scan(wire, 0, wire.length)).isEqualTo(Scan.BAD);
    assertThat(scanner.scan(bytes("GET / HTTP/1.1\r\n"), 0, 16)).isEqualTo(Scan.BAD);
  }

  @Test
  void aHeadOfExactlyTheLimitPassesAndOneByteMoreDoesNot() {
    String start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    int room = HeadLimits.DEFAULT.headBytes() - start.length() - 4;
    byte[] fits = bytes(start + "a".repeat(room) + "\r\n\r\n");
    byte[] tooLong = bytes(start + "a".repeat(room + 1) + "\r\n\r\n");

    assertThat(scanner.scan(fits, 0, fits.length)).isEqualTo(Scan.HEAD);
    assertThat(scanner.scan(tooLong, 0, tooLong.length)).isEqualTo(Scan.BAD);
    assertThat(scanner.bad().status()).isEqualTo(431);
  }

  @Test
  void aLineOfExactlyTheLimitPassesAndOneByteMoreDoesNot() {
    int room = HeadLimits.DEFAULT.lineBytes() - "GET / HTTP/1.1\r\n".length();

    assertThat(request("GET /" + "a".repeat(room) + " HTTP/1.1", "Host: a").minorVersion()).isOne();
    assertThat(badRequest("GET /" + "a".repeat(room + 1) + " HTTP/1.1", "Host: a").status())
        .isEqualTo(414);
  }

  @Test
  void asManyFieldsAsTheLimitPassAndOneMoreDoesNot() {
    var limits = new HeadLimits(100, 1_000, 20, 100, 100);
    byte[] fits = bytes("GET / HTTP/1.1\r\nHost: a\r\n" + "X: a\r\n".repeat(19) + "\r\n");
    byte[] tooMany = bytes("GET / HTTP/1.1\r\nHost: a\r\n" + "X: a\r\n".repeat(20) + "\r\n");
    var few = new Http1RequestScanner(limits);

    assertThat(few.scan(fits, 0, fits.length)).isEqualTo(Scan.HEAD);
    assertThat(few.request().head().fields().size()).isEqualTo(19);
    assertThat(few.scan(tooMany, 0, tooMany.length)).isEqualTo(Scan.BAD);
    assertThat(few.bad().status()).isEqualTo(431);
  }

  @Test
  void aResetScannerServesAnotherConnection() {
    byte[] begun = bytes("POST /long HTTP/1.1\r\nContent-Length: 5\r\n");
    byte[] other = bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n");

    assertThat(scanner.scan(begun, 0, begun.length)).isEqualTo(Scan.NEED_MORE);
    assertThat(scanner.isIdle()).isFalse();
    scanner.reset();

    assertThat(scanner.isIdle()).isTrue();
    assertThat(scanner.scan(other, 0, other.length)).isEqualTo(Scan.HEAD);
    assertThat(scanner.request().framing()).isEqualTo(Framing.NONE);
  }

  @Test
  void thereIsNoRequestBeforeOneIsComplete() {
    assertThat(scanner.scan(bytes("GET "), 0, 4)).isEqualTo(Scan.NEED_MORE);

    assertThatIllegalStateException().isThrownBy(scanner::request);
    assertThatIllegalStateException().isThrownBy(scanner::bad);
  }
}
