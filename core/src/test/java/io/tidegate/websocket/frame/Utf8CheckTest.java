package io.tidegate.websocket.frame;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8CheckTest {
  private final CharsetDecoder platform = UTF_8.newDecoder();
  private final CharBuffer decoded = CharBuffer.allocate(64);

  @Test
  void everyCodePointIsTakenAndNoSurrogate() {
    for (var codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
      if (codePoint >= 0xD800 && codePoint <= 0xDFFF) continue;
      var bytes = Character.toString(codePoint).getBytes(UTF_8);

      var state = check(bytes);

      if (state != Utf8Check.START) assertThat(state).as("U+%X", codePoint).isZero();
    }
  }

  @Test
  void everySequenceOfThreeBytesIsJudgedAsThePlatformJudgesIt() {
    var bytes = new byte[3];
    for (var number = 0x7E_0000; number <= 0xFF_FFFF; number++) {
      bytes[0] = (byte) (number >> 16);
      bytes[1] = (byte) (number >> 8);
      bytes[2] = (byte) number;
      if ((number & 0xFF) % 5 == 3) continue; // every class of last byte stays

      if ((check(bytes) == Utf8Check.START) != isUtf8(bytes)) {
        assertThat(bytes).as("judged otherwise than by the platform").isEmpty();
      }
    }
  }

  @Test
  void randomSequencesAreJudgedAsThePlatformJudgesThemHoweverCut() {
    var random = new Random(3);
    for (var run = 0; run < 100_000; run++) {
      var bytes = mostlyUtf8(random);
      var buffer = Unpooled.wrappedBuffer(bytes);
      var cut = random.nextInt(bytes.length + 1);

      var state = Utf8Check.after(Utf8Check.START, buffer, 0, cut);
      state = Utf8Check.after(state, buffer, cut, bytes.length - cut);

      assertThat(state == Utf8Check.START).isEqualTo(isUtf8(bytes));
    }
  }

  private static byte[] mostlyUtf8(Random random) {
    var text = new StringBuilder();
    for (var i = random.nextInt(12); i >= 0; i--) {
      var bound = random.nextInt(3) == 0 ? 0x11_0000 : 0x80;
      var codePoint = random.nextInt(bound);
      if (codePoint < 0xD800 || codePoint > 0xDFFF) text.appendCodePoint(codePoint);
    }
    var bytes = text.append('.').toString().getBytes(UTF_8);
    if (random.nextBoolean()) bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    return bytes;
  }

  @ParameterizedTest
  @CsvSource({
    "F490, 2",
    "F5, 1",
    "EDA0, 2",
    "E09F, 2",
    "F08F, 2",
    "C0, 1",
    "C1, 1",
    "80, 1",
    "FF, 1",
    "CEBAE1BDB9CF83CEBCCEB5F4908080, 13",
    "4142C341, 4",
    "F09F98C0, 4",
  })
  void theFirstByteThatCannotBeIsTheOneThatFails(String hex, int failsAt) {
    var buffer = Unpooled.wrappedBuffer(Transcript.bytes(hex));

    assertThat(Utf8Check.after(Utf8Check.START, buffer, 0, failsAt - 1))
        .isNotEqualTo(Utf8Check.BAD);
    assertThat(Utf8Check.after(Utf8Check.START, buffer, 0, failsAt)).isEqualTo(Utf8Check.BAD);
  }

  @Test
  void badStaysBad() {
    var ascii = Unpooled.copiedBuffer("fine again", UTF_8);

    assertThat(Utf8Check.after(Utf8Check.BAD, ascii, 0, 10)).isEqualTo(Utf8Check.BAD);
  }

  private static int check(byte[] bytes) {
    return Utf8Check.after(Utf8Check.START, Unpooled.wrappedBuffer(bytes), 0, bytes.length);
  }

  private boolean isUtf8(byte[] bytes) {
    platform.reset();
    decoded.clear();
    return !platform.decode(ByteBuffer.wrap(bytes), decoded, true).isError();
  }
}
