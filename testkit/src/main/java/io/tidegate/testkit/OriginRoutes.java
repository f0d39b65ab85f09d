package io.tidegate.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.util.Map.entry;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;

/// The answers that a [TestOrigin] knows from the start; its table says what each does.
final class OriginRoutes {
  private static final int CHUNK_BYTES = 8 * 1024;
  private static final Duration FOR_EVER = Duration.ofDays(1);

  private static final Map<String, TestOrigin.Reply> BUILT_IN =
      Map.ofEntries(
          entry("bytes", OriginRoutes::bytes),
          entry("chunked", OriginRoutes::chunked),
          entry("http10", OriginRoutes::http10),
          entry("echo", OriginRoutes::echo),
          entry("count", OriginRoutes::count),
          entry("sse", OriginRoutes::sse),
          entry("late", OriginRoutes::late),
          entry("slow-head", OriginRoutes::slowHead),
          entry("never", exchange -> exchange.pause(FOR_EVER)),
          entry("status", OriginRoutes::status),
          entry("100-headers", OriginRoutes::hundredHeaders),
          entry("103", OriginRoutes::earlyHints),
          entry("trailers", OriginRoutes::trailers),
          entry("extra-byte", exchange -> exchange.write(ok("", "hello") + "!")),
          entry("keep-alive", OriginRoutes::keepAlive),
          entry("truncated", OriginRoutes::truncated),
          entry("reset", OriginRoutes::reset),
          entry("ws", OriginWebSocket::serve));

  private OriginRoutes() {}

  static TestOrigin.Reply builtIn(String path) {
    var first = path.split("/", 3);
    var reply = first.length > 1 ? BUILT_IN.get(first[1]) : null;
    return reply == null ? OriginRoutes::notFound : reply;
  }

  /// An answer with these field lines, each with its CR LF, and this body.
  private static String ok(String fields, String body) {
    return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static void notFound(OriginExchange exchange) throws IOException {
    exchange.write("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  }

  private static void bytes(OriginExchange exchange) throws IOException {
    var count = exchange.number(1, 0);
    exchange.write("HTTP/1.1 200 OK\r\nContent-Length: " + count + "\r\n\r\n");
    exchange.writePattern(exchange.head().method().equals("HEAD") ? 0 : count);
  }

  private static void chunked(OriginExchange exchange) throws IOException {
    var count = exchange.number(1, 0);
    exchange.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    if (exchange.head().method().equals("HEAD")) {
      return;
    }
    for (long at = 0; at < count; at += CHUNK_BYTES) {
      exchange.writeChunk(Pattern.bytes(at, (int) Math.min(CHUNK_BYTES, count - at)));
    }
    exchange.writeChunk(new byte[0]);
  }

  private static void http10(OriginExchange exchange) throws IOException {
    exchange.write("HTTP/1.0 200 OK\r\n\r\n");
    exchange.writePattern(exchange.number(1, 0));
    exchange.closeAfter();
  }

  private static void echo(OriginExchange exchange) throws IOException {
    if (exchange.head().lists("Expect", "100-continue")) {
      exchange.write("HTTP/1.1 100 Continue\r\n\r\n");
    }
    var chunked = exchange.body().framing() == RawBody.Framing.CHUNKED;
    var length = exchange.head().first("Content-Length");
    exchange.write(
        "HTTP/1.1 200 OK\r\n"
            + (chunked
                ? "Transfer-Encoding: chunked\r\n\r\n"
                : "Content-Length: " + (length == null ? "0" : length) + "\r\n\r\n"));
    var buffer = new byte[CHUNK_BYTES];
    for (int count; (count = exchange.body().read(buffer)) >= 0; ) {
      var piece = Arrays.copyOf(buffer, count);
      if (chunked) {
        exchange.writeChunk(piece);
      } else {
        exchange.write(piece);
      }
    }
    if (chunked) {
      exchange.writeChunk(new byte[0]);
    }
  }

  private static void count(OriginExchange exchange) throws IOException {
    var count = exchange.origin().countOne(exchange.segment(1)); // before the body: it has arrived
    var _ = exchange.body().drain();
    exchange.write(ok("", Long.toString(count)));
  }

  private static void sse(OriginExchange exchange) throws IOException {
    var interval = Duration.ofMillis(exchange.number(1, 100));
    var events = exchange.number(2, Long.MAX_VALUE);
    exchange.write(
        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (long id = 1; id <= events; id++) {
      var event = "id: " + id + "\ndata: " + System.nanoTime() + "\n\n";
      exchange.write(Integer.toHexString(event.length()) + "\r\n" + event + "\r\n");
      exchange.pause(id == events ? Duration.ZERO : interval);
    }
    exchange.writeChunk(new byte[0]);
  }

  private static void late(OriginExchange exchange) throws IOException {
    exchange.pause(Duration.ofMillis(exchange.number(1, 500)));
    exchange.write(ok("", "late"));
  }

  private static void slowHead(OriginExchange exchange) throws IOException {
    var answer = ok("", "slow");
    var gap = Duration.ofMillis(exchange.number(1, 500)).dividedBy(answer.length());
    for (int i = 0; i < answer.length(); i++) {
      exchange.write(answer.substring(i, i + 1));
      exchange.pause(gap);
    }
  }

  private static void status(OriginExchange exchange) throws IOException {
    var code = exchange.number(1, 200);
    var length = code < 200 || code == 204 || code == 304 ? "" : "Content-Length: 0\r\n";
    exchange.write("HTTP/1.1 " + code + " As Asked\r\n" + length + "\r\n");
  }

  private static void hundredHeaders(OriginExchange exchange) throws IOException {
    var fields = new StringBuilder();
    for (int i = 1; i < 100; i++) { // Content-Length is the hundredth
      fields.append(String.format(Locale.ROOT, "X-Field-%02d: value-%02d\r\n", i, i));
    }
    exchange.write(ok(fields.toString(), "hundred"));
  }

  private static void earlyHints(OriginExchange exchange) throws IOException {
    exchange.write("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n");
    exchange.write(ok("", "hinted"));
  }

  private static void trailers(OriginExchange exchange) throws IOException {
    exchange.write("HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n");
    exchange.writeChunk("hello".getBytes(ISO_8859_1));
    exchange.write("0\r\nX-Sum: 532\r\n\r\n");
  }

  private static void keepAlive(OriginExchange exchange) throws IOException {
    exchange.write(ok("Keep-Alive: timeout=" + exchange.number(1, 5) + "\r\n", "kept"));
  }

  private static void truncated(OriginExchange exchange) throws IOException {
    half(exchange);
    exchange.closeAfter();
  }

  private static void reset(OriginExchange exchange) throws IOException {
    half(exchange);
    exchange.reset();
  }

  private static void half(OriginExchange exchange) throws IOException {
    var count = exchange.number(1, 1);
    exchange.write("HTTP/1.1 200 OK\r\nContent-Length: " + 2 * count + "\r\n\r\n");
    exchange.writePattern(count);
  }
}
