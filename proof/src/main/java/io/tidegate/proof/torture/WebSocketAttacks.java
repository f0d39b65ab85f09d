package io.tidegate.proof.torture;

import static io.tidegate.proof.torture.Attack.Needs.DEFLATE;
import static io.tidegate.proof.torture.Attack.Needs.HTTP1;
import static io.tidegate.proof.torture.Attack.Needs.WEBSOCKET;
import static io.tidegate.proof.torture.HttpAttacks.SECOND;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.tidegate.proof.torture.Script.Appetite;
import io.tidegate.proof.torture.Script.Move;
import io.tidegate.testkit.WebSocketFrame;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.zip.Deflater;

/// Attacks over WebSocket.
final class WebSocketAttacks {
  private static final int KEY = 0x6d61736b;

  /// Powers of two.
  private static final List<Integer> LENGTHS = List.of(63, 62, 31, 30);

  private WebSocketAttacks() {}

  static List<Attack> all() {
    return List.of(
        Attack.of(
            "ws-half-handshake",
            HTTP1,
            "a handshake without its end",
            ground -> Script.saying(ground.upgrade().stripTrailing() + "\r\n")),
        Attack.of(
            "ws-half-frame",
            WEBSOCKET,
            "a byte of a frame of 100 B a second",
            ground ->
                open(ground).thenMoving(SECOND, turn -> turn == 0 ? head(0x82, 100) : byteOf())),
        Attack.of(
            "ws-slow-message",
            WEBSOCKET,
            "a fragment of a byte a second",
            ground -> open(ground).thenMoving(SECOND, turn -> fragments(turn, 1, 1))),
        Attack.flood(
            "ws-fragments-empty",
            WEBSOCKET,
            "fragments of 0 B without end",
            ground -> open(ground).thenMoving(Duration.ZERO, turn -> fragments(turn, 0, 500))),
        Attack.flood(
            "ws-fragments-tiny",
            WEBSOCKET,
            "fragments of 1 B without end",
            ground -> open(ground).thenMoving(Duration.ZERO, turn -> fragments(turn, 1, 500))),
        Attack.flood(
            "ws-endless-message",
            WEBSOCKET,
            "fragments of 16 KiB without end",
            ground -> open(ground).thenMoving(Duration.ZERO, turn -> fragments(turn, 16_384, 1))),
        Attack.flood(
            "ws-pings",
            WEBSOCKET,
            "pings of 125 B without end, pongs read",
            ground -> open(ground).thenFlooding(pings())),
        Attack.flood(
            "ws-pings-unread",
            WEBSOCKET,
            "pings of 125 B without end, pongs not read",
            ground -> open(ground).withAppetite(Appetite.NONE).thenFlooding(pings())),
        Attack.of(
            "ws-length-lies",
            WEBSOCKET,
            "frames of 2^63, 2^62, 2^31 and 2^30 B",
            ground -> open(ground).thenMoving(SECOND, _ -> lie())),
        Attack.of(
            "ws-invalid",
            WEBSOCKET,
            "frames without a mask",
            ground ->
                open(ground)
                    .thenEvery(
                        SECOND,
                        new String(
                            WebSocketFrame.of(WebSocketFrame.TEXT, new byte[5]).unmaskedBytes(),
                            ISO_8859_1))),
        Attack.of(
            "ws-deflate-bomb",
            DEFLATE,
            "messages that inflate 1,000 times, to 64 MiB",
            ground ->
                Script.saying(ground.upgrade("Sec-WebSocket-Extensions: permessage-deflate"))
                    .afterHearing("\r\n\r\n")
                    .thenEvery(SECOND, bomb())),
        Attack.of(
            "ws-never-read",
            WEBSOCKET,
            "messages of 16 KiB to be echoed, none read",
            ground ->
                open(ground)
                    .withAppetite(Appetite.NONE)
                    .thenEvery(
                        Duration.ofMillis(20),
                        masked(WebSocketFrame.of(WebSocketFrame.BINARY, new byte[16_384])))),
        Attack.of(
                "ws-reconnect-storm",
                WEBSOCKET,
                "a handshake, a reset, and again at once",
                ground ->
                    Script.saying(ground.upgrade())
                        .thenMoving(HttpAttacks.TENTH, _ -> new Move.Leave())
                        .withComeback(HttpAttacks.TENTH))
            .refusingNewcomers());
  }

  private static Script open(Ground ground) {
    return Script.saying(ground.upgrade()).afterHearing("\r\n\r\n");
  }

  private static Move head(int first, int length) {
    return new Move.Send("" + (char) first + (char) (0x80 | length) + "mask");
  }

  private static Move byteOf() {
    return new Move.Send("x");
  }

  /// `count` frames of a message that has no end.
  private static Move fragments(int turn, int bytes, int count) {
    var payload = new byte[bytes];
    var more = masked(WebSocketFrame.unfinished(WebSocketFrame.CONTINUATION, payload));
    var first = turn > 0 ? "" : masked(WebSocketFrame.unfinished(WebSocketFrame.BINARY, payload));
    return new Move.Send(first + more.repeat(count));
  }

  private static String pings() {
    return masked(WebSocketFrame.of(WebSocketFrame.PING, new byte[125])).repeat(100);
  }

  private static Move lie() {
    long length = 1L << LENGTHS.get(ThreadLocalRandom.current().nextInt(LENGTHS.size()));
    var header = new StringBuilder("\u0082\u00ff");
    for (int shift = 56; shift >= 0; shift -= 8) header.append((char) (length >>> shift & 0xff));
    return new Move.Send(header.append("mask") + "x".repeat(1_000));
  }

  /// A compressed message of 64 KiB.
  private static String bomb() {
    var deflater = new Deflater(Deflater.BEST_COMPRESSION, true);
    deflater.setInput(new byte[64 << 20]);
    var out = new byte[128 * 1024];
    int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
    deflater.end();
    var payload = Arrays.copyOf(out, length - 4); // RFC 7692 §7.2.1
    return masked(WebSocketFrame.withFirstByte(0xc2, payload));
  }

  private static String masked(WebSocketFrame frame) {
    return new String(frame.maskedBytes(KEY), ISO_8859_1);
  }
}
