package io.tidegate.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(Balanced.class)
class RawWebSocketTest {
  private static final Duration SOON = Duration.ofSeconds(5);
  private final TestOrigin origin;

  RawWebSocketTest() throws Exception {
    origin = TestOrigin.open();
  }

  @AfterEach
  void stop() {
    origin.close();
  }

  private RawWebSocket open(String target, String... fields) throws IOException {
    return RawWebSocket.open(origin.address(), "a", target, fields);
  }

  @Test
  void theAcceptValueIsThatOfTheRfcsExample() {
    assertThat(RawWebSocket.accept("dGhlIHNhbXBsZSBub25jZQ=="))
        .isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  }

  @Test
  void aMaskedFrameIsThatOfTheRfcsExample() {
    var hello = WebSocketFrame.of(WebSocketFrame.TEXT, new byte[] {'H', 'e', 'l', 'l', 'o'});

    assertThat(hello.maskedBytes(0x37fa213d))
        .containsExactly(0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58);
    assertThat(hello.unmaskedBytes()).containsExactly(0x81, 5, 'H', 'e', 'l', 'l', 'o');
  }

  @Test
  void messagesOfEveryLengthFormComeBack() throws Exception {
    try (var socket = open("/ws", "Sec-WebSocket-Protocol: chat, other")) {
      assertThat(socket.answer().first("Sec-WebSocket-Protocol")).isEqualTo("chat");
      socket.sendText("grüße");
      assertThat(socket.read().text()).isEqualTo("grüße");
      for (var size : new int[] {0, 125, 126, 65_535, 65_536, 300_000}) {
        socket.sendBinary(Pattern.bytes(0, size));
        var frame = socket.read();

        assertThat(frame.opcode()).isEqualTo(WebSocketFrame.BINARY);
        assertThat(frame.masked()).isFalse();
        assertThat(frame.payload()).isEqualTo(Pattern.bytes(0, size));
      }
    }
  }

  @Test
  void fragmentsComeBackAsTheyWentAndPingsAreAnswered() throws Exception {
    try (var socket = open("/ws")) {
      socket.sendFragmented(Pattern.bytes(0, 25), 10);
      socket.sendPing(new byte[] {1, 2});

      assertThat(socket.read()).matches(it -> it.opcode() == WebSocketFrame.BINARY && !it.fin());
      assertThat(socket.read()).matches(it -> it.opcode() == 0 && !it.fin());
      assertThat(socket.read()).matches(it -> it.opcode() == 0 && it.fin());
      var pong = socket.read();
      assertThat(pong.opcode()).isEqualTo(WebSocketFrame.PONG);
      assertThat(pong.payload()).containsExactly(1, 2);
    }
  }

  @Test
  void closeCodesTravelBothWays() throws Exception {
    try (var socket = open("/ws")) {
      socket.sendClose(4_001, "bye");
      assertThat(socket.awaitCloseCode(SOON)).isEqualTo(4_001);
      assertThat(socket.awaitCut(SOON).end()).isEqualTo(Cut.End.FIN);
    }
    try (var socket = open("/ws/close/1012")) {
      assertThat(socket.awaitCloseCode(SOON)).isEqualTo(1_012);
    }
    try (var socket = open("/ws")) {
      origin.resetAll();
      assertThat(socket.awaitCloseCode(SOON)).isEqualTo(1_006);
    }
  }

  @Test
  void bytesGoOutAsTheyAreAndAnUnmaskedFrameIsRefused() throws Exception {
    try (var socket = open("/ws")) {
      socket.sendRaw(WebSocketFrame.withFirstByte(0xf1, new byte[] {'x'}).unmaskedBytes());

      assertThat(socket.awaitCloseCode(SOON)).isEqualTo(1_002);
    }
  }

  @Test
  void openSocketsAreCountedAndTheirEndIsTimed() throws Exception {
    long before;
    try (var _ = open("/ws")) {
      Eventually.await(SOON, () -> "counted", () -> origin.openWebSockets() == 1);
      before = System.nanoTime();
    }

    var closing = origin.log().awaitClosing(TestOrigin.Closing::webSocket, SOON);

    assertThat(closing.how()).isEqualTo(Cut.End.FIN);
    assertThat(closing.nanos() - before).isBetween(0L, 3_000_000_000L);
    assertThat(origin.openWebSockets()).isZero();
  }

  @Test
  void anythingButARight101IsAFailureThatShowsTheAnswer() {
    assertThatThrownBy(() -> open("/bytes/1"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("HTTP/1.1 200 OK\\r\\n");
  }
}
