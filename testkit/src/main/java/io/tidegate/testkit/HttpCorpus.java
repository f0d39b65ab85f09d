package io.tidegate.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The 138 raw HTTP/1 inputs that a strict server must tell apart, with the one right outcome each.
///
/// Plain bytes and numbers, so that the same cases can be sent to a parser, a server or through a
/// tunnel. Refused cases carry a second request, for `/second`, behind the fault where that could
/// be smuggled. What is right is what RFC 9112 demands, and the stricter choice where it leaves
/// one: equal lengths given twice, bare LF and folded lines are refused.
public final class HttpCorpus {
  /// One input on one connection.
  ///
  /// @param group class of fault
  /// @param name what is particular about it; unique within its group
  /// @param wire what is sent, each character one byte
  /// @param complete how many whole requests it holds before the first fault
  /// @param status 0 if it ends well, else what it is refused with before the connection closes
  public record Case(String group, String name, String wire, int complete, int status) {
    /// What is sent.
    public byte[] bytes() {
      return wire.getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public String toString() {
      return group + ": " + name;
    }
  }

  private static final String CHUNKS = "5\r\nhello\r\n0\r\n\r\n";

  private final List<Case> cases = new ArrayList<>();
  private final String host;
  private final String second;
  private String group = "";

  private HttpCorpus(String host) {
    this.host = host;
    this.second = "GET /second HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
  }

  /// The cases for a server that takes any host: each asks for the host `a`.
  public static List<Case> cases() {
    return cases("a");
  }

  /// The cases that ask for `host`, which is a name or an address, with a port or without.
  public static List<Case> cases(String host) {
    var corpus = new HttpCorpus(host);
    corpus.lengthAndCoding();
    corpus.lengths();
    corpus.codings();
    corpus.chunkSizes();
    corpus.chunkLines();
    corpus.trailers();
    corpus.lineEnds();
    corpus.fieldSyntax();
    corpus.requestLines();
    corpus.versions();
    corpus.hostsAndTargets();
    corpus.rest();
    return List.copyOf(corpus.cases);
  }

  private void lengthAndCoding() {
    group = "length and coding";
    bad("coding, then length", post("Transfer-Encoding: chunked", "Content-Length: 5") + CHUNKS);
    bad("length, then coding", post("Content-Length: 5", "Transfer-Encoding: chunked") + CHUNKS);
    group = "two lengths";
    bad("equal", post("Content-Length: 5", "Content-Length: 5") + "hello");
    bad("different", post("Content-Length: 5", "Content-Length: 6") + "hello!");
    bad("equal in a list", post("Content-Length: 5, 5") + "hello");
    bad("different in a list", post("Content-Length: 5, 6") + "hello!");
  }

  private void lengths() {
    group = "length";
    for (String value : List.of("+5", "-5", "0x5", "1_0", "1 0", "", "5Z")) {
      bad("'" + value + "'", post("Content-Length: " + value) + "hello");
    }
    bad("2^63", post("Content-Length: 9223372036854775808") + "hello");
    bad("2^64 + 5", post("Content-Length: 18446744073709551621") + "hello" + second);
    bad("Arabic digit", post("Content-Length: " + utf8("\u0665")) + "hello");
    bad("vertical tab", post("Content-Length: \u000b5") + "hello");
    good("leading zeros", post("Content-Length: 0005") + "hello", 1);
    refused("underscore never frames", post("Content_Length: 5") + "hello", 1, 501);
  }

  private void codings() {
    group = "coding";
    coding("identity", "identity", 501);
    coding("foo", "foo", 501);
    coding("chunked is not last", "chunked, gzip", 400);
    coding("chunked is not alone", "gzip, chunked", 501);
    bad("two fields", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + CHUNKS);
    coding("twice in a list", "chunked, chunked", 400);
    coding("empty element", ",chunked", 400);
    coding("xchunked", "xchunked", 501);
    coding("quoted", "\"chunked\"", 400);
    coding("vertical tab", "\u000bchunked", 400);
    coding("no-break space", "\u00a0chunked", 400);
    coding("empty", "", 400);
    good("upper case", post("Transfer-Encoding: CHUNKED") + CHUNKS, 1);
    good("tab before", post("Transfer-Encoding:\tchunked") + CHUNKS, 1);
    bad("space before colon", post("Transfer-Encoding : chunked") + CHUNKS);
    bad("folded value", post("Transfer-Encoding:\r\n chunked") + CHUNKS);
    bad("folded name", post("Transfer-\r\n Encoding: chunked") + CHUNKS);
    bad(
        "HTTP/1.0",
        "POST / HTTP/1.0\r\nHost: " + host + "\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKS);
  }

  private void coding(String name, String value, int status) {
    refused(name, post("Transfer-Encoding: " + value) + CHUNKS, 0, status);
  }

  private void chunkSizes() {
    group = "chunk size";
    for (String size : List.of("0x5", "+5", "-5", "0_5", "", " 5", "5 ", "5z")) {
      bad("'" + size + "'", chunked(size + "\r\nhello\r\n0\r\n\r\n"));
    }
    bad("2^32", chunked("100000000\r\nhello\r\n0\r\n\r\n"));
    bad("2^64 + 5", chunked("10000000000000005\r\nhello\r\n0\r\n\r\n" + second));
    bad("ffffffff", chunked("ffffffff\r\nhello\r\n0\r\n\r\n"));
    bad("9,000 zeros", chunked("0".repeat(9_000) + "5\r\nhello\r\n0\r\n\r\n"));
    bad("data too long", chunked("5\r\nhello!\r\n0\r\n\r\n"));
    bad("data too short", chunked("5\r\nhel\r\n0\r\n\r\n"));
    bad("junk, then a request", chunked("X\r\n" + second));
    good("two chunks", chunked("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), 1);
    good(
        "digits of both cases and zeros",
        chunked("00a\r\n0123456789\r\n0A\r\n0123456789\r\n000\r\n\r\n"),
        1);
  }

  private void chunkLines() {
    group = "chunk line";
    bad("bare LF after size", chunked("5\nhello\r\n0\r\n\r\n"));
    bad("bare LF after data", chunked("5\r\nhello\n0\r\n\r\n"));
    bad("CR CR", chunked("5\r\r\nhello\r\n0\r\n\r\n"));
    good("extension", chunked("5;a=b\r\nhello\r\n0;c\r\n\r\n"), 1);
    good("quoted extension", chunked("5;a=\"b;\\\" c\"\r\nhello\r\n0\r\n\r\n"), 1);
    bad("LF in extension", chunked("5;a=b\nc\r\nhello\r\n0\r\n\r\n"));
    bad("CRLF in quoted extension", chunked("5;a=\"\r\nhello\r\n0\r\n\r\n" + second + "\"\r\n"));
    refused(
        "64 KiB extension", chunked("5;" + "a".repeat(65_536) + "\r\nhello\r\n0\r\n\r\n"), 0, 413);
  }

  private void trailers() {
    group = "trailer";
    good("good", chunked("5\r\nhello\r\n0\r\nX-Sum: 1\r\nY: 2\r\n\r\n"), 1);
    bad("length", chunked("5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n") + second);
    bad("coding", chunked("5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n") + second);
    refused("64 KiB", chunked("5\r\nhello\r\n0\r\nX: " + "a".repeat(65_536) + "\r\n\r\n"), 0, 431);
    good("empty value", chunked("5\r\nhello\r\n0\r\nX:\r\n\r\n"), 1);
  }

  private void lineEnds() {
    group = "line end";
    bad("bare LF", "GET / HTTP/1.1\nHost: " + host + "\n\n");
    bad("bare LF smuggles", get("X: a\nContent-Length: 40") + second);
    bad("CR in name", get("X\rY: a"));
    bad("CR in value", get("X: a\rb"));
    bad("CR without LF at the end", "GET / HTTP/1.1\r\nHost: " + host + "\r\n\rX");
    bad("CR CR LF", "GET / HTTP/1.1\r\nHost: " + host + "\r\r\n\r\n");
    bad("NUL in name", get("X\0: a"));
    bad("NUL in value", get("X: a\0"));
    bad("control byte", get("X: a\u0001"));
    bad("DEL", get("X: a\u007f"));
    good("obs-text", get("X: \u0080\u00ff"), 1);
    good("one CRLF before the request", "\r\n" + get(), 1);
    bad("5,000 CRLF before the request", "\r\n".repeat(5_000) + get());
  }

  private void fieldSyntax() {
    group = "field";
    bad("space before the first", "GET / HTTP/1.1\r\n Host: " + host + "\r\n\r\n");
    bad("tab before the first", "GET / HTTP/1.1\r\n\tHost: " + host + "\r\n\r\n");
    bad("folded line", get("X: a", " b"));
    bad("no colon", get("X"));
    bad("space for colon", get("X a"));
    bad("empty name", get(": a"));
    bad("space in name", get("X Y: a"));
    bad("parentheses in name", get("X(Y): a"));
    bad("name not ASCII", get(utf8("X\u00e9: a")));
  }

  private void requestLines() {
    group = "request line";
    bad("two spaces", line("GET  / HTTP/1.1"));
    bad("tab", line("GET\t/ HTTP/1.1"));
    bad("CR", line("GET\r/ HTTP/1.1"));
    bad("vertical tab", line("GET\u000b/ HTTP/1.1"));
    bad("one word more", line("GET / HTTP/1.1 X"));
    bad("space in target", line("GET /a b HTTP/1.1"));
    bad("NUL in target", line("GET /a\0b HTTP/1.1"));
    bad("control byte in target", line("GET /a\u0001b HTTP/1.1"));
    bad("UTF-8 in target", line(utf8("GET /\u00e9 HTTP/1.1")));
    bad("fragment", line("GET /a#b HTTP/1.1"));
    bad("relative target", line("GET a HTTP/1.1"));
    bad("method not a token", line("G(T / HTTP/1.1"));
    refused("method in lower case", line("get / HTTP/1.1"), 0, 501);
    refused("9,000 bytes of method", line("G".repeat(9_000) + " / HTTP/1.1"), 0, 501);
    bad("leading space", line(" GET / HTTP/1.1"));
    refused("9,000 bytes of target", line("GET /" + "a".repeat(8_999) + " HTTP/1.1"), 0, 414);
    good("7,900 bytes of target", line("GET /" + "a".repeat(7_899) + " HTTP/1.1"), 1);
  }

  private void versions() {
    group = "version";
    bad("lower case", line("GET / http/1.1"));
    bad("1.10", line("GET / HTTP/1.10"));
    refused("2.0", line("GET / HTTP/2.0"), 0, 505);
    refused("9.9", line("GET / HTTP/9.9"), 0, 505);
    good("1.2", line("GET / HTTP/1.2"), 1);
    bad("none", "GET /\r\n");
    bad("NUL behind", line("GET / HTTP/1.1\0"));
  }

  private void hostsAndTargets() {
    group = "host";
    bad("none", "GET / HTTP/1.1\r\n\r\n");
    good("none in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 1);
    bad("two", "GET / HTTP/1.1\r\nHost: " + host + "\r\nHost: b\r\n\r\n");
    bad("two equal", "GET / HTTP/1.1\r\nHost: " + host + "\r\nHost: " + host + "\r\n\r\n");
    for (String wrong :
        List.of(host + ", b", host + " b", "user@" + host, host + "/b", host + ":99999999", "")) {
      bad("'" + wrong + "'", "GET / HTTP/1.1\r\nHost: " + wrong + "\r\n\r\n");
    }
    group = "target";
    good("absolute", line("GET http://" + host + "/x HTTP/1.1"), 1);
    bad("absolute with a user", line("GET http://user@" + host + "/x HTTP/1.1"));
    bad("absolute without Host", "GET http://" + host + "/x HTTP/1.1\r\n\r\n");
    bad("asterisk of GET", line("GET * HTTP/1.1"));
    good("asterisk of OPTIONS", line("OPTIONS * HTTP/1.1"), 1);
    bad("path of CONNECT", line("CONNECT /x HTTP/1.1"));
    bad("authority of GET", line("GET a:80 HTTP/1.1"));
  }

  private void rest() {
    group = "rest";
    good("three at once", get() + post("Content-Length: 5") + "hello" + second, 3);
    good("GET with a body", get("Content-Length: 5") + "hello", 1);
    refused("unknown expectation", post("Expect: foo", "Content-Length: 5") + "hello", 0, 417);
    refused("64 KiB of one field", get("X: " + "a".repeat(65_536)), 0, 431);
    refused("5,000 fields", get("X: a\r\n".repeat(4_999) + "X: a"), 0, 431);
    bad(
        "Connection names the length",
        post("Connection: close, Content-Length", "Content-Length: 5") + "hello");
    bad("preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    good(
        "h2c, which is not followed",
        get("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"),
        1);
  }

  private String get(String... fields) {
    return head("GET / HTTP/1.1", fields);
  }

  private String post(String... fields) {
    return head("POST / HTTP/1.1", fields);
  }

  private String line(String requestLine) {
    return head(requestLine);
  }

  private String chunked(String body) {
    return post("Transfer-Encoding: chunked") + body;
  }

  private String head(String requestLine, String... fields) {
    String lines = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
    return requestLine + "\r\nHost: " + host + "\r\n" + lines + "\r\n";
  }

  private static String utf8(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
  }

  private void good(String name, String wire, int complete) {
    refused(name, wire, complete, 0);
  }

  private void bad(String name, String wire) {
    refused(name, wire, 0, 400);
  }

  private void refused(String name, String wire, int complete, int status) {
    cases.add(new Case(group, name, wire, complete, status));
  }
}
