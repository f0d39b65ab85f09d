package io.tidegate.websocket.frame;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "\uD83D",
        "\uD83Dé",
        "a\uD83D日b",
        "\uD83D\u2026",
        "\uDE00x",
        "\uD83D\uD83D\uDE00",
        "x\uDE00"
      })
  void aSurrogateOfNoPairIsAQuestionMarkAndTheRestStays(String text) {
    var bytes = text.getBytes(StandardCharsets.UTF_8);
    assertThat(Utf8.paired(text)).isEqualTo(new String(bytes, StandardCharsets.UTF_8));

    var out = Unpooled.buffer();
    FrameWriter.server().close(out, CloseCode.NORMAL, text);
    assertThat(out.skipBytes(4).toString(StandardCharsets.UTF_8)).isEqualTo(Utf8.paired(text));
  }

  @Test
  void whatIsPairedIsNotCopied() {
    for (var text : new String[] {"", "plain", "é日", "😀😀", "a?😀"})
      assertThat(Utf8.paired(text)).isSameAs(text);
  }
}
