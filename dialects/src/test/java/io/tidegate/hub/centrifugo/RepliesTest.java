package io.tidegate.hub.centrifugo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tidegate.hub.Position;
import io.tidegate.net.CutReason;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RepliesTest {
  private static String text(byte[] frame) {
    assertThat(frame[0]).isEqualTo((byte) 0x81);
    int head = frame[1] < 126 ? 2 : 4;
    return new String(frame, head, frame.length - head, StandardCharsets.UTF_8);
  }

  @Test
  void repliesAreOneFrameEach() {
    assertThat(text(Replies.PING)).isEqualTo("{}");
    assertThat(text(Replies.connected(1, "x", 25)))
        .isEqualTo(
            "{\"id\":1,\"connect\":{\"client\":\"x\",\"version\":\"Tidegate\",\"ping\":25,\"pong\":true}}");
    assertThat(text(Replies.done(2, "publish"))).isEqualTo("{\"id\":2,\"publish\":{}}");
    assertThat(text(Replies.refused(3, Refusal.PERMISSION_DENIED)))
        .isEqualTo("{\"id\":3,\"error\":{\"code\":103,\"message\":\"permission denied\"}}");
    assertThat(text(Replies.refused(3, Refusal.TOO_MANY_REQUESTS)))
        .endsWith("\"message\":\"too many requests\",\"temporary\":true}}");
  }

  @Test
  void aSubscriptionSaysWhereItStands() {
    var at = new Position(0x1a, 7);

    assertThat(text(Replies.subscribed(1, at, null)))
        .isEqualTo(
            "{\"id\":1,\"subscribe\":{\"recoverable\":true,\"positioned\":true,\"epoch\":\"1a\",\"offset\":7}}");
    assertThat(text(Replies.subscribed(1, at, false)))
        .endsWith("\"offset\":7,\"was_recovering\":true,\"recovered\":false}}");
    assertThat(text(Replies.subscribed(1, null, null))).isEqualTo("{\"id\":1,\"subscribe\":{}}");
  }

  @Test
  void whoMissedSomethingIsToldToSubscribeAgain() {
    assertThat(text(Replies.insufficientState("a\"b")))
        .isEqualTo(
            "{\"push\":{\"channel\":\"a\\\"b\",\"unsubscribe\":{\"code\":2500,\"reason\":\"insufficient state\"}}}");
  }

  @ParameterizedTest
  @EnumSource(CutReason.class)
  void whoIsCutMayComeBack(CutReason reason) {
    assertThat(Goodbye.of(reason).code()).isBetween(3_000, 3_499);
  }
}
