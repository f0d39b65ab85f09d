package io.tidegate.proof.torture;

import static io.tidegate.proof.torture.Attack.Needs.DESCRIPTORS;
import static io.tidegate.proof.torture.Attack.Needs.EVENTS;
import static io.tidegate.proof.torture.Attack.Needs.HTTP1;

import io.tidegate.proof.torture.Script.Appetite;
import io.tidegate.proof.torture.Script.Move;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Attacks over HTTP/1.1, and of connections as such.
final class HttpAttacks {
  static final Duration SECOND = Duration.ofSeconds(1);
  static final Duration TENTH = Duration.ofMillis(100);

  private static final String LINE = "X-Flood: " + "y".repeat(80) + "\r\n";

  private HttpAttacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of("silent", HTTP1, "nothing", _ -> Script.saying("")),
        Attack.of(
            "slow-head",
            HTTP1,
            "a byte of a head a second",
            ground ->
                Script.saying(ground.head("GET", ground.page()) + "X-Slow: ")
                    .thenEvery(SECOND, "x")),
        Attack.of(
            "slow-body",
            HTTP1,
            "a byte of 1 MB a second",
            ground ->
                Script.saying(post(ground, "Content-Length: 1000000")).thenEvery(SECOND, "x")),
        Attack.of(
            "slow-read",
            HTTP1,
            "64 B of a long answer a second",
            ground ->
                Script.saying(ground.get(ground.large()))
                    .withAppetite(Appetite.SIPS)
                    .thenMoving(SECOND, _ -> new Move.Rest())),
        Attack.of(
            "never-read",
            HTTP1,
            "a long answer, none of it read",
            ground -> Script.saying(ground.get(ground.large())).withAppetite(Appetite.NONE)),
        Attack.of(
            "events-never-read",
            EVENTS,
            "events, none read",
            ground -> Script.saying(ground.get(ground.events())).withAppetite(Appetite.NONE)),
        Attack.flood(
            "head-flood",
            HTTP1,
            "field lines without end",
            ground ->
                Script.saying(ground.head("GET", ground.page())).thenFlooding(LINE.repeat(100))),
        Attack.of(
            "head-value",
            HTTP1,
            "a cookie of 1 MiB",
            ground ->
                Script.saying(ground.head("GET", ground.page()) + "Cookie: a=")
                    .thenMoving(Duration.ofMillis(20), turn -> upTo(turn, 64, "z".repeat(16_384)))),
        Attack.of(
            "head-count",
            HTTP1,
            "5,000 fields of 3 B",
            ground ->
                Script.saying(
                    ground.head("GET", ground.page()) + "a:b\r\n".repeat(5_000) + "\r\n")),
        Attack.flood(
            "line-flood",
            HTTP1,
            "a request line without end",
            _ -> Script.saying("GET /").thenFlooding("a".repeat(16_384))),
        Attack.flood(
            "chunk-extensions",
            HTTP1,
            "one extension without end",
            ground -> Script.saying(chunked(ground) + "1;x=").thenFlooding("e".repeat(16_384))),
        Attack.flood(
            "chunk-extensions-many",
            HTTP1,
            "chunks of a byte with 60 B of extension",
            ground ->
                Script.saying(chunked(ground))
                    .thenFlooding(("1;" + "e".repeat(60) + "\r\nx\r\n").repeat(200))),
        Attack.flood(
            "tiny-chunks",
            HTTP1,
            "chunks of a byte without end",
            ground -> Script.saying(chunked(ground)).thenFlooding("1\r\nx\r\n".repeat(2_000))),
        Attack.flood(
            "trailers",
            HTTP1,
            "trailers without end",
            ground -> Script.saying(chunked(ground) + "0\r\n").thenFlooding(LINE.repeat(100))),
        Attack.of(
            "length-lies",
            HTTP1,
            "a length of 2^63-1, 2^64, -1, two lengths, a length and chunks",
            ground -> Script.sayingByNumber(number -> lie(ground, number))),
        Attack.of(
            "ranges",
            HTTP1,
            "1,000 overlapping ranges, ten times a second",
            ground ->
                Script.saying("")
                    .thenEvery(TENTH, ground.get(ground.page(), "Range: bytes=" + ranges()))),
        Attack.of(
            "hash-query",
            HTTP1,
            "256 query keys of one hash, ten times a second",
            ground ->
                Script.saying("")
                    .thenEvery(TENTH, ground.get(ground.page() + "?" + collisions(8, "&")))),
        Attack.of(
            "hash-fields",
            HTTP1,
            "64 field names of one hash, ten times a second",
            ground ->
                Script.saying("")
                    .thenEvery(
                        TENTH,
                        ground.head("GET", ground.page())
                            + collisions(6, "\r\n").replace("=", ": ")
                            + "\r\n\r\n")),
        Attack.flood("hash-form", HTTP1, "a form of 8,192 keys of one hash", HttpAttacks::form),
        Attack.flood(
            "pipelining",
            HTTP1,
            "requests without end, answers read",
            ground -> Script.saying("").thenFlooding(ground.get(ground.page()).repeat(50))),
        Attack.flood(
            "pipelining-unread",
            HTTP1,
            "requests without end, answers not read",
            ground ->
                Script.saying("")
                    .withAppetite(Appetite.NONE)
                    .thenFlooding(ground.get(ground.page()).repeat(50))),
        Attack.flood(
            "zeroes",
            HTTP1,
            "zeroes without end",
            _ -> Script.saying("").thenFlooding("\0".repeat(16_384))),
        Attack.flood(
            "empty-lines",
            HTTP1,
            "empty lines without end",
            _ -> Script.saying("").thenFlooding("\r\n".repeat(8_192))),
        Attack.of(
            "tls-hello",
            HTTP1,
            "a TLS hello to a plain port",
            _ -> Script.saying("\u0016\u0003\u0001@\u0000\u0001\u0000?\u00fc" + "h".repeat(500))),
        Attack.of(
                "reconnect-storm",
                HTTP1,
                "a request, a reset, and again at once",
                ground ->
                    Script.saying(ground.get(ground.page()))
                        .thenMoving(Duration.ofMillis(50), _ -> new Move.Leave())
                        .withComeback(Duration.ofMillis(50)))
            .refusingNewcomers(),
        Attack.of("descriptors", DESCRIPTORS, "nothing, up to its limit", _ -> Script.saying(""))
            .refusingNewcomers());
  }

  private static String post(Ground ground, String field) {
    return ground.head("POST", ground.upload(), field) + "\r\n";
  }

  private static String chunked(Ground ground) {
    return post(ground, "Transfer-Encoding: chunked");
  }

  static Move upTo(int turn, int turns, String text) {
    return turn < turns ? new Move.Send(text) : new Move.Wait();
  }

  private static String lie(Ground ground, int number) {
    var fields =
        switch (number % 5) {
          case 0 -> "Content-Length: 9223372036854775807";
          case 1 -> "Content-Length: 18446744073709551616";
          case 2 -> "Content-Length: -1";
          case 3 -> "Content-Length: 5\r\nContent-Length: 6";
          default -> "Content-Length: 5\r\nTransfer-Encoding: chunked";
        };
    return post(ground, fields) + "0\r\n\r\n";
  }

  /// They fit a head of 16 KiB.
  private static String ranges() {
    return IntStream.range(0, 1_000).mapToObj(i -> i + "-99999").collect(Collectors.joining(","));
  }

  /// 2 to the `pairs` names that Java's `String` gives the same hash, each with a value.
  static String collisions(int pairs, String between) {
    return IntStream.range(0, 1 << pairs)
        .mapToObj(bits ->
            IntStream.range(0, pairs)
                .mapToObj(bit -> (bits >> bit & 1) == 0 ? "Aa" : "BB")
                .collect(Collectors.joining("", "", "=1")))
        .collect(Collectors.joining(between));
  }

  private static Script form(Ground ground) {
    var body = collisions(13, "&");
    var head =
        ground.head(
            "POST",
            ground.upload(),
            "Content-Type: application/x-www-form-urlencoded",
            "Content-Length: " + body.length());
    return Script.saying("").thenEvery(TENTH, head + "\r\n" + body);
  }
}
