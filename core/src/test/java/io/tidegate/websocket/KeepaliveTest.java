package io.tidegate.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.tidegate.websocket.Keepalive.Due;
import io.tidegate.websocket.frame.FrameWriter;
import io.tidegate.websocket.frame.WebSocketLimits;
import java.time.Duration;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class KeepaliveTest {
  private static final WebSocketLimits LIMITS =
      WebSocketLimits.DEFAULT
          .withPingInterval(Duration.ofNanos(25))
          .withPongTimeout(Duration.ofNanos(20));

  private final Keepalive keepalive = new Keepalive(Long.MAX_VALUE - 10);

  private static long at(long nanos) {
    return Long.MAX_VALUE - 10 + nanos; // the clock of nanoseconds may pass its largest number
  }

  @Test
  void aSilentPeerIsPingedOnceAndThenCut() {
    assertThat(keepalive.due(LIMITS, at(24))).isEqualTo(Due.NOTHING);
    assertThat(keepalive.due(LIMITS, at(26))).isEqualTo(Due.PING);
    assertThat(keepalive.due(LIMITS, at(45))).isEqualTo(Due.NOTHING);
    assertThat(keepalive.due(LIMITS, at(46))).isEqualTo(Due.CUT);
  }

  @Test
  void anyByteIsASignOfLife() {
    assertThat(keepalive.due(LIMITS, at(25))).isEqualTo(Due.PING);
    keepalive.heard(at(44));

    assertThat(keepalive.due(LIMITS, at(60))).isEqualTo(Due.NOTHING);
    assertThat(keepalive.due(LIMITS, at(69))).isEqualTo(Due.PING);
  }

  @Test
  void ofManyPingsTheNewestIsAnswered() {
    var pong = new WaitingPong();
    var out = Unpooled.buffer();
    pong.answer(payload("010203"));
    pong.answer(payload("00".repeat(125)));
    pong.answer(payload("0a0b"));

    pong.writeTo(out, FrameWriter.server());
    pong.writeTo(out, FrameWriter.server());

    assertThat(ByteBufUtil.hexDump(out)).isEqualTo("8a020a0b");
    assertThat(pong.isWaiting()).isFalse();
  }

  private static ByteBuf payload(String hex) {
    return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex.replace(" ", "")));
  }

  @Test
  void theAnswerToTheLastPingIsMeasuredAndNoOther() {
    assertThat(keepalive.roundTripNanos()).isZero();
    keepalive.answered(0, at(1));
    int first = keepalive.asks(at(2));
    int again = keepalive.asks(at(5));
    keepalive.answered(first + 1, at(6));

    assertThat(again).isEqualTo(first);
    assertThat(keepalive.roundTripNanos()).isZero();

    keepalive.answered(first, at(9));
    keepalive.answered(first, at(90));

    assertThat(keepalive.roundTripNanos()).isEqualTo(7);
    assertThat(keepalive.asks(at(91))).isNotEqualTo(first);
  }
}
