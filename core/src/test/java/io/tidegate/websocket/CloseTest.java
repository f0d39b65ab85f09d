package io.tidegate.websocket;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.tidegate.websocket.CloseHandshake.Closed;
import io.tidegate.websocket.CloseHandshake.LocalClosed;
import io.tidegate.websocket.CloseHandshake.Open;
import io.tidegate.websocket.CloseHandshake.RemoteClosed;
import io.tidegate.websocket.CloseHandshake.Side;
import io.tidegate.websocket.frame.CloseCode;
import io.tidegate.websocket.frame.CloseFrame;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CloseTest {
  @ParameterizedTest
  @ValueSource(
      ints = {
        1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000,
        4999
      })
  void registeredAndPrivateCodesMayBeSent(int code) {
    assertThat(CloseCode.isSendable(code)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535})
  void reservedCodesMustNotBeSent(int code) {
    assertThat(CloseCode.isSendable(code)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "'', 1005, ''",
    "03, 1002, close code cut short",
    "03E8, 1000, ''",
    "03E8 6F6B, 1000, ok",
    "03ED, 1002, close code 1005",
    "0000, 1002, close code 0",
    "03E8 FF, 1007, close reason is not UTF-8",
    "03E8 C3, 1007, close reason is not UTF-8",
  })
  void aCloseFrameIsReadOrAnswered(String hex, int code, String reason) {
    var payload = Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex.replace(" ", "")));

    assertThat(CloseFrame.read(payload)).isEqualTo(new CloseFrame(code, reason));
  }

  @Test
  void weCloseAndThePeerAnswers() {
    var asked = new Open().after(Side.LOCAL, 1000);
    var answered = asked.after(Side.REMOTE, 1001);

    assertThat(asked).isEqualTo(new LocalClosed(1000));
    assertThat(answered).isEqualTo(new Closed(1000));
  }

  @Test
  void oursIsSentBehindWhatWaitsAlsoWhereThePeersComesMeanwhile() {
    var closing = new CloseHandshake.Closing(1000, "done");

    assertThat(closing.maySend()).isFalse();
    assertThat(closing.hasSaid()).isFalse();
    assertThat(closing.after(Side.LOCAL, 1000)).isEqualTo(new LocalClosed(1000));
    assertThat(closing.after(Side.REMOTE, 1001)).isEqualTo(new RemoteClosed(1000));
  }

  @Test
  void thePeerClosesAndWeAnswer() {
    var asked = new Open().after(Side.REMOTE, 1001);
    var answered = asked.after(Side.LOCAL, 1000);

    assertThat(asked).isEqualTo(new RemoteClosed(1001));
    assertThat(answered).isEqualTo(new Closed(1001));
  }

  @Test
  void aRepeatChangesNothing() {
    var local = new Open().after(Side.LOCAL, 1000);
    var remote = new Open().after(Side.REMOTE, 1000);
    var closed = local.after(Side.REMOTE, 1000);

    assertThat(local.after(Side.LOCAL, 1001)).isEqualTo(local);
    assertThat(remote.after(Side.REMOTE, 1001)).isEqualTo(remote);
    assertThat(closed.after(Side.LOCAL, 1001).after(Side.REMOTE, 1002)).isEqualTo(closed);
  }

  @Test
  void weMaySendUntilOurOwnCloseFrame() {
    assertThat(new Open().maySend()).isTrue();
    assertThat(new RemoteClosed(1000).maySend()).isTrue();
    assertThat(new LocalClosed(1000).maySend()).isFalse();
    assertThat(new Closed(1000).maySend()).isFalse();
  }
}
